using Toka.Core.Series;
using Toka.TimeSeries.Columns;

namespace Toka.TimeSeries.Head;

/// <summary>
/// What a reader or the sealing takes of one series beside floats, under the lock, and decodes after it. Reused from series to
/// series by one thread.
/// </summary>
internal sealed class SideCapture : IDisposable
{
    private long _toMs;

    /// <summary>Payloads of histograms, and from when on each is read; those of late ones overlap the others.</summary>
    public List<(long FromMs, byte[] Payload)> Payloads { get; } = [];

    /// <summary>The newest histograms.</summary>
    public HistogramColumn Open { get; } = new(8);

    /// <summary>Late histograms.</summary>
    public HistogramColumn Late { get; } = new(8);

    /// <summary>The exemplars.</summary>
    public ExemplarColumn Exemplars { get; } = new();

    /// <summary>When the counter began; what held at the begin of the range is a step there.</summary>
    public CreatedColumn Created { get; } = new();

    /// <summary>Whether nothing was taken.</summary>
    public bool IsEmpty => Payloads.Count == 0 && Open.Count == 0 && Late.Count == 0 && Exemplars.Count == 0 && Created.Count == 0;

    /// <summary>Begins a capture.</summary>
    public void Begin(long toMs)
    {
        _toMs = toMs;
        Payloads.Clear();
        Open.Clear();
        Late.Clear();
        Exemplars.Clear();
        Created.Clear();
    }

    /// <summary>Appends the histograms, ascending in time, each time once.</summary>
    public void ReadHistograms(HistogramColumn into)
    {
        if (Payloads.Count == 0 && Late.Count == 0)
        {
            Append(Open, into);
            return;
        }

        var merged = new HistogramColumn();
        var next = new HistogramColumn();
        var other = new HistogramColumn();
        try
        {
            var tally = default(MergeTally); // The head has each time once.
            foreach (var (fromMs, payload) in Payloads)
            {
                next.Clear();
                HistogramPayload.Decode(payload, fromMs, _toMs, next);
                if (merged.Count == 0 || next.Count == 0 || merged.Timestamps[^1] < next.Timestamps[0])
                {
                    Append(next, merged);
                    continue;
                }

                other.Clear();
                SideMerge.Merge(merged, next, other, ref tally);
                (merged, other) = (other, merged);
            }

            other.Clear();
            SideMerge.Merge(merged, Open, other, ref tally);
            SideMerge.Merge(other, Late, into, ref tally);
        }
        finally
        {
            merged.Dispose();
            next.Dispose();
            other.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Open.Dispose();
        Late.Dispose();
        Exemplars.Dispose();
        Created.Dispose();
    }

    private static void Append(HistogramColumn from, HistogramColumn into)
    {
        for (var i = 0; i < from.Count; i++)
        {
            into.Add(from.Timestamps[i], from[i]);
        }
    }
}
