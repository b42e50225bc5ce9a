namespace Toka.Forwarding.Buffer;

/// <summary>What stands at a place of a segment.</summary>
internal enum RecordState
{
    /// <summary>A record whose checksum is right.</summary>
    Whole,

    /// <summary>The beginning of one.</summary>
    Torn,

    /// <summary>Something that is no record.</summary>
    Damaged,
}

/// <summary>Reads records through one buffer, whose size is bounded by that of the largest record. Not thread-safe.</summary>
internal sealed class RecordBuffer
{
    /// <summary>Room for two records of <see cref="QueueFormat.PayloadBytesGoal"/>.</summary>
    private const int BufferBytes = 160 * 1024;

    private byte[] _buffer = [];
    private long _offset;
    private int _length;
    private int _at;
    private int _payloadBytes;
    private IQueueFile? _file;

    /// <summary>The payload of the record found last.</summary>
    public ReadOnlySpan<byte> Payload => _buffer.AsSpan(_at + QueueFormat.FrameHeadBytes, _payloadBytes);

    /// <summary>Looks for a whole record.</summary>
    /// <param name="file">The segment's file.</param>
    /// <param name="offset">Where.</param>
    /// <param name="end">Up to where there may be records.</param>
    /// <param name="head">Its head.</param>
    public RecordState TryRecord(IQueueFile file, long offset, long end, out FrameHead head)
    {
        head = default;
        if (!Fill(file, offset, end, QueueFormat.FrameHeadBytes))
        {
            return RecordState.Torn;
        }

        head = FrameHead.Read(_buffer.AsSpan(_at));
        if (!head.IsSound)
        {
            return RecordState.Damaged;
        }

        if (!Fill(file, offset, end, head.Bytes))
        {
            return RecordState.Torn;
        }

        _payloadBytes = head.PayloadBytes;
        return FrameHead.Checks(_buffer.AsSpan(_at, head.Bytes)) ? RecordState.Whole : RecordState.Damaged;
    }

    private bool Fill(IQueueFile file, long offset, long end, int needed)
    {
        if (end - offset < needed)
        {
            return false;
        }

        if (_file == file && offset >= _offset && offset + needed <= _offset + _length)
        {
            _at = (int)(offset - _offset);
            return true;
        }

        if (_buffer.Length < needed || (_buffer.Length > BufferBytes && needed <= BufferBytes))
        {
            _buffer = new byte[Math.Max(needed, BufferBytes)];
        }

        (_file, _offset, _length, _at) = (file, offset, 0, 0);
        var wanted = (int)Math.Min(_buffer.Length, end - offset);
        while (_length < wanted)
        {
            var read = file.Read(_buffer.AsSpan(_length, wanted - _length), offset + _length);
            if (read == 0)
            {
                break;
            }

            _length += read;
        }

        return _length >= needed;
    }
}
