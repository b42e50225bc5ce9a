using System.Text.RegularExpressions;
using Toka.Tests.Fuzzing;

namespace Toka.Repo.Tests;

/// <summary>The time of the fuzz tests is divided among the targets: each target has one test, and none gets nothing.</summary>
public sealed partial class FuzzTargetTests
{
    [Fact]
    public void Every_fuzz_target_has_one_test()
    {
        var runs = Repository.FilesOf("tests/", ".cs").SelectMany(static file => Run().Matches(Repository.Read(file)).Select(static match => match.Groups[1].Value)).ToList();
        Faults.None(Enum.GetNames<FuzzTarget>().Except(runs).Select(static name => $"no test fuzzes FuzzTarget.{name}; write one, or take it out of the enum"));
        Faults.None(runs.GroupBy(static name => name).Where(static group => group.Count() > 1).Select(static group => $"{group.Count()} tests fuzz FuzzTarget.{group.Key}; each needs a target of its own"));
    }

    [Fact]
    public void Fuzz_tests_run_alone() => Faults.None(Repository.FilesOf("tests/", ".cs")
        .Where(static file => Run().IsMatch(Repository.Read(file)) && !Repository.Read(file).Contains("[Collection(FuzzCollection.Name)]", StringComparison.Ordinal))
        .Select(static file => $"{file} fuzzes outside of FuzzCollection; what it measures would count other tests' memory"));

    [GeneratedRegex(@"new FuzzRun\(FuzzTarget\.(\w+)\)")]
    private static partial Regex Run();
}
