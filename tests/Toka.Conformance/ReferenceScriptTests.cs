using System.Globalization;
using System.Text;
using Toka.Query.PromQL.Scripts;

namespace Toka.Conformance;

public sealed class ReferenceScriptTests
{
    /// <summary>Set to write the list of passes anew; the list may only grow.</summary>
    private const string UpdateVariable = "TOKA_UPDATE_REFERENCE_PASSES";

    [Fact]
    public async Task What_once_passed_of_the_reference_scripts_still_passes()
    {
        var folder = Path.Combine(Environment.GetEnvironmentVariable("TOKA_REFERENCE_DATA") ?? "", "promql");
        Assert.SkipUnless(Directory.Exists(folder), "TOKA_REFERENCE_DATA is not set: the reference scripts of PromQL are not here.");

        var cancellationToken = TestContext.Current.CancellationToken;
        var runner = new ScriptRunner(TimeProvider.System);
        var listed = PassList.Read();
        var report = new StringBuilder();
        var now = new SortedDictionary<string, IReadOnlyList<EvalOutcome>>(StringComparer.Ordinal);
        foreach (var path in Directory.GetFiles(folder, "*.test").Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(path);
            now[name] = await runner.RunAsync(PromQlScript.Parse(name, await File.ReadAllTextAsync(path, cancellationToken)), cancellationToken);
        }

        foreach (var (name, outcomes) in now)
        {
            report.AppendLine(CultureInfo.InvariantCulture, $"{name}: {outcomes.Count(static outcome => outcome.HasPassed)} passed, {outcomes.Count(static outcome => !outcome.HasPassed)} failed");
            foreach (var outcome in outcomes.Where(static outcome => !outcome.HasPassed))
            {
                report.AppendLine(CultureInfo.InvariantCulture, $"  {name}:{outcome.Line}: {outcome.Failure!.Query}\n      {outcome.Failure.Message}");
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine(report.ToString());
        if (Environment.GetEnvironmentVariable(UpdateVariable) is { Length: > 0 } target)
        {
            await File.WriteAllTextAsync(target, PassList.Write(now), cancellationToken);
            return;
        }

        var lost = new List<string>();
        foreach (var (name, lines) in listed)
        {
            var passed = now.TryGetValue(name, out var outcomes) ? outcomes.Where(static outcome => outcome.HasPassed).Select(static outcome => outcome.Line).ToHashSet() : [];
            lost.AddRange(lines.Where(line => !passed.Contains(line)).Select(line =>
                FormattableString.Invariant($"{name}:{line}: {outcomes?.FirstOrDefault(outcome => outcome.Line == line)?.Failure}")));
        }

        Assert.True(listed.Count > 0, "reference-passes.txt lists nothing.");
        Assert.True(lost.Count == 0, $"{lost.Count} evaluations no longer pass:\n{string.Join('\n', lost)}");
    }
}
