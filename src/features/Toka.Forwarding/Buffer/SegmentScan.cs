namespace Toka.Forwarding.Buffer;

/// <summary>Walks the records of the last segment that another process wrote, to know how many entries it holds.</summary>
internal static class SegmentScan
{
    /// <summary>Walks to the end or to the first record that is not whole.</summary>
    /// <returns>The ordinal behind the last whole record, and when that was taken.</returns>
    public static (long Ordinal, long TakenMs) Run(QueueSegment segment)
    {
        var buffer = new RecordBuffer();
        var ordinal = segment.Header.FirstOrdinal;
        var takenMs = segment.Header.MadeMs;
        long offset = QueueFormat.HeaderBytes;
        while (buffer.TryRecord(segment.File, offset, segment.Length, out var head) == RecordState.Whole)
        {
            offset += head.Bytes;
            ordinal += head.Entries;
            takenMs = head.TakenMs;
        }

        return (ordinal, takenMs);
    }
}
