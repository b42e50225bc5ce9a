using System.Xml.Linq;

namespace Toka.Repo.Tests;

/// <summary>The files of this clone, as paths with slashes relative to its root. Built and fetched things are left out.</summary>
internal static class Repository
{
    private static readonly string[] LeftOut = ["artifacts", "node_modules", ".git", "bin", "obj", "toka-data"];

    public static readonly string Root = FindRoot();

    public static IReadOnlyList<string> Files { get; } =
        [.. Walk(Root).Select(static path => Path.GetRelativePath(Root, path).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    public static IEnumerable<string> FilesOf(string folder, params string[] extensions) => Files.Where(file =>
        file.StartsWith(folder, StringComparison.Ordinal) && extensions.Any(extension => file.EndsWith(extension, StringComparison.Ordinal)));

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    public static bool Exists(string path) => Path.Exists(Path.Combine(Root, path));

    public static XDocument ReadXml(string file) => XDocument.Load(Path.Combine(Root, file));

    /// <summary>The lines of a list under <c>ratchet/</c>, without comments.</summary>
    public static IReadOnlyList<string> Ratchet(string name) =>
        [.. Read($"tests/Toka.Repo.Tests/ratchet/{name}").Split('\n').Select(static line => line.Trim()).Where(static line => line.Length > 0 && line[0] != '#')];

    private static IEnumerable<string> Walk(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder))
        {
            yield return file;
        }

        foreach (var inner in Directory.EnumerateDirectories(folder).Where(static inner => !LeftOut.Contains(Path.GetFileName(inner))))
        {
            foreach (var file in Walk(inner))
            {
                yield return file;
            }
        }
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Toka.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Toka.slnx is in no folder above the tests");
        }

        return folder;
    }
}
