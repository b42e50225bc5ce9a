using System.Text.RegularExpressions;

namespace Toka.Repo.Tests;

public sealed partial class SourceTests
{
    [Fact]
    public void Nothing_is_left_for_later_in_shipped_source() =>
        Faults.None(Repository.FilesOf("src/", ".cs", ".csproj").Concat(Repository.FilesOf("dashboard/src/", ".ts", ".svelte", ".css"))
            .SelectMany(static file => LeftForLater().Matches(Repository.Read(file)).Select(match => $"{file}: '{match.Value}'")));

    [Fact]
    public void Unsafe_code_is_in_its_own_folder_alone() =>
        Faults.None(Repository.FilesOf("src/", ".cs").Where(static file => !file.StartsWith("src/core/Toka.Core/Unsafe/", StringComparison.Ordinal))
            .Where(static file => UnsafeKeyword().IsMatch(Repository.Read(file))).Select(static file => $"{file}: unsafe code"));

    [Fact]
    public void Nothing_of_the_workplace_is_named()
    {
        // Put together here, so that this file does not name them either.
        string[] words = [string.Concat("..", "/shared"), string.Concat("/", "work/")];
        Faults.None(Repository.Files.Where(static file => Path.GetExtension(file) is ".cs" or ".md" or ".ts" or ".svelte" or ".csproj" or ".props")
            .SelectMany(file => words.Where(word => Repository.Read(file).Contains(word, StringComparison.Ordinal)).Select(word => $"{file}: {word}")));
    }

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

        Faults.None(faults);
    }

    [GeneratedRegex(@"^\s*(?!//)[^/""]*\bunsafe\b", RegexOptions.Multiline)]
    private static partial Regex UnsafeKeyword();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX|NotImplementedException)\b")]
    private static partial Regex LeftForLater();

    [GeneratedRegex(@"^namespace ([A-Za-z0-9_.]+)", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();
}
