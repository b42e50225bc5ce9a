namespace Toka.Forwarding.Buffer;

/// <summary>A segment file of the queue. The writer moves its end under the queue's lock; anybody reads up to it.</summary>
internal sealed class QueueSegment(string path, SegmentHeader header, IQueueFile file, long length, bool isClosed)
{
    private long _length = length;
    private volatile bool _isClosed = isClosed;

    /// <summary>The file's path.</summary>
    public string Path => path;

    /// <summary>Its header.</summary>
    public SegmentHeader Header => header;

    /// <summary>The file.</summary>
    public IQueueFile File => file;

    /// <summary>Up to here there are whole records, or, in one that a process before this one wrote, there may be.</summary>
    public long Length
    {
        get => Volatile.Read(ref _length);
        set => Volatile.Write(ref _length, value);
    }

    /// <summary>Whether nothing will be appended any more. Who finds it true and then reads the length has all of it.</summary>
    public bool IsClosed
    {
        get => _isClosed;
        set => _isClosed = value;
    }

    /// <summary>Bytes that only define series; the writer's alone.</summary>
    public long DefinitionBytes { get; set; }

    /// <summary>When the last record was taken, ms since the Unix epoch; the writer's alone.</summary>
    public long NewestTakenMs { get; set; } = header.MadeMs;
}
