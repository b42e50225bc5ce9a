using Toka.Core.Spans;
using Toka.Tracing.Sampling;

namespace Toka.Tracing.TailSampling;

/// <summary>A span that is held: its row, whose texts are in bytes of its own.</summary>
internal readonly record struct HeldSpan(SpanRow Row, Origin Origin, byte[] Text)
{
    /// <summary>What a held span takes besides its texts, bytes.</summary>
    private const int OverheadBytes = 224;

    /// <summary>What it takes, bytes.</summary>
    public int Bytes => Text.Length + OverheadBytes;

    /// <summary>A copy of a row of a batch.</summary>
    public static HeldSpan Of(SpanBatch batch, in SpanRow row)
    {
        var copy = row;
        var text = new byte[row.Name.Length + row.StatusMessage.Length + row.TraceState.Length + row.Attributes.Length + row.Events.Length + row.Links.Length];
        var at = 0;
        copy.Name = Take(row.Name);
        copy.StatusMessage = Take(row.StatusMessage);
        copy.TraceState = Take(row.TraceState);
        copy.Attributes = Take(row.Attributes);
        copy.Events = Take(row.Events);
        copy.Links = Take(row.Links);
        return new HeldSpan(copy, batch.Origins[row.Origin], text);

        TextSlice Take(TextSlice slice)
        {
            batch.Bytes[slice].CopyTo(text.AsSpan(at));
            at += slice.Length;
            return new TextSlice(at - slice.Length, slice.Length);
        }
    }

    /// <summary>The bytes of a text.</summary>
    public ReadOnlySpan<byte> this[TextSlice slice] => Text.AsSpan(slice.Start, slice.Length);

    /// <summary>Adds the span to a batch, its threshold raised to one given.</summary>
    public void AddTo(SpanBatch batch, ulong threshold)
    {
        var start = batch.Bytes.Add(Text).Start;
        var row = Row;
        row.Origin = batch.AddOrigin(Origin);
        row.Name = Moved(row.Name, start);
        row.StatusMessage = Moved(row.StatusMessage, start);
        row.TraceState = threshold > TraceStateSampling.Threshold(this[Row.TraceState])
            ? batch.Bytes.Add(System.Text.Encoding.UTF8.GetBytes(TraceStateSampling.WithThreshold(this[Row.TraceState], threshold)))
            : Moved(row.TraceState, start);
        row.Attributes = Moved(row.Attributes, start);
        row.Events = Moved(row.Events, start);
        row.Links = Moved(row.Links, start);
        batch.Add(row);
    }

    private static TextSlice Moved(TextSlice slice, int by) => slice with { Start = slice.Start + by };
}

/// <summary>A trace on which no decision has been made, or whose spans wait to be stored. Guarded by its sampler.</summary>
internal sealed class HeldTrace(TraceId id, long arrivedMs)
{
    public TraceFacts Facts { get; } = new(id);

    /// <summary>Its spans; none once it is done with.</summary>
    public List<HeldSpan> Spans { get; set; } = [];

    /// <summary>When its first span came, ms since the Unix epoch.</summary>
    public long ArrivedMs { get; } = arrivedMs;

    /// <summary>When its last span came.</summary>
    public long SeenMs { get; set; } = arrivedMs;

    public long Bytes { get; set; }

    /// <summary>The segments of the journal in which its spans are.</summary>
    public List<int> Segments { get; } = [];

    /// <summary>What was decided; null while nothing is.</summary>
    public SamplingDecision? Decision { get; set; }
}

/// <summary>What was decided on a trace.</summary>
/// <param name="Policy">The number of the policy that keeps it; −1 where it is dropped.</param>
/// <param name="Threshold">The threshold that its spans tell.</param>
internal readonly record struct SamplingDecision(int Policy, ulong Threshold)
{
    public bool IsKept => Policy >= 0;
}

/// <summary>Decisions that are remembered, the oldest going first. Guarded by its sampler.</summary>
internal sealed class DecisionCache(int max)
{
    private readonly Dictionary<TraceId, SamplingDecision> _decisions = [];
    private readonly Queue<TraceId> _order = new();

    public bool TryGet(TraceId trace, out SamplingDecision decision) => _decisions.TryGetValue(trace, out decision);

    public void Add(TraceId trace, SamplingDecision decision)
    {
        if (_decisions.TryAdd(trace, decision))
        {
            _order.Enqueue(trace);
            if (_order.Count > max)
            {
                _decisions.Remove(_order.Dequeue());
            }
        }
    }
}
