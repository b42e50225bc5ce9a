using Toka.Core.Labels;
using Toka.Core.Samples;

namespace Toka.Core.Series;

/// <content>Rows that share label bytes which a decoder has written straight into the batch.</content>
public sealed partial class WriteBatch
{
    /// <summary>
    /// Room for label bytes, to be filled and then taken by <see cref="TakeLabelRoom"/>. The view ends with the next change of
    /// the batch; what is not taken costs nothing.
    /// </summary>
    /// <param name="bytes">How many may be needed; not negative.</param>
    public Span<byte> LabelRoom(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        if (_labels.Length - _labelsLength < bytes)
        {
            Grow(ref _labels, _labelsLength, checked(_labelsLength + bytes));
        }

        return _labels.AsSpan(_labelsLength, bytes);
    }

    /// <summary>Takes the first bytes of the last <see cref="LabelRoom"/> as the labels of rows to come.</summary>
    /// <param name="bytes">How many; they are canonical, as <see cref="LabelSet.Encoded"/>.</param>
    /// <returns>What the rows are added with.</returns>
    public RowLabels TakeLabelRoom(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bytes, (uint)(_labels.Length - _labelsLength), nameof(bytes));
        var start = _labelsLength;
        _labelsLength += bytes;
        return new RowLabels(start, bytes, LabelSet.HashOf(_labels.AsSpan(start, bytes)));
    }

    /// <summary>Adds a sample of a series whose labels are in the batch.</summary>
    /// <param name="series">Labels of this batch.</param>
    /// <param name="timestampMs">Milliseconds since the Unix epoch.</param>
    /// <param name="value">The value; every bit is kept.</param>
    public void Add(in RowLabels series, long timestampMs, double value) =>
        AddRow(new WriteRow(series.Start, series.Length, series.Hash, timestampMs, value));

    /// <summary>Adds a native histogram of a series whose labels are in the batch.</summary>
    /// <param name="series">Labels of this batch.</param>
    /// <param name="timestampMs">Milliseconds since the Unix epoch.</param>
    /// <param name="histogram">The histogram. A store refuses one that breaks <see cref="HistogramRule"/>.</param>
    public void AddHistogram(in RowLabels series, long timestampMs, NativeHistogram histogram)
    {
        ArgumentNullException.ThrowIfNull(histogram);
        _histograms.Add(new HistogramRow(series, timestampMs, histogram));
    }

    /// <summary>Adds an exemplar, both label sets being in the batch.</summary>
    /// <param name="series">The series' labels.</param>
    /// <param name="exemplar">The exemplar's own labels.</param>
    /// <param name="timestampMs">Milliseconds since the Unix epoch.</param>
    /// <param name="value">The value observed.</param>
    public void AddExemplar(in RowLabels series, in RowLabels exemplar, long timestampMs, double value) =>
        _exemplars.Add(new ExemplarRow(series, exemplar, timestampMs, value));

    /// <summary>Adds when a counter began whose labels are in the batch.</summary>
    /// <param name="series">The series' labels.</param>
    /// <param name="timestampMs">The time of the sample that said so, in ms since the Unix epoch.</param>
    /// <param name="createdMs">When the counter began, in ms since the Unix epoch; not after the sample.</param>
    public void AddCreated(in RowLabels series, long timestampMs, long createdMs) => _created.Add(new CreatedRow(series, timestampMs, createdMs));
}
