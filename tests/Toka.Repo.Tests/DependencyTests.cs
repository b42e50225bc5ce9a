using System.Text.RegularExpressions;

namespace Toka.Repo.Tests;

public sealed partial class DependencyTests
{
    private const string Record = "docs/adr/0001-dependencies.md";

    private static readonly HashSet<string> Central =
        [.. Repository.ReadXml("Directory.Packages.props").Descendants("PackageVersion").Select(static item => (string)item.Attribute("Include")!)];

    [Fact]
    public void Every_package_has_its_reason_and_every_reason_its_package()
    {
        var recorded = PackageRow().Matches(Repository.Read(Record)).Select(static row => row.Groups[1].Value).ToHashSet();
        Faults.None(Central.Except(recorded).Select(static package => $"{Record} has no row for {package}"));
        Faults.None(recorded.Except(Central).Select(static package => $"{Record} has a row for {package}, which Directory.Packages.props does not name"));
    }

    [Fact]
    public void Versions_stand_in_one_place() =>
        Faults.None(Project.All.Where(static project => project.Xml.Descendants("PackageReference").Any(static item => item.Attribute("Version") is not null || item.Attribute("VersionOverride") is not null)).Select(static project => $"{project.Path} names a version; versions stand in Directory.Packages.props"));

    [Fact]
    public void Core_stands_on_the_base_library_alone() =>
        Assert.Equal(["System.IO.Hashing"], Project.All.Single(static project => project.Name == "Toka.Core").Packages);

    [GeneratedRegex(@"^\| `([A-Za-z0-9.]+)` \|", RegexOptions.Multiline)]
    private static partial Regex PackageRow();
}
