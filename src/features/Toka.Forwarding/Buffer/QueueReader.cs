using System.Globalization;

namespace Toka.Forwarding.Buffer;

/// <summary>Takes the entries that a reader decodes.</summary>
internal interface IQueueSink : IRecordSink
{
    /// <summary>Another segment begins: no series is defined in it yet.</summary>
    void BeginSegment();

    /// <summary>A record begins.</summary>
    /// <param name="isRead">Whether its samples were read before a restart, and only its definitions count.</param>
    void BeginRecord(bool isRead);
}

/// <summary>What a reader has read.</summary>
/// <param name="Start">The place before it.</param>
/// <param name="End">The place behind it.</param>
/// <param name="TakenMs">When it was taken, ms since the Unix epoch.</param>
internal readonly record struct QueueRecord(QueuePosition Start, QueuePosition End, long TakenMs);

/// <summary>
/// Reads the queue for one remote, a record at a time, from the cursor on. A segment that is entered in its middle, after a
/// restart, is read from its beginning for the definitions. What cannot be read is left out up to the next segment, counted
/// and reported. Not thread-safe.
/// </summary>
internal sealed class QueueReader(ForwardLog log, QueueCursor cursor, Action<string> report)
{
    private readonly RecordBuffer _buffer = new();
    private QueueSegment? _segment;
    private long _offset;

    /// <summary>Reads the next record.</summary>
    /// <param name="sink">Takes what is in it.</param>
    /// <param name="record">Where it ends.</param>
    /// <returns>False where there is none yet: wait for the cursor's signal.</returns>
    public bool TryRead(IQueueSink sink, out QueueRecord record)
    {
        while (true)
        {
            record = default;
            var position = cursor.Read;
            if (!TryEnter(ref position, sink))
            {
                return false;
            }

            var segment = _segment!;
            try
            {
                // Closed before length: what a closed segment shows then is all of it.
                var isClosed = segment.IsClosed;
                var length = segment.Length;
                if (_offset < length)
                {
                    switch (Step(segment, length, position, sink, out record))
                    {
                        case true:
                            return true;
                        case null:
                            continue;
                    }

                    log.CloseDamaged(segment);
                }
                else if (!isClosed)
                {
                    return false;
                }

                Leave(segment, position);
            }
            catch (ObjectDisposedException)
            {
                // The segment was dropped for its age or the queue's size: the cursor stands behind it.
                _segment = null;
                if (log.IsClosed)
                {
                    return false;
                }
            }
        }
    }

    /// <summary>Takes one record.</summary>
    /// <returns>True where it is to be sent, null where it was read before or is dropped, false where there is none.</returns>
    private bool? Step(QueueSegment segment, long length, in QueuePosition position, IQueueSink sink, out QueueRecord record)
    {
        record = default;
        var state = _buffer.TryRecord(segment.File, _offset, length, out var head);
        var isRead = _offset < position.Offset;
        if (state == RecordState.Whole)
        {
            sink.BeginRecord(isRead);
            if (!RecordDecoder.TryDecode(_buffer.Payload, sink))
            {
                state = RecordState.Damaged;
            }
        }

        if (state != RecordState.Whole)
        {
            // A torn tail is what a process wrote when it died: it was never acknowledged, and the ordinals do not count it.
            if (state == RecordState.Damaged)
            {
                report(string.Create(CultureInfo.InvariantCulture, $"{segment.Path} is damaged at byte {_offset}; what follows in it is not sent"));
            }

            return false;
        }

        _offset += head.Bytes;
        if (isRead)
        {
            return null;
        }

        record = new QueueRecord(position, new QueuePosition(position.Sequence, _offset, position.Ordinal + head.Entries), head.TakenMs);
        return cursor.TryAdvance(position, record.End, head.TakenMs) ? true : null;
    }

    /// <summary>Finds the segment of a position; what is missing before it is counted.</summary>
    private bool TryEnter(ref QueuePosition position, IQueueSink sink)
    {
        if (_segment is not null && _segment.Header.Sequence == position.Sequence)
        {
            return true;
        }

        if (log.Find(position.Sequence) is not { } segment)
        {
            // What the last segment should have had and has not is told by the ordinals, before there is a next one.
            var end = log.End;
            if (end.Offset == QueueFormat.HeaderBytes && end.Ordinal > position.Ordinal)
            {
                cursor.Skip(end, "buffer_damaged");
            }

            return false;
        }

        if (segment.Header.Sequence > position.Sequence || (position.Offset == QueueFormat.HeaderBytes && segment.Header.FirstOrdinal > position.Ordinal))
        {
            cursor.Skip(new QueuePosition(segment.Header.Sequence, QueueFormat.HeaderBytes, segment.Header.FirstOrdinal), "buffer_damaged");
            position = cursor.Read;
            if (position.Sequence != segment.Header.Sequence)
            {
                _segment = null;
                return TryEnter(ref position, sink);
            }
        }

        (_segment, _offset) = (segment, QueueFormat.HeaderBytes);
        sink.BeginSegment();
        return true;
    }

    /// <summary>Goes on to the next segment, which says how many entries this one should have had.</summary>
    private void Leave(QueueSegment segment, in QueuePosition position)
    {
        _segment = null;
        _ = cursor.TryAdvance(position, new QueuePosition(segment.Header.Sequence + 1, QueueFormat.HeaderBytes, position.Ordinal), takenMs: null);
    }
}
