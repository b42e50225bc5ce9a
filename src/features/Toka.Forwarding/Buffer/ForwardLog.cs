using System.Globalization;
using Toka.Core.Series;

namespace Toka.Forwarding.Buffer;

/// <summary>The bounds of the queue.</summary>
/// <param name="BytesMax">The most bytes of all segments; beyond it the oldest go, sent or not.</param>
/// <param name="AgeMax">The longest that a record stays; older ones go, sent or not.</param>
internal readonly record struct QueueLimits(long BytesMax, TimeSpan AgeMax)
{
    /// <summary>A segment is closed at this size: an eighth of all, so that the oldest go in small steps, and at most 32 MiB.</summary>
    public long SegmentBytes => Math.Clamp(BytesMax / 8, 4 * 1024, 32L * 1024 * 1024);

    /// <summary>A segment is closed at this age, so that the oldest can go in small steps.</summary>
    public TimeSpan SegmentAge => TimeSpan.FromTicks(Math.Max(AgeMax.Ticks / 8, TimeSpan.TicksPerSecond));
}

/// <summary>
/// The samples on their way to the remotes: one queue on disk for all of them, written once, in which each has its own
/// cursor. Bounded by bytes and age: the oldest are dropped first, and counted for each remote that had not read them.
/// Thread-safe.
/// </summary>
internal sealed class ForwardLog : IDisposable
{
    private const string Extension = ".fwd";

    /// <summary>Definitions may take a third of a segment; with more series than that it grows, up to four times its size.</summary>
    private const int SamplesToDefinitions = 2;
    private const int GrowthMax = 4;

    private readonly Lock _lock = new();
    private readonly string _directory;
    private readonly IQueueDisk _disk;
    private readonly TimeProvider _time;
    private readonly Action<string> _report;
    private readonly RecordEncoder _encoder = new();
    private readonly List<QueueSegment> _segments = [];
    private readonly List<QueueCursor> _cursors = [];
    private QueueSegment? _current;
    private QueueLimits _limits;
    private long _sequence;
    private long _nextOrdinal;
    private long _bytes;
    private bool _isClosed;

    /// <summary>Opens the queue of a directory, and makes it where there is none.</summary>
    /// <param name="directory">Where the segments lie.</param>
    /// <param name="limits">The bounds.</param>
    /// <param name="disk">The disk.</param>
    /// <param name="time">The clock.</param>
    /// <param name="report">Takes sentences for the log.</param>
    /// <exception cref="Toka.Core.Errors.BadInputException">Another version wrote it.</exception>
    /// <exception cref="IOException">The directory cannot be read or made.</exception>
    public ForwardLog(string directory, QueueLimits limits, IQueueDisk disk, TimeProvider time, Action<string> report)
    {
        (_directory, _limits, _disk, _time, _report) = (directory, limits, disk, time, report);
        foreach (var path in disk.List(directory).Where(static path => path.EndsWith(Extension, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            Adopt(path);
        }

        if (_segments is [.., var last])
        {
            (_nextOrdinal, last.NewestTakenMs) = SegmentScan.Run(last);
        }
    }

    /// <summary>Behind the last record: where a new remote begins.</summary>
    public QueuePosition End
    {
        get
        {
            lock (_lock)
            {
                return _current is null
                    ? new QueuePosition(_sequence + 1, QueueFormat.HeaderBytes, _nextOrdinal)
                    : new QueuePosition(_current.Header.Sequence, _current.Length, _nextOrdinal);
            }
        }
    }

    /// <summary>Before the first record that is left.</summary>
    public QueuePosition Begin
    {
        get
        {
            lock (_lock)
            {
                return _segments is [var first, ..]
                    ? new QueuePosition(first.Header.Sequence, QueueFormat.HeaderBytes, first.Header.FirstOrdinal)
                    : new QueuePosition(_sequence + 1, QueueFormat.HeaderBytes, _nextOrdinal);
            }
        }
    }

    /// <summary>Bytes of all segments.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock)
            {
                return _bytes;
            }
        }
    }

