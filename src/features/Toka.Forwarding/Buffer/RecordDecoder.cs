using System.Buffers.Binary;
using Toka.Core.Labels;
using Toka.Core.Samples;

namespace Toka.Forwarding.Buffer;

/// <summary>Takes what a record holds, in the order of its writing.</summary>
internal interface IRecordSink
{
    /// <summary>A series. One defined before under the same reference is gone.</summary>
    void Define(int reference, ReadOnlySpan<byte> labels);

    /// <summary>Whether a reference is defined.</summary>
    bool IsDefined(int reference);

    /// <summary>When the counter of a series began.</summary>
    void Created(int reference, long createdMs);

    /// <summary>A sample.</summary>
    void Sample(int reference, long timeMs, double value);

    /// <summary>A native histogram.</summary>
    void Histogram(int reference, long timeMs, NativeHistogram histogram);

    /// <summary>An exemplar.</summary>
    void Exemplar(int reference, long timeMs, double value, ReadOnlySpan<byte> labels);
}

/// <summary>Decodes the payload of a record whose checksum is right.</summary>
internal ref struct RecordDecoder
{
    private ReadOnlySpan<byte> _rest;
    private bool _isBad;

    private RecordDecoder(ReadOnlySpan<byte> payload) => _rest = payload;

    /// <summary>Decodes a payload.</summary>
    /// <returns>False where no writer wrote this; what came before was given to the sink.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> payload, IRecordSink sink)
    {
        var decoder = new RecordDecoder(payload);
        var reference = 0;
        var time = 0L;
        while (!decoder._rest.IsEmpty)
        {
            if (!decoder.TryEntry(sink, ref reference, ref time))
            {
                return false;
            }
        }

        return true;
    }

    private bool TryEntry(IRecordSink sink, ref int reference, ref long time)
    {
        var head = Byte();
        if (head == ((QueueFormat.Define << 4) | QueueFormat.OtherFlag))
        {
            // A definition has no head beside its kind: a sample that steps to it comes after.
            var defined = VarInt();
            var labels = Bytes();
            if (_isBad || defined > QueueFormat.ReferenceMax || !LabelSet.IsCanonical(labels))
            {
                return false;
            }

            sink.Define((int)defined, labels);
            return true;
        }

        reference += (head & 3) == 2 ? (int)ZigZag() : head & 3;
        time += (head & 4) != 0 ? ZigZag() : 0;
        if (_isBad || (head & 3) == 3 || !sink.IsDefined(reference))
        {
            return false;
        }

        if ((head & QueueFormat.OtherFlag) == 0)
        {
            return TrySample(sink, reference, time, head >> 4);
        }

        switch (head >> 4)
        {
            case QueueFormat.Created:
                sink.Created(reference, ZigZag());
                return !_isBad;
            case QueueFormat.Histogram:
                return Histogram() is { } histogram && Give(sink, reference, time, histogram);
            case QueueFormat.Exemplar:
                var value = Float();
                var labels = Bytes();
                if (_isBad || !LabelSet.IsCanonical(labels))
                {
                    return false;
                }

                sink.Exemplar(reference, time, value, labels);
                return true;
            default:
                return false;
        }
    }

    private static bool Give(IRecordSink sink, int reference, long time, NativeHistogram histogram)
    {
        sink.Histogram(reference, time, histogram);
        return true;
    }

    private bool TrySample(IRecordSink sink, int reference, long time, int length)
    {
        if (length > sizeof(ulong) || _rest.Length < length)
        {
            return false;
        }

        ulong bits = 0;
        for (var i = length - 1; i >= 0; i--)
        {
            bits = (bits << 8) | _rest[i];
        }

        _rest = _rest[length..];
        sink.Sample(reference, time, BitConverter.UInt64BitsToDouble(length == 0 ? 0 : bits << ((8 - length) << 3)));
        return true;
    }

    private NativeHistogram? Histogram()
    {
        var hint = Byte();
        var schema = ZigZag();
        var (threshold, zero, count, sum) = (Float(), Float(), Float(), Float());
        var positive = Spans();
        var negative = Spans();
        var custom = Floats();
        var buckets = Floats();
        if (_isBad || hint > (int)HistogramResetHint.Gauge)
        {
            return null;
        }

        var layout = new HistogramLayout((int)schema, threshold, positive, negative, custom);
        return layout.BucketCount == buckets.Length ? NativeHistogram.Owning(layout, (HistogramResetHint)hint, zero, count, sum, buckets) : null;
    }

    private HistogramSpan[] Spans()
    {
        var count = VarInt();
        if (_isBad || count > (ulong)_rest.Length / 2)
        {
            _isBad = true;
            return [];
        }

        var spans = new HistogramSpan[count];
        foreach (ref var span in spans.AsSpan())
        {
            span = new HistogramSpan((int)ZigZag(), (int)ZigZag());
        }

        return spans;
    }

    private double[] Floats()
    {
        var count = VarInt();
        if (_isBad || count > (ulong)_rest.Length / sizeof(double))
        {
            _isBad = true;
            return [];
        }

        var values = new double[count];
        foreach (ref var value in values.AsSpan())
        {
            value = Float();
        }

        return values;
    }

    private double Float()
    {
        if (_rest.Length < sizeof(double))
        {
            _isBad = true;
            return 0;
        }

        var value = BinaryPrimitives.ReadDoubleLittleEndian(_rest);
        _rest = _rest[sizeof(double)..];
        return value;
    }

    private int Byte()
    {
        if (_rest.IsEmpty)
        {
            _isBad = true;
            return 0;
        }

        var value = _rest[0];
        _rest = _rest[1..];
        return value;
    }

    private ReadOnlySpan<byte> Bytes()
    {
        var length = VarInt();
        if (_isBad || length > (ulong)_rest.Length)
        {
            _isBad = true;
            return default;
        }

        var bytes = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return bytes;
    }

    private long ZigZag()
    {
        var value = VarInt();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    private ulong VarInt()
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var part = Byte();
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        _isBad = true;
        return 0;
    }
}
