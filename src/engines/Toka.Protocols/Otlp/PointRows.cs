using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Protocols.Otlp.Naming;

namespace Toka.Protocols.Otlp;

/// <summary>When a point was measured, and how its values are to be taken.</summary>
internal readonly record struct PointTime(ulong StartNs, ulong TimeNs, bool IsStale, bool IsDelta)
{
    private const ulong NanosecondsPerMillisecond = 1_000_000;

    /// <summary>Milliseconds since the Unix epoch, rounded down.</summary>
    public long Ms => (long)(TimeNs / NanosecondsPerMillisecond);
}

/// <summary>
/// Turns a point whose attributes lie in <see cref="Labels"/> into rows of the batch, within the limits of one request.
/// A point gets all its rows or none. Reused; not thread-safe.
/// </summary>
internal sealed partial class PointRows(OtlpLimits limits, OtlpDeltaAccumulator deltas)
{
    /// <summary>Room for "le" or "quantile" and the longest usual value of it, when label bytes are reckoned ahead.</summary>
    private const int ExtraLabelBytes = 40;

    private WriteBatch _batch = null!;
    private LabelSet _shared = LabelSet.Empty;
    private readonly byte[] _number = new byte[FloatText.BytesMax];
    private byte[] _encoded = new byte[256];
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

    /// <summary>Sets the labels that all points of a scope have; they win over attributes.</summary>
    public void Share(LabelSet labels) => _shared = labels;

    /// <summary>Adds the shared labels and asks for room.</summary>
    /// <param name="firstName">The metric name of the point's first row.</param>
    /// <param name="time">The point's time.</param>
    /// <param name="rows">How many rows the point will have.</param>
    public OtlpRefusal Open(ReadOnlySpan<byte> firstName, in PointTime time, int rows) => Open(firstName, time, rows, rows);

    private OtlpRefusal Open(ReadOnlySpan<byte> firstName, in PointTime time, int rows, int series)
    {
        foreach (var label in _shared)
        {
            Labels.Set(label.Name, label.Value);
        }

        Labels.Set("__name__"u8, firstName);
        var bytes = (long)series * (Labels.EncodedLength + ExtraLabelBytes);
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
            var refusal = deltas.Check(Encode(), series, time.StartNs, time.TimeNs);
            if (refusal != OtlpRefusal.None)
            {
                return refusal;
            }
        }

        _labelBytes += bytes;
        return OtlpRefusal.None;
    }

    public void Add(ReadOnlySpan<byte> name, in PointTime time, double value)
    {
        Labels.Set("__name__"u8, name);
        _startNs = time.StartNs;
        if (time.IsStale)
        {
            value = StaleMarker.Value;
        }
        else if (time.IsDelta)
        {
            value = deltas.Add(Encode(), time, value, out _startNs);
            HasDeltas = true;
        }

        _batch.Add(Labels, time.Ms, value);
    }

    /// <summary>Adds a row with one more label, whose value is a number: le or quantile.</summary>
    public void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> label, double labelValue, in PointTime time, double value)
    {
        Labels.Set(label, _number.AsSpan(0, FloatText.WritePlain(labelValue, _number)));
        Add(name, time, value);
    }

    private ReadOnlySpan<byte> Encode()
    {
        var length = Labels.EncodedLength;
        if (_encoded.Length < length)
        {
            _encoded = new byte[length * 2];
        }

        return _encoded.AsSpan(0, Labels.WriteTo(_encoded));
    }
}
