using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Protocols.Otlp;

namespace Toka.Engines.Tests.Protocols.Otlp;

/// <summary>
/// A protobuf message built field by field, on its own: the product's writer is not used, so that a mistake in it shows.
/// </summary>
internal sealed class Proto
{
    private readonly List<byte> _bytes = [];

    public Proto Varint(int field, ulong value) => Raw(((ulong)field << 3) | 0).Raw(value);

    public Proto Fixed(int field, ulong value)
    {
        Raw(((ulong)field << 3) | 1);
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        _bytes.AddRange(bytes);
        return this;
    }

    public Proto Fixed32(int field, uint value)
    {
        Raw(((ulong)field << 3) | 5);
        _bytes.AddRange(BitConverter.GetBytes(value));
        return this;
    }

    public Proto Double(int field, double value) => Fixed(field, BitConverter.DoubleToUInt64Bits(value));

    public Proto Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public Proto Bytes(int field, byte[] value)
    {
        Raw(((ulong)field << 3) | 2).Raw((ulong)value.Length);
        _bytes.AddRange(value);
        return this;
    }

    public Proto Message(int field, Proto message) => Bytes(field, message.ToArray());

    public Proto Packed(int field, IEnumerable<ulong> values)
    {
        var list = new Proto();
        foreach (var value in values)
        {
            list._bytes.AddRange(BitConverter.GetBytes(value));
        }

        return Bytes(field, list.ToArray());
    }

    /// <summary>A list of varints, packed.</summary>
    public Proto PackedVarints(int field, IEnumerable<ulong> values)
    {
        var list = new Proto();
        foreach (var value in values)
        {
            list.Raw(value);
        }

        return Bytes(field, list.ToArray());
    }

    /// <summary>A sint32.</summary>
    public Proto ZigZag(int field, long value) => Varint(field, (ulong)((value << 1) ^ (value >> 63)));

    public Proto Attribute(int field, string key, string value) =>
        Message(field, new Proto().Text(1, key).Message(2, new Proto().Text(1, value)));

    public byte[] ToArray() => _bytes.ToArray();

    private Proto Raw(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            _bytes.Add((byte)(value | 0x80));
        }

        _bytes.Add((byte)value);
        return this;
    }
}

/// <summary>Makes requests, decodes them, and shows rows as text.</summary>
internal sealed class OtlpBench
{
    public const ulong TimeNs = 1_700_000_000_123_999_999;
    public const long TimeMs = 1_700_000_000_123;

    public OtlpBench(OtlpLimits? limits = null, TimeProvider? time = null)
    {
        Limits = limits ?? new OtlpLimits();
        Deltas = new OtlpDeltaAccumulator(Limits, time ?? TimeProvider.System);
        Decoder = new OtlpMetricsDecoder(Limits, Deltas);
    }

    public OtlpLimits Limits { get; }

    public SelfMetrics Metrics { get; } = new();

    public IngestTally Tally => new(Metrics, "otlp_http");

    public OtlpDeltaAccumulator Deltas { get; }

    public OtlpMetricsDecoder Decoder { get; }

    public WriteBatch Batch { get; } = new();

    public static byte[] Request(params Proto[] metrics) => RequestOf(new Proto(), new Proto(), metrics);

    public static byte[] RequestOf(Proto resource, Proto scope, params Proto[] metrics)
    {
        var scoped = new Proto();
        foreach (var metric in metrics)
        {
            scoped.Message(2, metric);
        }

        scoped.Message(1, scope); // Out of the usual order, which is allowed.
        return new Proto().Message(1, new Proto().Message(2, scoped).Message(1, resource)).ToArray();
    }

    public static Proto Metric(string name, string unit, int dataField, Proto data) =>
        new Proto().Message(dataField, data).Text(1, name).Text(3, unit);

    public static Proto Gauge(string name, string unit, params Proto[] points) => Metric(name, unit, 5, Points(points));

    public static Proto Sum(string name, string unit, int temporality, bool monotonic, params Proto[] points) =>
        Metric(name, unit, 7, Points(points).Varint(2, (ulong)temporality).Varint(3, monotonic ? 1u : 0));

    public static Proto Points(params Proto[] points)
    {
        var data = new Proto();
        foreach (var point in points)
        {
            data.Message(1, point);
        }

        return data;
    }

    public static Proto Number(double value, ulong timeNs = TimeNs, ulong startNs = 0) => new Proto().Fixed(2, startNs).Fixed(3, timeNs).Double(4, value);

    public OtlpDecodeResult Decode(byte[] request)
    {
        Batch.Clear();
        return Decoder.DecodeProtobuf(request, Batch);
    }

    public IReadOnlyList<string> Rows() => RowsOf(Batch);

    public static IReadOnlyList<string> RowsOf(WriteBatch batch)
    {
        var rows = new List<string>();
        foreach (var row in batch.Rows)
        {
            var labels = Core.Labels.LabelSet.FromEncoded(batch.LabelsOf(row));
            Assert.True(Core.Labels.LabelSet.IsCanonical(labels.Encoded));
            var value = Core.Samples.StaleMarker.Is(row.Value) ? "stale" : row.Value.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
            rows.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{labels} {value} @{row.TimestampMs}"));
        }

        return rows;
    }

    public double Dropped(string reason) => Metrics.Read()
        .Where(m => m.Labels["__name__"] == "toka_dropped_total" && m.Labels["reason"] == reason).Sum(m => m.Value);
}
