using Toka.Core.Spans;

namespace Toka.Tracing.Trees;

/// <summary>
/// The spans of one trace as a tree, in depth-first order: each span before those below it, children by start. Whatever the
/// spans say of each other makes a tree: what is odd is counted in <see cref="Oddities"/>. Immutable, thread-safe.
/// </summary>
/// <remarks>Built without recursion in O(n log n), so that neither many spans nor deep ones are a danger.</remarks>
public sealed class TraceTree
{
    /// <summary>The parent of a span that says it has none.</summary>
    public const int NoParent = -1;

    /// <summary>The parent of a span whose parent is not among the spans.</summary>
    public const int MissingParent = -2;

    private readonly SpanRecord[] _spans;
    private readonly int[] _parents;
    private readonly int[] _depths;
    private readonly int[] _ends;
    private readonly long[] _self;

    internal TraceTree(SpanRecord[] spans, int[] parents, TraceOddities oddities)
    {
        (_spans, _parents, Oddities) = (spans, parents, oddities);
        _depths = new int[spans.Length];
        _ends = new int[spans.Length];
        _self = new long[spans.Length];
        (StartNs, EndNs) = spans.Length == 0 ? (0, 0) : (long.MaxValue, long.MinValue);
        for (var i = 0; i < spans.Length; i++)
        {
            _depths[i] = parents[i] < 0 ? 0 : _depths[parents[i]] + 1;
            _ends[i] = i + 1;
            StartNs = Math.Min(StartNs, spans[i].StartNs);
            EndNs = Math.Max(EndNs, EndOf(i));
        }

        for (var i = spans.Length - 1; i >= 0; i--)
        {
            if (parents[i] >= 0)
            {
                _ends[parents[i]] = Math.Max(_ends[parents[i]], _ends[i]);
            }
        }

        for (var i = 0; i < spans.Length; i++)
        {
            _self[i] = SelfOf(i);
        }

        Root = Math.Max(0, Array.IndexOf(parents, NoParent));
    }

    /// <summary>How many spans there are: those that were given, but for repeated ones.</summary>
    public int Count => _spans.Length;

    /// <summary>The spans in depth-first order.</summary>
    public IReadOnlyList<SpanRecord> Spans => _spans;

    /// <summary>The place of each span's parent, before its own; or <see cref="NoParent"/>, or <see cref="MissingParent"/>.</summary>
    public ReadOnlySpan<int> Parents => _parents;

    /// <summary>How many spans stand above each one.</summary>
    public ReadOnlySpan<int> Depths => _depths;

    /// <summary>Behind each span the place of the first one that is not below it: the next sibling, or that of a parent.</summary>
    public ReadOnlySpan<int> SubtreeEnds => _ends;

    /// <summary>
    /// Each span's own time in ns: its duration without the time in which at least one of its children ran. A child that runs
    /// past its parent counts only within it.
    /// </summary>
    public ReadOnlySpan<long> SelfNs => _self;

    /// <summary>The place of the trace's root: the first span without a parent or, where there is none, the first span; 0 without spans.</summary>
    public int Root { get; }

    /// <summary>When the first span began, ns since the Unix epoch; 0 without spans.</summary>
    public long StartNs { get; }

    /// <summary>When the last span ended, ns since the Unix epoch; 0 without spans.</summary>
    public long EndNs { get; }

    /// <summary>What was odd about the spans.</summary>
    public TraceOddities Oddities { get; }

    /// <summary>Makes a tree of the spans of one trace.</summary>
    /// <param name="spans">The spans in any order.</param>
    public static TraceTree Of(IReadOnlyList<SpanRecord> spans) => TreeBuilder.Build(spans);

    /// <summary>When a span ended, ns since the Unix epoch; the last moment there is where that would be behind it.</summary>
    /// <param name="index">Its place.</param>
    public long EndOf(int index) => EndOf(_spans[index]);

    /// <summary>Whether a span is below another one, at whatever depth.</summary>
    /// <param name="index">The place of the one.</param>
    /// <param name="ancestor">The place of the other.</param>
    public bool IsBelow(int index, int ancestor) => index > ancestor && index < _ends[ancestor];

    /// <summary>The places of a span's children, by start.</summary>
    /// <param name="index">The span's place.</param>
    public IEnumerable<int> ChildrenOf(int index)
    {
        for (var child = index + 1; child < _ends[index]; child = _ends[child])
        {
            yield return child;
        }
    }

    internal static long EndOf(SpanRecord span)
    {
        var end = span.StartNs + Math.Max(0, span.DurationNs);
        return end < span.StartNs ? long.MaxValue : end;
    }

    private long SelfOf(int index)
    {
        var end = EndOf(index);
        var covered = 0L;
        var cursor = _spans[index].StartNs;
        for (var child = index + 1; child < _ends[index]; child = _ends[child])
        {
            var from = Math.Max(_spans[child].StartNs, cursor);
            var to = Math.Min(EndOf(child), end);
            if (to > from)
            {
                covered += to - from;
                cursor = to;
            }
        }

        return end - _spans[index].StartNs - covered;
    }
}

/// <summary>What was odd about the spans of a trace. All 0 for what a sound sender and network give.</summary>
/// <param name="Orphans">Spans whose parent is not there: it is late, was not sampled, or was lost.</param>
/// <param name="Roots">Spans that say they have no parent.</param>
/// <param name="Repeated">Spans that came again with the same content, and stand once.</param>
/// <param name="SharedIds">Spans with the id of another one, of other content. The children of a client and a server of one id (Zipkin's way) belong to the server, and it to the client; else they belong to the first.</param>
/// <param name="Cycles">Rings of spans each of which is below itself; each ring is cut at its first span, whose parent counts as missing.</param>
public readonly record struct TraceOddities(int Orphans, int Roots, int Repeated, int SharedIds, int Cycles);
