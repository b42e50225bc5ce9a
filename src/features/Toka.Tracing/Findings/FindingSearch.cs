using System.Globalization;
using Toka.Core.Spans;
using Toka.Tracing.Trees;

namespace Toka.Tracing.Findings;

/// <summary>Looks for what is worth knowing in a trace: calls in a loop, attempts made again, calls in a row, errors that were handled.</summary>
public static class FindingSearch
{
    /// <summary>Spans that a finding names.</summary>
    public const int SpansMax = 100;

    /// <summary>Findings of a trace; those that took the longest stay.</summary>
    public const int FindingsMax = 50;

    /// <summary>The fewest equal calls in a row that are a loop: 5, as four can be what was meant.</summary>
    private const int LoopMin = 5;

    /// <summary>The fewest different calls in a row that are a fan-out.</summary>
    private const int FanOutMin = 3;

    /// <summary>The share of its time that a span must spend on calls in a row.</summary>
    private const double FanOutShare = 0.5;

    /// <summary>The share of calls that must begin after the one before ended, to be in a row: clocks and pools blur some.</summary>
    private const double SequentialShare = 0.8;

    /// <summary>Characters of a call's text that a sentence shows.</summary>
    private const int ShownMax = 80;

    /// <summary>The findings of a trace, those first that took the longest.</summary>
    /// <param name="tree">The trace.</param>
    public static IReadOnlyList<Finding> Of(TraceTree tree)
    {
        ArgumentNullException.ThrowIfNull(tree);
        var findings = new List<Finding>();
        var retried = new HashSet<int>();
        for (var parent = 0; parent < tree.Count; parent++)
        {
            if (tree.SubtreeEnds[parent] > parent + 2)
            {
                LookBelow(tree, parent, findings, retried);
            }
        }

        FindResends(tree, findings, retried);
        FindHandledErrors(tree, findings, retried);
        return [.. findings.OrderByDescending(static finding => finding.DurationNs).Take(FindingsMax)];
    }

    private static void LookBelow(TraceTree tree, int parent, List<Finding> findings, HashSet<int> retried)
    {
        var calls = tree.ChildrenOf(parent)
            .Where(child => tree.Spans[child].Kind is SpanKind.Client or SpanKind.Producer)
            .Select(child => (Place: child, Text: CallText.Of(tree.Spans[child])))
            .ToArray();
        if (calls.Length < 2)
        {
            return;
        }

        foreach (var same in calls.GroupBy(call => (tree.Spans[call.Place].Origin.Service, tree.Spans[call.Place].Kind, call.Text.Exact)))
        {
            FindRetries(tree, [.. same.Select(static call => call.Place)], findings, retried);
        }

        var rest = new List<int>();
        foreach (var alike in calls.GroupBy(call => (tree.Spans[call.Place].Origin.Service, call.Text.Shape)))
        {
            var places = alike.Select(static call => call.Place).Where(place => !retried.Contains(place)).ToArray();
            if (places.Length >= LoopMin && IsInARow(tree, places))
            {
                findings.Add(Make(
                    tree, FindingKind.NPlusOne, places,
                    $"{Shown(alike.Key.Shape)} ran {places.Length} times one after another under {Named(tree.Spans[parent])}: {Duration(tree, places)}; ask for all at once"));
            }
            else
            {
                rest.AddRange(places);
            }
        }

        rest.Sort();
        var time = UnionNs(tree, rest);
        if (rest.Count >= FanOutMin && time >= FanOutShare * tree.Spans[parent].DurationNs && time > 0 && IsInARow(tree, rest))
        {
            findings.Add(Make(
                tree, FindingKind.SequentialFanOut, [.. rest],
                $"{rest.Count} calls of {Named(tree.Spans[parent])} run one after another and take {Percent(time, tree.Spans[parent].DurationNs)} of its time: {Duration(tree, rest)}; those that do not need each other can run at once"));
        }
    }

    /// <summary>Attempts in a row: each but the last failed, and the next began after it had.</summary>
    private static void FindRetries(TraceTree tree, int[] places, List<Finding> findings, HashSet<int> retried)
    {
        var chain = new List<int>();
        foreach (var place in places)
        {
            if (chain.Count > 0 && (!IsFailed(tree, chain[^1]) || tree.Spans[place].StartNs < tree.EndOf(chain[^1])))
            {
                AddRetry(tree, chain, findings, retried);
                chain.Clear();
            }

            chain.Add(place);
        }

        AddRetry(tree, chain, findings, retried);
    }