    /// <summary>Whether it was disposed: nothing can be read any more.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_lock)
            {
                return _isClosed;
            }
        }
    }

    /// <summary>Adds a remote's cursor, before the first append or between two.</summary>
    public void Add(QueueCursor cursor)
    {
        lock (_lock)
        {
            // A power cut can leave a position that is on the disk behind samples that are not.
            var at = cursor.Read;
            _sequence = Math.Max(_sequence, at.Offset > QueueFormat.HeaderBytes ? at.Sequence : at.Sequence - 1);
            _nextOrdinal = _current is null ? Math.Max(_nextOrdinal, at.Ordinal) : _nextOrdinal;
            _cursors.Add(cursor);
        }
    }

    /// <summary>Removes a remote's cursor: nothing is kept for it any more.</summary>
    public void Remove(QueueCursor cursor)
    {
        lock (_lock)
        {
            _cursors.Remove(cursor);
        }
    }

    /// <summary>Other bounds, from the next append on.</summary>
    public void Limit(QueueLimits limits)
    {
        lock (_lock)
        {
            _limits = limits;
        }
    }

    /// <summary>Puts a batch into the queue. When this returns it has been handed to the kernel, or counted as dropped.</summary>
    /// <returns>What failed; null where nothing did.</returns>
    public IOException? Append(WriteBatch batch)
    {
        lock (_lock)
        {
            var entries = batch.Count + batch.Histograms.Count + batch.Exemplars.Count;
            if (_isClosed || batch.IsEmpty)
            {
                DropAll("stopped", entries);
                return null;
            }

            var now = NowMs;
            CloseIfFull(now);
            try
            {
                Write(_current ?? Create(now), batch, now);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // What the records that were not written defined must be defined again.
                _encoder.Forget();
                DropAll("buffer_write", entries);
                return e as IOException ?? new IOException(e.Message, e);
            }

            while (_bytes > _limits.BytesMax && _segments[0] != _current)
            {
                DropOldest("buffer_full");
            }

            foreach (var cursor in _cursors)
            {
                cursor.Signal();
            }

            return null;
        }
    }

    /// <summary>Deletes what everybody has sent and what is too old; to be called about once a second.</summary>
    public void Maintain()
    {
        lock (_lock)
        {
            var now = NowMs;
            CloseIfFull(now);
            while (_segments.Count > 0 && _segments[0] != _current && _cursors.All(cursor => cursor.Settled.Sequence > _segments[0].Header.Sequence))
            {
                Delete(_segments[0]);
            }

            while (_segments.Count > 0 && _segments[0] != _current && _segments[0].NewestTakenMs < now - (long)_limits.AgeMax.TotalMilliseconds)
            {
                DropOldest("buffer_age");
            }
        }
    }

    /// <summary>The segment of a number, or the next one that is there; null where there is none yet.</summary>
    public QueueSegment? Find(long sequence)
    {
        lock (_lock)
        {
            foreach (var segment in _segments)
            {
                if (segment.Header.Sequence >= sequence)
                {
                    return segment;
                }
            }

            return null;
        }
    }

    /// <summary>Ends a segment that cannot be read any further: what comes goes to another one.</summary>
    public void CloseDamaged(QueueSegment segment)
    {
        lock (_lock)
        {
            if (_current == segment)
            {
                Close();
            }
        }
    }

    /// <summary>Entries and bytes that a cursor has yet to read.</summary>
    public (long Entries, long Bytes) Behind(QueuePosition position)
    {
        lock (_lock)
        {
            var bytes = 0L;
            foreach (var segment in _segments)
            {
                bytes += segment.Header.Sequence > position.Sequence ? segment.Length
                    : segment.Header.Sequence == position.Sequence ? Math.Max(0, segment.Length - position.Offset) : 0;
            }

            return (Math.Max(0, _nextOrdinal - position.Ordinal), bytes);
        }
    }

    /// <summary>
    /// When the oldest entry was taken that a cursor has yet to read, ms since the Unix epoch; null where it has read all. It is
    /// told without the disk, which may be what is broken, and therefore may be earlier than true: by the time to the record
    /// before, or right after a start by the age of the segment.
    /// </summary>
    public long? UnreadSinceMs(QueueCursor cursor)
    {
        lock (_lock)
        {
            var position = cursor.Read;
            if (_nextOrdinal <= position.Ordinal)
            {
                return null;
            }

            var made = _segments.Find(segment => segment.Header.Sequence >= position.Sequence)?.Header.MadeMs ?? 0;
            return Math.Max(made, cursor.UnreadSinceMs) is > 0 and var since ? since : null;
        }
    }

    /// <summary>Takes nothing more and closes the files; where all is sent none is left.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
            var isSent = _cursors.All(cursor => cursor.Settled.Ordinal >= _nextOrdinal);
            if (_current is not null)
            {
                Close();
            }

            foreach (var segment in _segments.ToArray())
            {
                if (isSent)
                {
                    Delete(segment);
                }
                else
                {
                    segment.File.Dispose();
                }
            }
        }
    }

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private void Adopt(string path)
    {
        var file = _disk.Open(path);
        Span<byte> bytes = stackalloc byte[QueueFormat.HeaderBytes];
        var length = 0;
        for (var read = 1; read > 0 && length < bytes.Length; length += read)
        {
            read = file.Read(bytes[length..], length);
        }

        if (!QueueFormat.TryReadHeader(bytes[..length], path, out var header) || header.Sequence <= _sequence)
        {
            _report($"{path} has no header that can be read, and nothing in it is sent; it is removed");
            file.Dispose();
            _disk.Delete(path);
            return;
        }

        if (_segments is [.., var before])
        {
            before.NewestTakenMs = header.MadeMs;
        }

        _sequence = header.Sequence;
        _segments.Add(new QueueSegment(path, header, file, file.Length, isClosed: true));
        _bytes += file.Length;
    }

    private void CloseIfFull(long now)
    {
        if (_current is { } current && current.Length > QueueFormat.HeaderBytes
            && (now - current.Header.MadeMs >= (long)_limits.SegmentAge.TotalMilliseconds
                || (current.Length >= _limits.SegmentBytes && current.Length >= Math.Min(current.DefinitionBytes * (1 + SamplesToDefinitions), GrowthMax * _limits.SegmentBytes))))
        {
            Close();
        }
    }

    private QueueSegment Create(long now)
    {
        _encoder.Forget();
        var header = new SegmentHeader(_sequence + 1, _nextOrdinal, now);
        var path = Path.Combine(_directory, header.Sequence.ToString("D12", CultureInfo.InvariantCulture) + Extension);
        var file = _disk.Create(path);
        try
        {
            Span<byte> bytes = stackalloc byte[QueueFormat.HeaderBytes];
            QueueFormat.WriteHeader(bytes, header);
            file.Write(bytes, 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The name is taken again by the next try, which empties it.
            file.Dispose();
            throw;
        }

        _sequence = header.Sequence;
        _current = new QueueSegment(path, header, file, QueueFormat.HeaderBytes, isClosed: false);
        _segments.Add(_current);
        _bytes += QueueFormat.HeaderBytes;
        return _current;
    }

    private void Write(QueueSegment segment, WriteBatch batch, long now)
    {
        _encoder.Encode(batch, now);
        var records = _encoder.Written;
        try
        {
            segment.File.Write(records, segment.Length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Repair(segment);
            throw;
        }

        segment.DefinitionBytes += _encoder.DefinitionBytes;
        segment.NewestTakenMs = now;
        foreach (var cursor in _cursors)
        {
            cursor.Came(_nextOrdinal, now);
        }

        segment.Length += records.Length;
        _bytes += records.Length;
        _nextOrdinal += _encoder.Entries;
    }

    /// <summary>Cuts off what a write that failed left behind; where that fails too, nothing more is written behind it.</summary>
    private void Repair(QueueSegment segment)
    {
        try
        {
            segment.File.Truncate(segment.Length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Close();
        }
    }

    private void Close()
    {
        _current!.IsClosed = true;
        _current = null;
        foreach (var cursor in _cursors)
        {
            cursor.Signal();
        }
    }

    private void DropOldest(string reason)
    {
        var next = _segments.Count > 1
            ? new QueuePosition(_segments[1].Header.Sequence, QueueFormat.HeaderBytes, _segments[1].Header.FirstOrdinal)
            : new QueuePosition(_sequence + 1, QueueFormat.HeaderBytes, _nextOrdinal);
        foreach (var cursor in _cursors)
        {
            cursor.Skip(next, reason);
            cursor.Signal();
        }

        Delete(_segments[0]);
    }

    private void DropAll(string reason, int entries)
    {
        foreach (var cursor in _cursors)
        {
            cursor.Drop(reason, entries);
        }
    }

    private void Delete(QueueSegment segment)
    {
        _segments.Remove(segment);
        _bytes -= segment.Length;
        segment.File.Dispose();
        try
        {
            _disk.Delete(segment.Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _report($"{segment.Path} cannot be removed: {e.Message}; remove it by hand, or it is sent again after a restart");
        }
    }
}
