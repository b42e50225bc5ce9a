using System.Runtime.InteropServices;
using Toka.Core.Samples;
using Toka.Protocols.Otlp.Labels;
using Toka.Protocols.Otlp.Naming;
using Toka.Protocols.Wire;

namespace Toka.Protocols.Otlp.Points;

/// <summary>Reads data points, one message each, into rows. Reused; not thread-safe.</summary>
internal sealed partial class PointReader(OtlpLimits limits, AttributeLabels attributes, PointRows rows, SideTallies side)
{
    // One more than the limit: the bound that none has, +Inf.
    private readonly double[] _bounds = new double[limits.BucketsMax + 1];
    private readonly ulong[] _counts = new ulong[limits.BucketsMax + 1];
    private readonly double[] _quantileValues = new double[limits.BucketsMax];
    private readonly BoundLabels _les = new("le"u8.ToArray(), limits.BucketsMax + 1);
    private readonly BoundLabels _quantiles = new("quantile"u8.ToArray(), limits.BucketsMax);
    private int _boundCount;
    private int _countCount;
    private int _attributeCount;
    private bool _collided;
    private OtlpRefusal _attributeRefusal;

    /// <summary>The time of the last point, ms since the Unix epoch.</summary>
    public long TimeMs { get; private set; }

    /// <summary>Whether histograms with explicit bounds become native ones.</summary>
    public bool IsNhcb { get; set; }

    public OtlpRefusal ReadNumber(ReadOnlySpan<byte> message, MetricFamily family, bool isDelta)
    {
        Begin();
        ulong start = 0, time = 0, flags = 0;
        double? value = null;
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case OtlpTags.PointStart:
                    start = reader.Fixed64();
                    break;
                case OtlpTags.PointTime:
                    time = reader.Fixed64();
                    break;
                case OtlpTags.NumberAsDouble:
                    value = reader.Double();
                    break;
                case OtlpTags.NumberAsInt:
                    value = (long)reader.Fixed64();
                    break;
                case OtlpTags.NumberFlags:
                    flags = reader.Varint();
                    break;
                case OtlpTags.NumberAttributes:
                    AddAttribute(reader.Bytes());
                    break;
                case OtlpTags.NumberExemplars:
                    _exemplars++;
                    reader.Skip();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        var when = new PointTime(start, time, (flags & OtlpTags.FlagNoRecordedValue) != 0, isDelta);
        var refusal = Check(message, OtlpTags.NumberAttributes, when);
        if (refusal == OtlpRefusal.None && value is null && !when.IsStale)
        {
            refusal = OtlpRefusal.NoValue;
        }

        refusal = refusal == OtlpRefusal.None ? rows.Open(family.Name, default, when, 1) : refusal;
        if (refusal != OtlpRefusal.None)
        {
            return refusal;
        }

        rows.Add(family.Name, when, value ?? 0);
        if (family.Metadata.Type == MetricType.Counter)
        {
            AddCreated(family, when);
        }

        AddExemplars(message, OtlpTags.NumberExemplars, family, family.Name, when);
        return OtlpRefusal.None;
    }

    public OtlpRefusal ReadHistogram(ReadOnlySpan<byte> message, MetricFamily family, bool isDelta)
    {
        Begin();
        ulong start = 0, time = 0, flags = 0, count = 0;
        double? sum = null;
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case OtlpTags.PointStart:
                    start = reader.Fixed64();
                    break;
                case OtlpTags.PointTime:
                    time = reader.Fixed64();
                    break;
                case OtlpTags.HistogramCount:
                    count = reader.Fixed64();
                    break;
                case OtlpTags.HistogramSum:
                    sum = reader.Double();
                    break;
                case OtlpTags.HistogramBucketCounts:
                    AddPacked(reader.Bytes(), _counts, ref _countCount);
                    break;
                case OtlpTags.HistogramBucketCount:
                    AddNumber(reader.Fixed64(), _counts, ref _countCount);
                    break;
                case OtlpTags.HistogramBounds:
                    AddPacked(reader.Bytes(), _bounds, ref _boundCount);
                    break;
                case OtlpTags.HistogramBound:
                    AddNumber(reader.Double(), _bounds, ref _boundCount);
                    break;
                case OtlpTags.HistogramFlags:
                    flags = reader.Varint();
                    break;
                case OtlpTags.HistogramAttributes:
                    AddAttribute(reader.Bytes());
                    break;
                case OtlpTags.HistogramExemplars:
                    _exemplars++;
                    reader.Skip();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        var when = new PointTime(start, time, (flags & OtlpTags.FlagNoRecordedValue) != 0, isDelta);
        var refusal = Check(message, OtlpTags.HistogramAttributes, when);
        refusal = refusal == OtlpRefusal.None ? CheckBuckets() : refusal;
        if (refusal == OtlpRefusal.None && IsNhcb)
        {
            return AddCustom(message, family, when, count, sum);
        }

        refusal = refusal == OtlpRefusal.None ? rows.Open(family.Count, _les.Name, when, _boundCount + (sum is null ? 2 : 3)) : refusal;
        if (refusal != OtlpRefusal.None)
        {
            return refusal;
        }

        AddHistogram(family, when, count, sum);
        AddExemplars(message, OtlpTags.HistogramExemplars, family, family.Bucket, when);
        return OtlpRefusal.None;
    }

    /// <summary>The rows of a classic histogram: its buckets count all that lies at or below their bound.</summary>
    private void AddHistogram(MetricFamily family, in PointTime when, ulong count, double? sum)
    {
        rows.Add(family.Count, when, count);
        AddCreated(family, when);
        if (sum is not null)
        {
            rows.Add(family.Sum, when, sum.Value);
        }

        _bounds[_boundCount] = double.PositiveInfinity;
        _les.Set(_bounds.AsSpan(0, _boundCount + 1));
        ulong below = 0;
        for (var i = 0; i < _boundCount; i++)
        {
            below += _countCount == 0 ? 0 : _counts[i];
            rows.Add(family.Bucket, _les[i], when, below);
        }

        rows.Add(family.Bucket, _les[_boundCount], when, count);
    }

