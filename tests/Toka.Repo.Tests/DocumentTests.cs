using System.Text.RegularExpressions;

namespace Toka.Repo.Tests;

public sealed partial class DocumentTests
{
    private static IEnumerable<string> Documents => Repository.FilesOf("", ".md");

    [Fact]
    public void Relative_links_lead_to_files_that_exist()
    {
        var faults = new List<string>();
        foreach (var document in Documents)
        {
            var text = CodeBlock().Replace(Repository.Read(document), "");
            foreach (Match link in Link().Matches(text))
            {
                var target = link.Groups[1].Value;
                if (target.Contains(':', StringComparison.Ordinal) || target.StartsWith('#'))
                {
                    continue;
                }

                var path = Path.Combine(Path.GetDirectoryName(document)!, Uri.UnescapeDataString(target.Split('#')[0]));
                if (!Repository.Exists(path))
                {
                    faults.Add($"{document}: {target} leads nowhere");
                }
            }
        }

        Faults.None(faults);
    }

    [Fact]
    public void Every_decision_has_its_context_and_its_consequences()
    {
        var records = Repository.FilesOf("docs/adr/", ".md").ToList();
        Assert.NotEmpty(records);
        Faults.None(records.Where(static file => !RecordName().IsMatch(file)).Select(static file => $"{file}: a record is named NNNN-title.md"));
        Faults.None(records.SelectMany(static file => new[] { "## Context\n", "## Decision\n", "## Consequences\n" }
            .Where(section => !Repository.Read(file).Contains(section, StringComparison.Ordinal)).Select(section => $"{file} lacks {section.Trim()}")));
        Faults.None(records.GroupBy(static file => Path.GetFileName(file)[..4]).Where(static group => group.Count() > 1).Select(static group => $"the number {group.Key} is given twice"));
    }

    [Fact]
    public void The_readme_begins_with_the_picture_and_the_two_commands()
    {
        var readme = Repository.Read("README.md");
        var picture = readme.IndexOf("docs/images/overview-dark.png", StringComparison.Ordinal);
        var serve = readme.IndexOf("\n./toka serve", StringComparison.Ordinal);
        var test = readme.IndexOf("\n./test", StringComparison.Ordinal);
        Assert.True(picture >= 0 && serve > picture && test > picture, "README.md shows docs/images/overview-dark.png, then ./toka serve and ./test, each at the beginning of a line");
        Assert.True(Repository.Exists("toka") && Repository.Exists("test"));
    }

    [Theory]
    [InlineData("toka")]
    [InlineData("test")]
    [InlineData(".ci/run")]
    public void Scripts_can_be_run_and_stop_at_the_first_failure(string script)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows keeps no execute bit.");
        if (!OperatingSystem.IsWindows())
        {
            Assert.True(File.GetUnixFileMode(Path.Combine(Repository.Root, script)).HasFlag(UnixFileMode.UserExecute));
        }

        Assert.Contains("\nset -euo pipefail\n", Repository.Read(script), StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^docs/adr/\d{4}-[a-z0-9-]+\.md$")]
    private static partial Regex RecordName();
}
