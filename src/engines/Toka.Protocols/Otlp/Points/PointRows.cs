using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;

namespace Toka.Protocols.Otlp.Points;

/// <summary>
/// Turns a point whose attributes lie in <see cref="Labels"/> into rows of the batch, within the limits of one request.
/// A point gets all its rows or none. Reused; not thread-safe.
/// </summary>
internal sealed partial class PointRows(OtlpLimits limits, OtlpDeltaAccumulator deltas)
{
    /// <summary>Room for "le" or "quantile" and the longest usual value of it, when label bytes are reckoned ahead.</summary>
    private const int ExtraLabelBytes = 40;

    private readonly RowTemplate _template = new();
    private WriteBatch _batch = null!;
    private LabelSet _shared = LabelSet.Empty;
    private LabelSet _promoted = LabelSet.Empty;
    private long _labelBytes;

    /// <summary>The labels of the point at hand; cleared and filled for each.</summary>
    public LabelSetBuilder Labels { get; } = new();

    /// <summary>Whether a total of deltas went into the batch.</summary>
    public bool HasDeltas { get; private set; }

    public void Begin(WriteBatch batch)
    {
        _batch = batch;
        _labelBytes = 0;
        _histogramRows = 0;
        HasDeltas = false;
    }

    /// <summary>Sets the labels that all points of a scope have.</summary>
    /// <param name="labels">Those that win over attributes.</param>
    /// <param name="promoted">Those that attributes win over.</param>
    public void Share(LabelSet labels, LabelSet promoted) => (_shared, _promoted) = (labels, promoted);

    /// <summary>Puts the labels of the point together and asks for room.</summary>
    /// <param name="firstName">The metric name of the point's first row, encoded.</param>
    /// <param name="extra">The name of the label that some rows have besides; empty for none.</param>
    /// <param name="time">The point's time.</param>
    /// <param name="rows">How many rows the point will have.</param>
    public OtlpRefusal Open(ReadOnlySpan<byte> firstName, ReadOnlySpan<byte> extra, in PointTime time, int rows) =>
        Open(firstName, extra, time, rows, rows);

    private OtlpRefusal Open(ReadOnlySpan<byte> firstName, ReadOnlySpan<byte> extra, in PointTime time, int rows, int series)
    {
        if (!_promoted.IsEmpty)
        {
            foreach (var label in _promoted)
            {
                if (!Labels.TryGet(label.Name, out _))
                {
                    Labels.Set(label.Name, label.Value);
                }
            }
        }

        _template.Set(Labels, _shared.Encoded, extra);
        var bytes = (long)series * (_template.Length + firstName.Length + ExtraLabelBytes);
        if (_batch.Count + _histogramRows + rows > limits.SamplesPerRequestMax)
        {
            return OtlpRefusal.SamplesLimit;
        }

        if (_labelBytes + bytes > limits.LabelBytesPerRequestMax)
        {
            return OtlpRefusal.LabelBytesLimit;
        }

        if (time.IsDelta && !time.IsStale)
        {
            var refusal = deltas.Check(_template.Row(firstName), series, time.StartNs, time.TimeNs);
            if (refusal != OtlpRefusal.None)
            {
                return refusal;
            }
        }

        _labelBytes += bytes;
        return OtlpRefusal.None;
    }

    /// <summary>Adds a row.</summary>
    /// <param name="name">Its metric name, encoded.</param>
    /// <param name="time">The point's time.</param>
    /// <param name="value">The value, or what is to be added to the total.</param>
    public void Add(ReadOnlySpan<byte> name, in PointTime time, double value)
    {
        var row = _batch.Reserve(_template.LengthOf(name));
        _template.Write(name, row);
        AddRow(row, time, value);
    }

    /// <summary>Adds a row with one more label, encoded: le or quantile.</summary>
    public void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> label, in PointTime time, double value)
    {
        var row = _batch.Reserve(_template.LengthOf(name, label));
        _template.Write(name, label, row);
        AddRow(row, time, value);
    }

    private void AddRow(ReadOnlySpan<byte> row, in PointTime time, double value)
    {
        _startNs = time.StartNs;
        var hash = LabelSet.HashOf(row);
        if (time.IsStale)
        {
            value = StaleMarker.Value;
        }
        else if (time.IsDelta)
        {
            value = deltas.Add(row, hash, time, value, out _startNs);
            HasDeltas = true;
        }

        _batch.AddReserved(row.Length, hash, time.Ms, value);
    }
}