    public OtlpRefusal ReadSummary(ReadOnlySpan<byte> message, MetricFamily family)
    {
        Begin();
        ulong start = 0, time = 0, flags = 0, count = 0;
        double sum = 0;
        var quantiles = 0;
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case OtlpTags.PointStart:
                    start = reader.Fixed64();
                    break;
                case OtlpTags.PointTime:
                    time = reader.Fixed64();
                    break;
                case OtlpTags.SummaryCount:
                    count = reader.Fixed64();
                    break;
                case OtlpTags.SummarySum:
                    sum = reader.Double();
                    break;
                case OtlpTags.SummaryQuantiles:
                    ReadQuantile(reader.Bytes(), quantiles++);
                    break;
                case OtlpTags.SummaryFlags:
                    flags = reader.Varint();
                    break;
                case OtlpTags.SummaryAttributes:
                    AddAttribute(reader.Bytes());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        var when = new PointTime(start, time, (flags & OtlpTags.FlagNoRecordedValue) != 0, false);
        var refusal = Check(message, OtlpTags.SummaryAttributes, when);
        refusal = refusal == OtlpRefusal.None && quantiles > limits.BucketsMax ? OtlpRefusal.BucketsLimit : refusal;
        refusal = refusal == OtlpRefusal.None ? rows.Open(family.Count, _quantiles.Name, when, quantiles + 2) : refusal;
        if (refusal != OtlpRefusal.None)
        {
            return refusal;
        }

        rows.Add(family.Count, when, count);
        AddCreated(family, when);
        rows.Add(family.Sum, when, sum);
        _quantiles.Set(_bounds.AsSpan(0, quantiles));
        for (var i = 0; i < quantiles; i++)
        {
            rows.Add(family.Name, _quantiles[i], when, _quantileValues[i]);
        }

        return OtlpRefusal.None;
    }

    private void ReadQuantile(ReadOnlySpan<byte> message, int at)
    {
        double quantile = 0, value = 0;
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case OtlpTags.QuantileQuantile:
                    quantile = reader.Double();
                    break;
                case OtlpTags.QuantileValue:
                    value = reader.Double();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (at < _quantileValues.Length)
        {
            (_bounds[at], _quantileValues[at]) = (quantile, value);
        }
    }

    private void Begin()
    {
        rows.Labels.Clear();
        _boundCount = _countCount = _attributeCount = _exemplars = 0;
        _collided = false;
        _attributeRefusal = OtlpRefusal.None;
    }

    private void AddAttribute(ReadOnlySpan<byte> keyValue)
    {
        if (_attributeRefusal == OtlpRefusal.None)
        {
            _attributeRefusal = ++_attributeCount > limits.AttributesMax
                ? OtlpRefusal.AttributesLimit
                : attributes.Add(keyValue, rows.Labels, ref _collided);
        }
    }

    private OtlpRefusal Check(ReadOnlySpan<byte> message, uint attributeTag, in PointTime when)
    {
        TimeMs = when.Ms;
        if (_attributeRefusal != OtlpRefusal.None || when.TimeNs == 0)
        {
            return when.TimeNs == 0 ? OtlpRefusal.NoTime : _attributeRefusal;
        }

        if (!_collided)
        {
            return OtlpRefusal.None;
        }

        rows.Labels.Clear();
        return attributes.AddJoined(message, attributeTag, default, rows.Labels, null);
    }

    private OtlpRefusal CheckBuckets()
    {
        if (_boundCount > limits.BucketsMax || _countCount > limits.BucketsMax + 1)
        {
            return OtlpRefusal.BucketsLimit;
        }

        // Both may be missing: then only count and sum are known.
        if (_countCount == 0 ? _boundCount != 0 : _countCount != _boundCount + 1)
        {
            return OtlpRefusal.BadBuckets;
        }

        for (var i = 0; i < _boundCount; i++)
        {
            if (double.IsNaN(_bounds[i]) || (i > 0 && !(_bounds[i] > _bounds[i - 1])))
            {
                return OtlpRefusal.BadBuckets;
            }
        }

        // The last bucket has no bound; where it is told that it ends at infinity, the one behind it is empty.
        if (_boundCount > 0 && _bounds[_boundCount - 1] == double.PositiveInfinity)
        {
            _boundCount--;
            _counts[_boundCount] += _countCount == 0 ? 0 : _counts[_boundCount + 1];
        }

        return OtlpRefusal.None;
    }

    /// <summary>Adds a packed list of 8-byte numbers; what goes beyond the limit is counted only, to be refused for it.</summary>
    private static void AddPacked<T>(ReadOnlySpan<byte> packed, T[] into, ref int count)
        where T : unmanaged
    {
        if (packed.Length % sizeof(ulong) != 0)
        {
            throw new Core.Errors.BadInputException("the OTLP protobuf message is malformed: a packed list of 8-byte numbers has a length that 8 does not divide");
        }

        // The wire has the order of bytes that every machine we run on has.
        var numbers = MemoryMarshal.Cast<byte, T>(packed);
        var room = Math.Max(0, into.Length - count);
        numbers[..Math.Min(room, numbers.Length)].CopyTo(into.AsSpan(Math.Min(count, into.Length)));
        count += numbers.Length;
    }

    private static void AddNumber<T>(T number, T[] into, ref int count)
    {
        if (count < into.Length)
        {
            into[count] = number;
        }

        count++;
    }
}
