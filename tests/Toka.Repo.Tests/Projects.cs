using System.Xml.Linq;

namespace Toka.Repo.Tests;

/// <summary>A project file and what it refers to.</summary>
/// <param name="Path">Its path from the root.</param>
/// <param name="Xml">Its content.</param>
internal sealed record Project(string Path, XDocument Xml)
{
    /// <summary>The tiers, from what all stand on to what is shipped.</summary>
    public static readonly string[] Tiers = ["core", "engines", "features", "edges", "products"];

    public static IReadOnlyList<Project> All { get; } =
        [.. Repository.FilesOf("", ".csproj").Select(static path => new Project(path, Repository.ReadXml(path)))];

    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    public bool IsShipped => Path.StartsWith("src/", StringComparison.Ordinal);

    /// <summary>The tier's place in <see cref="Tiers"/>; −1 outside src/.</summary>
    public int Tier => TierOf(Path);

    public IEnumerable<string> References => Includes("ProjectReference").Select(Resolve);

    public IEnumerable<string> Packages => Includes("PackageReference");

    public static int TierOf(string path) => path.Split('/') is ["src", var tier, ..] ? Array.IndexOf(Tiers, tier) : -1;

    /// <summary>What breaks the tier rule in this project; empty where nothing does.</summary>
    public IEnumerable<string> TierFaults()
    {
        if (!IsShipped)
        {
            yield break;
        }

        if (Tier < 0)
        {
            yield return $"{Path}: lies in no tier of src/{{{string.Join(',', Tiers)}}}";
        }

        foreach (var reference in References)
        {
            var tier = TierOf(reference);
            var isAllowed = tier >= 0 && (tier < Tier || (tier == Tier && Tiers[tier] == "products"));
            if (!isAllowed)
            {
                yield return $"{Path}: references {reference}; a project references only tiers above its own, and products alone may compose products";
            }
        }
    }

    private IEnumerable<string> Includes(string element) => Xml.Descendants(element).Select(static item => (string?)item.Attribute("Include")).OfType<string>();

    private string Resolve(string include)
    {
        var path = include.Replace('\\', '/');
        if (path.StartsWith("$(TokaSrc)", StringComparison.Ordinal))
        {
            return "src/" + path["$(TokaSrc)".Length..];
        }

        var folder = System.IO.Path.Combine(Repository.Root, System.IO.Path.GetDirectoryName(Path)!);
        return System.IO.Path.GetRelativePath(Repository.Root, System.IO.Path.GetFullPath(System.IO.Path.Combine(folder, path))).Replace('\\', '/');
    }
}
