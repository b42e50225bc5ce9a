using Toka.Core.Labels;
using Toka.Core.Samples;

namespace Toka.Core.Series;

/// <content>What comes beside float samples: native histograms, exemplars, and when counters began.</content>
public sealed partial class WriteBatch
{
    private readonly List<HistogramRow> _histograms = [];
    private readonly List<ExemplarRow> _exemplars = [];
    private readonly List<CreatedRow> _created = [];

    /// <summary>Native histograms, in the order of their adding.</summary>
    public IReadOnlyList<HistogramRow> Histograms => _histograms;

    /// <summary>Exemplars, in the order of their adding.</summary>
    public IReadOnlyList<ExemplarRow> Exemplars => _exemplars;

    /// <summary>When counters began, in the order of their adding.</summary>
    public IReadOnlyList<CreatedRow> Created => _created;

    /// <summary>Whether there is nothing to write; metadata alone is nothing.</summary>
    public bool IsEmpty => Count == 0 && _histograms.Count == 0 && _exemplars.Count == 0 && _created.Count == 0;

    /// <summary>Adds a native histogram.</summary>
    /// <param name="labels">The series.</param>
    /// <param name="timestampMs">Milliseconds since the Unix epoch.</param>
    /// <param name="histogram">The histogram. A store refuses one that breaks <see cref="HistogramRule"/>.</param>
    public void AddHistogram(LabelSet labels, long timestampMs, NativeHistogram histogram)
    {
        ArgumentNullException.ThrowIfNull(histogram);
        _histograms.Add(new HistogramRow(Take(labels), timestampMs, histogram));
    }

    /// <inheritdoc cref="AddHistogram(LabelSet, long, NativeHistogram)"/>
    public void AddHistogram(LabelSetBuilder labels, long timestampMs, NativeHistogram histogram)
    {
        ArgumentNullException.ThrowIfNull(histogram);
        _histograms.Add(new HistogramRow(Take(labels), timestampMs, histogram));
    }

    /// <summary>Adds a native histogram of a series whose canonical label bytes are at hand.</summary>
    /// <param name="encoded">The series, as <see cref="LabelSet.IsCanonical"/> has it; it is not checked.</param>
    /// <param name="timestampMs">Milliseconds since the Unix epoch.</param>
    /// <param name="histogram">The histogram. A store refuses one that breaks <see cref="HistogramRule"/>.</param>
    public void AddHistogramEncoded(ReadOnlySpan<byte> encoded, long timestampMs, NativeHistogram histogram)
    {
        ArgumentNullException.ThrowIfNull(histogram);
        _histograms.Add(new HistogramRow(TakeEncoded(encoded), timestampMs, histogram));
    }

    /// <summary>Adds an exemplar.</summary>
    /// <param name="labels">The series.</param>
    /// <param name="exemplar">The exemplar.</param>
    public void AddExemplar(LabelSet labels, in Exemplar exemplar)
    {
        ArgumentNullException.ThrowIfNull(exemplar.Labels);
        var series = Take(labels);
        _exemplars.Add(new ExemplarRow(series, Take(exemplar.Labels), exemplar.TimestampMs, exemplar.Value));
    }

    /// <summary>Adds an exemplar of a series whose label set is at hand, its own labels as a builder holds them.</summary>
    /// <param name="labels">The series.</param>
    /// <param name="exemplarLabels">The exemplar's own labels.</param>
    /// <param name="timestampMs">Milliseconds since the Unix epoch.</param>
    /// <param name="value">The value observed.</param>
    public void AddExemplar(LabelSet labels, LabelSetBuilder exemplarLabels, long timestampMs, double value)
    {
        var series = Take(labels);
        _exemplars.Add(new ExemplarRow(series, Take(exemplarLabels), timestampMs, value));
    }

    /// <summary>Adds an exemplar, both label sets as builders hold them.</summary>
    /// <param name="labels">The series.</param>
    /// <param name="exemplarLabels">The exemplar's own labels.</param>
    /// <param name="timestampMs">Milliseconds since the Unix epoch.</param>
    /// <param name="value">The value observed.</param>
    public void AddExemplar(LabelSetBuilder labels, LabelSetBuilder exemplarLabels, long timestampMs, double value)
    {
        var series = Take(labels);
        _exemplars.Add(new ExemplarRow(series, Take(exemplarLabels), timestampMs, value));
    }

    /// <summary>Adds an exemplar of a series whose canonical label bytes are at hand.</summary>
    /// <param name="encoded">The series, as <see cref="LabelSet.IsCanonical"/> has it; it is not checked.</param>
    /// <param name="exemplarLabels">The exemplar's own labels.</param>
    /// <param name="timestampMs">Milliseconds since the Unix epoch.</param>
    /// <param name="value">The value observed.</param>
    public void AddExemplarEncoded(ReadOnlySpan<byte> encoded, LabelSetBuilder exemplarLabels, long timestampMs, double value)
    {
        var series = TakeEncoded(encoded);
        _exemplars.Add(new ExemplarRow(series, Take(exemplarLabels), timestampMs, value));
    }

