using System.Buffers;
using System.Buffers.Binary;

namespace Toka.TimeSeries.Columns;

/// <summary>Puts a payload together: plain fields, and columns with their length before them. Reused; not thread-safe.</summary>
internal sealed class PayloadOutput
{
    /// <summary>The version of all three payloads, their first byte; the boxes are in docs/formats/samples.md.</summary>
    public const byte Version = 1;

    private readonly ArrayBufferWriter<byte> _bytes = new(1024);
    private readonly ArrayBufferWriter<byte> _column = new(1024);

    /// <summary>What has been written.</summary>
    public ReadOnlySpan<byte> Written => _bytes.WrittenSpan;

    /// <summary>Begins a payload.</summary>
    public void Begin(int count)
    {
        _bytes.ResetWrittenCount();
        Byte(Version);
        Varint((uint)count);
    }

    public void Byte(byte value)
    {
        _bytes.GetSpan(1)[0] = value;
        _bytes.Advance(1);
    }

    public void Varint(ulong value)
    {
        var into = _bytes.GetSpan(10);
        var length = 0;
        for (; value >= 0x80; value >>= 7)
        {
            into[length++] = (byte)(value | 0x80);
        }

        into[length++] = (byte)value;
        _bytes.Advance(length);
    }

    public void ZigZag(long value) => Varint((ulong)((value << 1) ^ (value >> 63)));

    public void Double(double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(_bytes.GetSpan(sizeof(double)), value);
        _bytes.Advance(sizeof(double));
    }

    public void Bytes(ReadOnlySpan<byte> bytes) => _bytes.Write(bytes);

    public void Times(ReadOnlySpan<long> times)
    {
        Codecs.TimeColumn.Encode(times, _column);
        EndColumn();
    }

    public void Numbers(ReadOnlySpan<long> numbers)
    {
        Codecs.IntColumn.Encode(numbers, _column);
        EndColumn();
    }

    public void Values(ReadOnlySpan<double> values)
    {
        Codecs.ValueColumn.Encode(values, _column);
        EndColumn();
    }

    private void EndColumn()
    {
        Varint((uint)_column.WrittenCount);
        Bytes(_column.WrittenSpan);
        _column.ResetWrittenCount();
    }
}
