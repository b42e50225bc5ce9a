using System.Text.RegularExpressions;

namespace Toka.Repo.Tests;

public sealed partial class SourceTests
{
    [Fact]
    public void Nothing_is_left_for_later_in_shipped_source() =>
        Assert.Empty(Repository.FilesOf("src/", ".cs", ".csproj").Concat(Repository.FilesOf("dashboard/src/", ".ts", ".svelte", ".css"))
            .SelectMany(static file => LeftForLater().Matches(Repository.Read(file)).Select(match => $"{file}: '{match.Value}'")));

    [Fact]
    public void Nothing_of_the_workplace_is_named() =>
        Assert.Empty(Repository.Files.Where(static file => Path.GetExtension(file) is ".cs" or ".md" or ".ts" or ".svelte" or ".csproj" or ".props")
            .Where(static file => !file.EndsWith(nameof(SourceTests) + ".cs", StringComparison.Ordinal))
            .Where(static file => Repository.Read(file) is var text && (text.Contains("../shared", StringComparison.Ordinal) || text.Contains("/work/", StringComparison.Ordinal))));

    [Fact]
    public void The_namespace_of_a_file_is_its_folder()
    {
        var faults = new List<string>();
        foreach (var project in Project.All.Where(static project => project.IsShipped))
        {
            var folder = Path.GetDirectoryName(project.Path)!.Replace('\\', '/') + "/";
            foreach (var file in Repository.FilesOf(folder, ".cs"))
            {
                var inner = Path.GetDirectoryName(file[folder.Length..])!.Replace('\\', '/');
                var expected = inner.Length == 0 ? project.Name : $"{project.Name}.{inner.Replace('/', '.')}";
                foreach (Match match in NamespaceLine().Matches(Repository.Read(file)))
                {
                    if (match.Groups[1].Value != expected)
                    {
                        faults.Add($"{file}: namespace {match.Groups[1].Value}, folder {expected}");
                    }
                }
            }
        }

        Assert.Empty(faults);
    }

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX|NotImplementedException)\b")]
    private static partial Regex LeftForLater();

    [GeneratedRegex(@"^namespace ([A-Za-z0-9_.]+)", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();
}
