using Toka.Core.Labels;
using Toka.Core.Samples;

namespace Toka.Protocols.Otlp.Points;

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
    /// <param name="name">Its metric name, encoded.</param>
    /// <param name="time">The point's time.</param>
    /// <param name="histogram">The histogram, or what is to be added to the total.</param>
    public OtlpRefusal AddHistogram(ReadOnlySpan<byte> name, in PointTime time, ExponentialHistogram histogram)
    {
        var rows = RowsOf(histogram.Positive.Count + histogram.Negative.Count);
        var refusal = Open(name, default, time, rows, 1);
        if (refusal != OtlpRefusal.None)
        {
            return refusal;
        }

        if (time.IsStale)
        {
            return AddHistogram(name, time, NativeHistogram.Stale, rows);
        }

        var stored = histogram.ToHistogram(HistogramLayout.BucketsMax);
        if (time.IsDelta)
        {
            // What is not a histogram must not become part of a total.
            refusal = HistogramRule.Check(stored.View) != HistogramFault.None ? OtlpRefusal.BadHistogram
                : deltas.Add(_template.Row(name), time, histogram, out stored, out _startNs);
            HasDeltas |= refusal == OtlpRefusal.None;
            return refusal == OtlpRefusal.None ? AddRow(name, time, stored!, rows) : refusal;
        }

        return AddHistogram(name, time, stored, rows);
    }

    /// <summary>Adds a native histogram with custom bounds, whose labels are the point's; it gets all or nothing.</summary>
    /// <param name="name">Its metric name, encoded.</param>
    /// <param name="time">The point's time.</param>
    /// <param name="histogram">The histogram, or what is to be added to the total of the same layout.</param>
    public OtlpRefusal AddCustom(ReadOnlySpan<byte> name, in PointTime time, NativeHistogram histogram)
    {
        var rows = RowsOf(histogram.Layout.BucketCount);
        var refusal = Open(name, default, time, rows, 1);
        if (refusal != OtlpRefusal.None || time.IsStale || !time.IsDelta)
        {
            return refusal != OtlpRefusal.None ? refusal : AddHistogram(name, time, time.IsStale ? NativeHistogram.Stale : histogram, rows);
        }

        if (HistogramRule.Check(histogram.View) != HistogramFault.None)
        {
            return OtlpRefusal.BadHistogram;
        }

        refusal = deltas.AddCustom(_template.Row(name), time, histogram, out var total, out _startNs);
        HasDeltas |= refusal == OtlpRefusal.None;
        return refusal == OtlpRefusal.None ? AddRow(name, time, total!, rows) : refusal;
    }

    private static int RowsOf(int buckets) => 1 + (buckets / BucketsPerRow);

    private OtlpRefusal AddHistogram(ReadOnlySpan<byte> name, in PointTime time, NativeHistogram histogram, int rows)
    {
        _startNs = time.StartNs;
        return HistogramRule.Check(histogram.View) == HistogramFault.None ? AddRow(name, time, histogram, rows) : OtlpRefusal.BadHistogram;
    }

    private OtlpRefusal AddRow(ReadOnlySpan<byte> name, in PointTime time, NativeHistogram histogram, int rows)
    {
        _histogramRows += rows;
        _batch.AddHistogramEncoded(_template.Row(name), time.Ms, histogram);
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
    /// <param name="name">The series' metric name, encoded.</param>
    /// <param name="extra">The label of the bucket, encoded, for a classic histogram; else empty.</param>
    /// <param name="timeMs">When it was observed.</param>
    /// <param name="value">The value observed.</param>
    public OtlpRefusal AddExemplar(ReadOnlySpan<byte> name, ReadOnlySpan<byte> extra, long timeMs, double value)
    {
        var series = extra.IsEmpty ? _template.Row(name) : _template.Row(name, extra);
        var bytes = series.Length + ExemplarLabels.EncodedLength + ExtraLabelBytes;
        if (_labelBytes + bytes > limits.LabelBytesPerRequestMax)
        {
            return OtlpRefusal.LabelBytesLimit;
        }

        _labelBytes += bytes;
        _batch.AddExemplarEncoded(series, ExemplarLabels, timeMs, value);
        return OtlpRefusal.None;
    }
}
