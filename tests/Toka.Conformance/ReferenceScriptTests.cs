using System.Globalization;
using System.Text;
using Toka.Conformance.Runner;

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

        var listed = PassList.Read();
        var report = new StringBuilder();
        var now = new SortedDictionary<string, List<EvalOutcome>>(StringComparer.Ordinal);
        foreach (var path in Directory.GetFiles(folder, "*.test").Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(path);
            now[name] = await new ScriptRunner().RunAsync(Script.Parse(name, await File.ReadAllTextAsync(path)));
        }

        foreach (var (name, outcomes) in now)
        {
            report.AppendLine(CultureInfo.InvariantCulture, $"{name}: {outcomes.Count(o => o.Outcome == Outcome.Passed)} passed, {outcomes.Count(o => o.Outcome == Outcome.Failed)} failed, {outcomes.Count(o => o.Outcome == Outcome.Unsupported)} need native histograms");
            foreach (var outcome in outcomes.Where(o => o.Outcome == Outcome.Failed))
            {
                report.AppendLine(CultureInfo.InvariantCulture, $"  {name}:{outcome.Command.Line}: {outcome.Command.Expression}\n      {outcome.Message}");
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine(report.ToString());
        if (Environment.GetEnvironmentVariable(UpdateVariable) is { Length: > 0 } target)
        {
            await File.WriteAllTextAsync(target, PassList.Write(now));
            return;
        }

        var lost = new List<string>();
        foreach (var (name, lines) in listed)
        {
            var passed = now.TryGetValue(name, out var outcomes) ? outcomes.Where(o => o.Outcome == Outcome.Passed).Select(o => o.Command.Line).ToHashSet() : [];
            lost.AddRange(lines.Where(line => !passed.Contains(line)).Select(line =>
                $"{name}:{line}: {outcomes?.Find(o => o.Command.Line == line)?.Command.Expression}: {outcomes?.Find(o => o.Command.Line == line)?.Message}"));
        }

        Assert.True(listed.Count > 0, "reference-passes.txt lists nothing.");
        Assert.True(lost.Count == 0, $"{lost.Count} evaluations no longer pass:\n{string.Join('\n', lost)}");
    }
}
