using System.Buffers.Binary;
using System.Text;
using Toka.Core.Codecs;
using Toka.Core.Samples;

namespace Toka.TimeSeries.Wal;

/// <summary>Encodes records into one buffer that grows and is kept; the buffer then goes out in one write. Not thread-safe.</summary>
internal sealed partial class RecordWriter
{
    private const int KeptBytesMax = 4 * 1024 * 1024;
    private const int SampleBytesMax = 1 + 5 + 10 + 16;

    private byte[] _buffer = new byte[16 * 1024];
    private int _used;
    private int _frame = -1;
    private RecordType _type;
    private int _lastReference;
    private long _lastTime;
    private int _run = -1;

    /// <summary>The finished records.</summary>
    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _used);

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _used = 0;
        _frame = -1;
        if (_buffer.Length > KeptBytesMax)
        {
            _buffer = new byte[KeptBytesMax];
        }
    }

    /// <summary>Defines a series.</summary>
    public void Series(int reference, ReadOnlySpan<byte> labels)
    {
        Begin(RecordType.Series, labels.Length + 10);
        VarInt((uint)reference);
        Bytes(labels);
    }

    /// <summary>Adds a sample of a defined series.</summary>
    /// <param name="reference">The series.</param>
    /// <param name="time">The time, ms.</param>
    /// <param name="bits">The value.</param>
    /// <param name="last">The value that the segment has for the series; 0 after its definition. Becomes this one.</param>
    public void Sample(int reference, long time, ulong bits, ref ulong last)
    {
        Begin(RecordType.Samples, SampleBytesMax);
        var step = reference - _lastReference;
        if (bits == last && step == 1 && time == _lastTime)
        {
            Unchanged();
            _lastReference = reference;
            return;
        }

        _run = -1;
        var head = _used++;
        var kind = 0;
        if (step is 0 or 1)
        {
            kind = step;
        }
        else
        {
            kind = 2;
            VarInt(ZigZag(step));
        }

        if (time != _lastTime)
        {
            kind |= 4;
            VarInt(ZigZag(time - _lastTime));
        }

        var form = SampleValue.Encode(_buffer.AsSpan(_used), last, bits, out var length);
        _used += length;
        _buffer[head] = (byte)(kind | (form << 4));
        _lastReference = reference;
        _lastTime = time;
        last = bits;
    }

    /// <summary>Adds metadata.</summary>
    public void Metadata(MetricMetadata metadata)
    {
        var family = Encoding.UTF8.GetBytes(metadata.Family);
        var help = Encoding.UTF8.GetBytes(metadata.Help);
        var unit = Encoding.UTF8.GetBytes(metadata.Unit);
        Begin(RecordType.Metadata, family.Length + help.Length + unit.Length + 32);
        _buffer[_used++] = (byte)metadata.Type;
        Bytes(family);
        Bytes(help);
        Bytes(unit);
    }

    /// <summary>Ends the open record; before <see cref="Written"/> is used.</summary>
    public void End()
    {
        if (_frame < 0)
        {
            return;
        }

        BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(_frame), _used - _frame - WalFormat.FrameHeadBytes);
        _buffer[_frame + 4] = (byte)_type;
        Reserve(WalFormat.FrameTailBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(_used), Crc32C.Of(_buffer.AsSpan(_frame, _used - _frame)));
        _used += WalFormat.FrameTailBytes;
        _frame = -1;
    }

    /// <summary>Copies the finished records of another one behind these.</summary>
    public void Join(RecordWriter other)
    {
        Reserve(other._used);
        other.Written.CopyTo(_buffer.AsSpan(_used));
        _used += other._used;
    }

    /// <summary>The next series, the same time, its value as before: one more of a run.</summary>
    private void Unchanged()
    {
        if (_run >= 0 && _buffer[_run] < WalFormat.RunHead + ((WalFormat.RunMax - 1) << 2))
        {
            _buffer[_run] += 1 << 2;
            return;
        }

        _run = _used++;
        _buffer[_run] = WalFormat.RunHead;
    }

    private void Begin(RecordType type, int bytes)
    {
        if (_frame >= 0 && (_type != type || _used - _frame > WalFormat.PayloadBytesGoal))
        {
            End();
        }

        Reserve(bytes + WalFormat.FrameHeadBytes);
        if (_frame < 0)
        {
            _frame = _used;
            _used += WalFormat.FrameHeadBytes;
            _type = type;
            _lastReference = 0;
            _lastTime = 0;
            _run = -1;
        }
    }

    private void Reserve(int bytes)
    {
        if (_buffer.Length - _used < bytes + sizeof(ulong))
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length + (_buffer.Length / 2), _used + bytes + sizeof(ulong)));
        }
    }

    private void Bytes(ReadOnlySpan<byte> bytes)
    {
        VarInt((uint)bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_used));
        _used += bytes.Length;
    }

    private void VarInt(ulong value)
    {
        while (value >= 0x80)
        {
            _buffer[_used++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _buffer[_used++] = (byte)value;
    }

    private static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));
}