    private static void AddRetry(TraceTree tree, List<int> chain, List<Finding> findings, HashSet<int> retried)
    {
        if (chain.Count < 2)
        {
            return;
        }

        retried.UnionWith(chain);
        var outcome = IsFailed(tree, chain[^1]) ? "and failed each time" : "and then succeeded";
        findings.Add(Make(
            tree, FindingKind.Retry, [.. chain],
            $"{Named(tree.Spans[chain[0]])} was tried {chain.Count} times {outcome}: {Duration(tree, chain)}"));
    }

    /// <summary>Requests that say they are sent again, of which no attempt before is in the trace.</summary>
    private static void FindResends(TraceTree tree, List<Finding> findings, HashSet<int> retried)
    {
        for (var i = 0; i < tree.Count; i++)
        {
            if (tree.Spans[i].Kind == SpanKind.Client && !retried.Contains(i) && CallText.Of(tree.Spans[i]).Resends is > 0 and var resends)
            {
                findings.Add(Make(tree, FindingKind.Retry, [i], $"{Named(tree.Spans[i])} says that it is attempt {resends + 1}; those before it are not in the trace"));
            }
        }
    }

    private static void FindHandledErrors(TraceTree tree, List<Finding> findings, HashSet<int> retried)
    {
        if (tree.Count == 0 || IsFailed(tree, tree.Root))
        {
            return;
        }

        // Whether some span above failed, so that the error did go up further on; parents come before their children.
        var isBelowFailed = new bool[tree.Count];
        for (var i = 0; i < tree.Count; i++)
        {
            var parent = tree.Parents[i];
            isBelowFailed[i] = parent >= 0 && (isBelowFailed[parent] || IsFailed(tree, parent));
        }

        var handled = Enumerable.Range(0, tree.Count)
            .Where(i => IsFailed(tree, i) && !retried.Contains(i) && tree.Parents[i] >= 0 && !isBelowFailed[i])
            .GroupBy(i => (tree.Spans[i].Origin.Service, tree.Spans[i].Name, Parent: tree.Spans[tree.Parents[i]].Name, ParentService: tree.Spans[tree.Parents[i]].Origin.Service));
        foreach (var group in handled)
        {
            var places = group.ToArray();
            var times = places.Length == 1 ? "failed" : $"failed {places.Length} times";
            var message = tree.Spans[places[0]].StatusMessage is { Length: > 0 } said ? $" (\"{Cut(said)}\")" : "";
            findings.Add(Make(
                tree, FindingKind.HandledError, places,
                $"{Named(tree.Spans[places[0]])} {times}{message}, and {Named(tree.Spans[tree.Parents[places[0]]])} above it did not: the error was handled"));
        }
    }

    private static bool IsFailed(TraceTree tree, int place) => tree.Spans[place].Status == SpanStatus.Error;

    private static bool IsInARow(TraceTree tree, IReadOnlyList<int> places)
    {
        var after = 0;
        for (var i = 1; i < places.Count; i++)
        {
            after += tree.Spans[places[i]].StartNs >= tree.EndOf(places[i - 1]) ? 1 : 0;
        }

        return after >= SequentialShare * (places.Count - 1);
    }

    private static Finding Make(TraceTree tree, FindingKind kind, int[] places, string message) =>
        new(kind, message, places.Length <= SpansMax ? places : places[..SpansMax], places.Length, UnionNs(tree, places));

    /// <summary>The time in which at least one of spans ran; they are by start but where several parents are.</summary>
    private static long UnionNs(TraceTree tree, IReadOnlyList<int> places)
    {
        var covered = 0L;
        var cursor = long.MinValue;
        foreach (var place in places.OrderBy(place => tree.Spans[place].StartNs))
        {
            var from = Math.Max(cursor, tree.Spans[place].StartNs);
            var to = tree.EndOf(place);
            covered += Math.Max(0, to - from);
            cursor = Math.Max(cursor, to);
        }

        return covered;
    }

    private static string Named(SpanRecord span) => $"{span.Origin.Service} \"{Cut(span.Name)}\"";

    private static string Shown(string text) => $"\"{Cut(text)}\"";

    private static string Cut(string text) => text.Length <= ShownMax ? text : string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[ShownMax - 1]) ? ShownMax - 1 : ShownMax), "…");

    private static string Duration(TraceTree tree, IReadOnlyList<int> places) => Text(UnionNs(tree, places));

    private static string Text(long ns) => ns switch
    {
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{ns / 1e3:0.#} µs"),
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{ns / 1e6:0.#} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{ns / 1e9:0.##} s"),
    };

    private static string Percent(long part, long all) => string.Create(CultureInfo.InvariantCulture, $"{100.0 * part / all:0} %");
}