    /// <summary>Adds when a counter began.</summary>
    /// <param name="labels">The series.</param>
    /// <param name="timestampMs">The time of the sample that said so, in ms since the Unix epoch.</param>
    /// <param name="createdMs">When the counter began, in ms since the Unix epoch; not after the sample.</param>
    public void AddCreated(LabelSet labels, long timestampMs, long createdMs) => _created.Add(new CreatedRow(Take(labels), timestampMs, createdMs));

    /// <summary>Adds when the counter of the last float row began, as its sample says.</summary>
    /// <param name="createdMs">When the counter began, in ms since the Unix epoch; not after the sample.</param>
    /// <exception cref="InvalidOperationException">There is no row yet.</exception>
    public void AddCreatedOfLastRow(long createdMs)
    {
        if (Count == 0)
        {
            throw new InvalidOperationException("The batch has no row whose series could be shared.");
        }

        var last = _rows[Count - 1];
        _created.Add(new CreatedRow(new RowLabels(last.LabelsStart, last.LabelsLength, last.Hash), last.TimestampMs, createdMs));
    }

    /// <summary>Adds when the counters of the last histogram began, as it says.</summary>
    /// <param name="createdMs">When it began, in ms since the Unix epoch; not after the sample.</param>
    /// <exception cref="InvalidOperationException">There is no histogram yet.</exception>
    public void AddCreatedOfLastHistogram(long createdMs)
    {
        if (_histograms.Count == 0)
        {
            throw new InvalidOperationException("The batch has no histogram whose series could be shared.");
        }

        var last = _histograms[^1];
        _created.Add(new CreatedRow(last.Series, last.TimestampMs, createdMs));
    }

    /// <summary>The canonical label bytes that a row names.</summary>
    /// <param name="labels">Labels of a row of this batch.</param>
    public ReadOnlySpan<byte> LabelsOf(in RowLabels labels) => _labels.AsSpan(labels.Start, labels.Length);

    private void ClearSide()
    {
        _histograms.Clear();
        _exemplars.Clear();
        _created.Clear();
    }

    private RowLabels Take(LabelSet labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        var encoded = labels.Encoded;
        encoded.CopyTo(TakeLabels(encoded.Length));
        return new RowLabels(_labelsLength - encoded.Length, encoded.Length, labels.Hash);
    }

    private RowLabels TakeEncoded(ReadOnlySpan<byte> encoded)
    {
        encoded.CopyTo(TakeLabels(encoded.Length));
        return new RowLabels(_labelsLength - encoded.Length, encoded.Length, LabelSet.HashOf(encoded));
    }

    private RowLabels Take(LabelSetBuilder labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        var length = labels.EncodedLength;
        var encoded = TakeLabels(length);
        labels.WriteTo(encoded);
        return new RowLabels(_labelsLength - length, length, LabelSet.HashOf(encoded));
    }
}

/// <summary>Labels of a row: canonical bytes in the batch's buffer; read them with <see cref="WriteBatch.LabelsOf(in RowLabels)"/>.</summary>
/// <param name="Start">Where they begin.</param>
/// <param name="Length">How long they are.</param>
/// <param name="Hash">Their hash, as <see cref="LabelSet.Hash"/>.</param>
public readonly record struct RowLabels(int Start, int Length, ulong Hash);

/// <summary>One native histogram of a <see cref="WriteBatch"/>.</summary>
/// <param name="Series">The series.</param>
/// <param name="TimestampMs">Milliseconds since the Unix epoch.</param>
/// <param name="Histogram">The histogram.</param>
public readonly record struct HistogramRow(RowLabels Series, long TimestampMs, NativeHistogram Histogram);

/// <summary>One exemplar of a <see cref="WriteBatch"/>.</summary>
/// <param name="Series">The series.</param>
/// <param name="Labels">The exemplar's own labels.</param>
/// <param name="TimestampMs">Milliseconds since the Unix epoch.</param>
/// <param name="Value">The value observed.</param>
public readonly record struct ExemplarRow(RowLabels Series, RowLabels Labels, long TimestampMs, double Value);

/// <summary>When a counter of a <see cref="WriteBatch"/> began.</summary>
/// <param name="Series">The series.</param>
/// <param name="TimestampMs">The time of the sample that said so, in ms since the Unix epoch.</param>
/// <param name="CreatedMs">When the counter began, in ms since the Unix epoch.</param>
public readonly record struct CreatedRow(RowLabels Series, long TimestampMs, long CreatedMs);
