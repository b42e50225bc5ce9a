using Toka.Core.Series;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Columns;
using Toka.TimeSeries.Head;

namespace Toka.TimeSeries.Sealing;

/// <summary>
/// Writes what a series has beside floats to the blocks of its spans of time. When a counter began is told in every block that
/// has samples of it, so that each block stands alone.
/// </summary>
/// <param name="spanOf">The span of a time.</param>
/// <param name="writerOf">The writer of a span's block, with the series begun in it; null where it is not this pass's.</param>
internal sealed class SideSealer(Func<long, long> spanOf, Func<long, BlockWriter?> writerOf) : IPayloadSink, IDisposable
{
    private readonly HistogramColumn _histograms = new();
    private readonly HistogramColumn _partHistograms = new();
    private readonly ExemplarColumn _partExemplars = new();
    private readonly CreatedColumn _partCreated = new();
    private readonly SortedDictionary<long, long> _spans = [];
    private BlockWriter? _writer;

    /// <summary>What was taken of the series.</summary>
    public SideCapture Capture { get; } = new();

    /// <summary>Writes it.</summary>
    /// <param name="floatTimes">The times of the series' floats that are written too.</param>
    public void Write(ReadOnlySpan<long> floatTimes)
    {
        if (Capture.IsEmpty)
        {
            return;
        }

        _histograms.Clear();
        Capture.ReadHistograms(_histograms);
        _spans.Clear();
        Note(floatTimes);
        Note(_histograms.Timestamps);
        var withoutSamples = _spans.Count == 0;
        Note(Capture.Exemplars.Timestamps);
        foreach (var (span, first) in _spans)
        {
            _writer = writerOf(span);
            if (_writer is not null)
            {
                WritePart(span, first, withoutSamples);
            }
        }
    }

    /// <inheritdoc/>
    public void Payload(PayloadKind kind, long minMs, long maxMs, int count, ReadOnlySpan<byte> payload) =>
        _writer!.AddPayload((ChunkKind)kind, minMs, maxMs, count, payload);

    /// <inheritdoc/>
    public void Dispose()
    {
        Capture.Dispose();
        _histograms.Dispose();
        _partHistograms.Dispose();
        _partExemplars.Dispose();
        _partCreated.Dispose();
    }

    /// <summary>Notes the spans that have something, and the first time in each.</summary>
    private void Note(ReadOnlySpan<long> times)
    {
        long? last = null;
        foreach (var time in times)
        {
            var span = spanOf(time);
            if (span == last)
            {
                continue;
            }

            last = span;
            if (!_spans.TryGetValue(span, out var first) || time < first)
            {
                _spans[span] = time;
            }
        }
    }

    private void WritePart(long span, long first, bool withoutSamples)
    {
        _partHistograms.Clear();
        for (var i = 0; i < _histograms.Count; i++)
        {
            if (spanOf(_histograms.Timestamps[i]) == span)
            {
                _partHistograms.Add(_histograms.Timestamps[i], _histograms[i]);
            }
        }

        PayloadMerge.Write(_partHistograms, this);
        _partExemplars.Clear();
        var exemplars = Capture.Exemplars;
        for (var i = 0; i < exemplars.Count; i++)
        {
            if (spanOf(exemplars.Timestamps[i]) == span)
            {
                _partExemplars.Add(exemplars.Timestamps[i], exemplars.Values[i], exemplars.LabelsOf(i));
            }
        }

        PayloadMerge.Write(_partExemplars, this);
        if (withoutSamples)
        {
            return;
        }

        _partCreated.Clear();
        var created = Capture.Created;
        if (created.At(first) is { } held)
        {
            _partCreated.Add(first, held);
        }

        for (var i = 0; i < created.Count; i++)
        {
            if (created.Timestamps[i] > first && spanOf(created.Timestamps[i]) == span)
            {
                _partCreated.Add(created.Timestamps[i], created.Created[i]);
            }
        }

        PayloadMerge.Write(_partCreated, this);
    }
}
