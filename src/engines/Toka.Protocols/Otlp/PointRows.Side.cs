using Toka.Core.Labels;
using Toka.Core.Samples;

namespace Toka.Protocols.Otlp;

/// <content>Native histograms, exemplars and start times.</content>
internal sealed partial class PointRows
{
    /// <summary>So many buckets take the bytes of one row.</summary>
    private const int BucketsPerRow = 5;

    private const ulong NanosecondsPerMillisecond = 1_000_000;

    private int _histogramRows;
    private ulong _startNs;

    /// <summary>The labels of the exemplar at hand; cleared and filled for each.</summary>
    public LabelSetBuilder ExemplarLabels { get; } = new();

    /// <summary>Adds a native histogram, whose labels are the point's; it gets all or nothing.</summary>
    public OtlpRefusal AddHistogram(ReadOnlySpan<byte> name, in PointTime time, ExponentialHistogram histogram)
    {
        var rows = 1 + ((histogram.Positive.Count + histogram.Negative.Count) / BucketsPerRow);
        var refusal = Open(name, time, rows, 1);
        if (refusal != OtlpRefusal.None)
        {
            return refusal;
        }

        _startNs = time.StartNs;
        NativeHistogram? stored;
        if (time.IsStale)
        {
            stored = NativeHistogram.Stale;
        }
        else if (!time.IsDelta)
        {
            stored = histogram.ToHistogram(HistogramLayout.BucketsMax);
        }
        else
        {
            // What is not a histogram must not become part of a total.
            stored = HistogramRule.Check(histogram.ToHistogram(HistogramLayout.BucketsMax).View) == HistogramFault.None
                ? deltas.Add(Encode(), time, histogram, out _startNs)
                : null;
            HasDeltas |= stored is not null;
        }

        if (stored is null || HistogramRule.Check(stored.View) != HistogramFault.None)
        {
            return OtlpRefusal.BadHistogram;
        }

        _histogramRows += rows;
        _batch.AddHistogram(Labels, time.Ms, stored);
        return OtlpRefusal.None;
    }

    /// <summary>Adds when the counter of the row or histogram added last began, where the point says so.</summary>
    /// <param name="time">The point's time.</param>
    /// <param name="ofHistogram">Whether a native histogram was added last.</param>
    public OtlpRefusal AddCreated(in PointTime time, bool ofHistogram)
    {
        // A start that is the point's own time says that the real one is not known.
        if (time.IsStale || _startNs == 0 || _startNs == time.TimeNs)
        {
            return OtlpRefusal.None;
        }

        if (_startNs > time.TimeNs)
        {
            return OtlpRefusal.StartAfterTime;
        }

        var created = (long)(_startNs / NanosecondsPerMillisecond);
        if (ofHistogram)
        {
            _batch.AddCreatedOfLastHistogram(created);
        }
        else
        {
            _batch.AddCreatedOfLastRow(created);
        }

        return OtlpRefusal.None;
    }

    /// <summary>Adds an exemplar with <see cref="ExemplarLabels"/> to a series of the point.</summary>
    /// <param name="name">The series' metric name.</param>
    /// <param name="bound">The bucket's bound, for a classic histogram.</param>
    /// <param name="timeMs">When it was observed.</param>
    /// <param name="value">The value observed.</param>
    public OtlpRefusal AddExemplar(ReadOnlySpan<byte> name, double? bound, long timeMs, double value)
    {
        if (bound is not null)
        {
            Labels.Set("le"u8, _number.AsSpan(0, Naming.FloatText.WritePlain(bound.Value, _number)));
        }

        Labels.Set("__name__"u8, name);
        var bytes = Labels.EncodedLength + ExemplarLabels.EncodedLength + ExtraLabelBytes;
        if (_labelBytes + bytes > limits.LabelBytesPerRequestMax)
        {
            return OtlpRefusal.LabelBytesLimit;
        }

        _labelBytes += bytes;
        _batch.AddExemplar(Labels, ExemplarLabels, timeMs, value);
        return OtlpRefusal.None;
    }
}
