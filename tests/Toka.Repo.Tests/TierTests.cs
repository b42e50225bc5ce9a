using System.Xml.Linq;

namespace Toka.Repo.Tests;

public sealed class TierTests
{
    [Fact]
    public void Projects_reference_only_tiers_above_their_own() =>
        Faults.None(Project.All.SelectMany(static project => project.TierFaults()));

    [Theory]
    [InlineData("src/engines/A/A.csproj", "src/engines/B/B.csproj", false)]
    [InlineData("src/engines/A/A.csproj", "src/features/B/B.csproj", false)]
    [InlineData("src/engines/A/A.csproj", "tests/B/B.csproj", false)]
    [InlineData("src/engines/A/A.csproj", "src/core/B/B.csproj", true)]
    [InlineData("src/core/A/A.csproj", "src/core/B/B.csproj", false)]
    [InlineData("src/products/A/A.csproj", "src/products/B/B.csproj", true)]
    [InlineData("src/elsewhere/A/A.csproj", "src/core/B/B.csproj", false)]
    public void The_rule_tells_a_breach_from_what_is_allowed(string project, string reference, bool allowed)
    {
        var include = reference.StartsWith("src/", StringComparison.Ordinal) ? "$(TokaSrc)" + reference["src/".Length..] : Path.Combine(Repository.Root, reference);
        var xml = new XDocument(new XElement("Project", new XElement("ItemGroup", new XElement("ProjectReference", new XAttribute("Include", include)))));
        Assert.Equal(allowed, !new Project(project, xml).TierFaults().Any());
    }

    [Fact]
    public void Every_reference_leads_to_a_project() =>
        Faults.None(Project.All.SelectMany(static project => project.References.Where(static reference => !Repository.Exists(reference)).Select(reference => $"{project.Path}: {reference} does not exist")));

    [Fact]
    public void Every_project_is_in_the_solution_and_has_a_lock_file()
    {
        var solution = Repository.Read("Toka.slnx");
        Faults.None(Project.All.Where(project => !solution.Contains($"\"{project.Path}\"", StringComparison.Ordinal)).Select(static project => $"{project.Path} is not in Toka.slnx"));
        Faults.None(Project.All.Where(static project => !Repository.Exists(Path.GetDirectoryName(project.Path) + "/packages.lock.json")).Select(static project => $"{project.Path} has no packages.lock.json"));
    }

    [Fact]
    public void Everything_in_src_is_compatible_with_Native_AOT()
    {
        var shared = Repository.ReadXml("Directory.Build.props").Descendants("IsAotCompatible").Single();
        Assert.Equal("true", shared.Value);
        Assert.Contains("StartsWith('src')", (string?)shared.Parent!.Attribute("Condition"), StringComparison.Ordinal);
        Faults.None(Project.All.Where(static project => project.IsShipped && project.Xml.Descendants("IsAotCompatible").Any()).Select(static project => $"{project.Path}: IsAotCompatible is set for all of src/ in Directory.Build.props"));
    }
}
