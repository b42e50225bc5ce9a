using System.Buffers;
using Toka.Core.Labels;
using Toka.Core.Samples;

namespace Toka.Core.Series;

/// <summary>
/// Samples on their way into a store: rows of (series, time, value), the labels of all rows in one pooled buffer. Reused
/// after <see cref="Clear"/>; not thread-safe.
/// </summary>
public sealed partial class WriteBatch : IDisposable
{
    private byte[] _labels = ArrayPool<byte>.Shared.Rent(4096);
    private int _labelsLength;
    private WriteRow[] _rows = ArrayPool<WriteRow>.Shared.Rent(64);
    private readonly List<MetricMetadata> _metadata = [];

    /// <summary>The rows, in the order of their adding. The view ends with the next change of the batch.</summary>
    public ReadOnlySpan<WriteRow> Rows => _rows.AsSpan(0, Count);

    /// <summary>The number of rows.</summary>
    public int Count { get; private set; }

    /// <summary>Metadata that came along.</summary>
    public IReadOnlyList<MetricMetadata> Metadata => _metadata;

    /// <summary>Whether the program itself writes this, of itself and its host: limits for the series of a job are not for these. Stays over <see cref="Clear"/>. Default false.</summary>
    public bool IsOwn { get; init; }

    /// <summary>Adds a sample of a series whose label set is at hand (its hash is already known).</summary>
    /// <param name="labels">The series.</param>
    /// <param name="timestampMs">Milliseconds since the Unix epoch.</param>
    /// <param name="value">The value; every bit is kept.</param>
    public void Add(LabelSet labels, long timestampMs, double value)
    {
        ArgumentNullException.ThrowIfNull(labels);
        var encoded = labels.Encoded;
        encoded.CopyTo(TakeLabels(encoded.Length));
        AddRow(new WriteRow(_labelsLength - encoded.Length, encoded.Length, labels.Hash, timestampMs, value));
    }

    /// <summary>Adds a sample of a series as a builder holds it, without making a label set of it.</summary>
    /// <param name="labels">The series; may be changed afterwards.</param>
    /// <param name="timestampMs">Milliseconds since the Unix epoch.</param>
    /// <param name="value">The value; every bit is kept.</param>
    public void Add(LabelSetBuilder labels, long timestampMs, double value)
    {
        ArgumentNullException.ThrowIfNull(labels);
        var length = labels.EncodedLength;
        var encoded = TakeLabels(length);
        labels.WriteTo(encoded);
        AddRow(new WriteRow(_labelsLength - length, length, LabelSet.HashOf(encoded), timestampMs, value));
    }

    /// <summary>Room for the canonical label bytes of a row, for a producer that makes them in place; <see cref="AddReserved"/> adds it.</summary>
    /// <param name="length">How many bytes.</param>
    /// <returns>The room, until the next change of the batch. It is given up by the next change that is not <see cref="AddReserved"/>.</returns>
    public Span<byte> Reserve(int length)
    {
        TakeLabels(length);
        _labelsLength -= length;
        return _labels.AsSpan(_labelsLength, length);
    }

    /// <summary>Adds a sample of the series whose label bytes were written to the room that <see cref="Reserve"/> gave last.</summary>
    /// <param name="length">The bytes reserved, all of them written as <see cref="LabelSet.IsCanonical"/> has it; it is not checked.</param>
    /// <param name="hash">Their hash, as <see cref="LabelSet.HashOf"/>.</param>
    /// <param name="timestampMs">Milliseconds since the Unix epoch.</param>
    /// <param name="value">The value; every bit is kept.</param>
    public void AddReserved(int length, ulong hash, long timestampMs, double value)
    {
        _labelsLength += length;
        AddRow(new WriteRow(_labelsLength - length, length, hash, timestampMs, value));
    }

    /// <summary>Adds one more sample of the series of the last row.</summary>
    /// <param name="timestampMs">Milliseconds since the Unix epoch.</param>
    /// <param name="value">The value; every bit is kept.</param>
    /// <exception cref="InvalidOperationException">There is no row yet.</exception>
    public void AddSameSeries(long timestampMs, double value)
    {
        if (Count == 0)
        {
            throw new InvalidOperationException("The batch has no row whose series could be shared.");
        }

        AddRow(_rows[Count - 1] with { TimestampMs = timestampMs, Value = value });
    }

    /// <summary>Adds what is known of a metric family.</summary>
    /// <param name="metadata">The metadata; the last one of a family counts.</param>
    public void AddMetadata(MetricMetadata metadata) => _metadata.Add(metadata);

    /// <summary>The canonical label bytes of a row.</summary>
    /// <param name="row">A row of this batch.</param>
    public ReadOnlySpan<byte> LabelsOf(in WriteRow row) => _labels.AsSpan(row.LabelsStart, row.LabelsLength);

    /// <summary>Forgets the rows and keeps the buffers.</summary>
    public void Clear()
    {
        Count = 0;
        _labelsLength = 0;
        _metadata.Clear();
        ClearSide();
    }

    /// <summary>Gives the buffers back to the pool.</summary>
    public void Dispose()
    {
        if (_rows.Length == 0)
        {
            return;
        }

        ArrayPool<byte>.Shared.Return(_labels);
        ArrayPool<WriteRow>.Shared.Return(_rows);
        _labels = [];
        _rows = [];
        Clear();
    }

    private Span<byte> TakeLabels(int length)
    {
        if (_labels.Length - _labelsLength < length)
        {
            Grow(ref _labels, _labelsLength, _labelsLength + length);
        }

        _labelsLength += length;
        return _labels.AsSpan(_labelsLength - length, length);
    }

    private void AddRow(in WriteRow row)
    {
        if (Count == _rows.Length)
        {
            Grow(ref _rows, Count, Count + 1);
        }

        _rows[Count++] = row;
    }

    private static void Grow<T>(ref T[] array, int used, int needed)
    {
        var larger = ArrayPool<T>.Shared.Rent(Math.Max(needed, array.Length * 2));
        array.AsSpan(0, used).CopyTo(larger);
        ArrayPool<T>.Shared.Return(array);
        array = larger;
    }
}

/// <summary>One sample of a <see cref="WriteBatch"/>.</summary>
/// <param name="LabelsStart">Where the series' canonical label bytes begin; read them with <see cref="WriteBatch.LabelsOf(in WriteRow)"/>.</param>
/// <param name="LabelsLength">How long they are.</param>
/// <param name="Hash">Their hash, as <see cref="LabelSet.Hash"/>.</param>
/// <param name="TimestampMs">Milliseconds since the Unix epoch.</param>
/// <param name="Value">The value; every bit counts.</param>
public readonly record struct WriteRow(int LabelsStart, int LabelsLength, ulong Hash, long TimestampMs, double Value);
