using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Toka.Core.Spans;

namespace Toka.Tracing.TailSampling;

/// <summary>
/// The records of the journal of held spans. All numbers are little-endian; a text is its length in bytes (u32) and UTF-8. A record of
/// spans is the byte 1, the number of origins (u32), each as resource, scope's name, scope's version and scope's attributes, the number
/// of spans (u32), and each span as its ids, times, flags and texts. A record of a decision is the byte 2, the trace's id, and whether
/// it is kept.
/// </summary>
internal static class JournalRecords
{
    public const byte Spans = 1;
    public const byte Decision = 2;

    /// <summary>A span's row without its texts, bytes.</summary>
    private const int RowBytes = 16 + 8 + 8 + 8 + 8 + 4 + 4 + 4 + 1 + 1;

    public static void WriteSpans(ArrayBufferWriter<byte> to, IReadOnlyList<HeldSpan> spans)
    {
        var origins = new List<Origin>();
        var numbers = new Dictionary<Origin, int>();
        foreach (var span in spans)
        {
            if (numbers.TryAdd(span.Origin, origins.Count))
            {
                origins.Add(span.Origin);
            }
        }

        WriteByte(to, Spans);
        WriteInt(to, origins.Count);
        foreach (var origin in origins)
        {
            WriteText(to, origin.Resource);
            WriteText(to, Encoding.UTF8.GetBytes(origin.ScopeName));
            WriteText(to, Encoding.UTF8.GetBytes(origin.ScopeVersion));
            WriteText(to, origin.Scope);
        }

        WriteInt(to, spans.Count);
        foreach (var span in spans)
        {
            WriteRow(to, span.Row, numbers[span.Origin]);
            WriteText(to, span[span.Row.Name]);
            WriteText(to, span[span.Row.StatusMessage]);
            WriteText(to, span[span.Row.TraceState]);
            WriteText(to, span[span.Row.Attributes]);
            WriteText(to, span[span.Row.Events]);
            WriteText(to, span[span.Row.Links]);
        }
    }

    public static void WriteDecision(ArrayBufferWriter<byte> to, TraceId trace, bool isKept)
    {
        WriteByte(to, Decision);
        BinaryPrimitives.WriteUInt128LittleEndian(to.GetSpan(TraceId.Size), trace.Value);
        to.Advance(TraceId.Size);
        WriteByte(to, isKept ? (byte)1 : (byte)0);
    }

    /// <summary>The trace of a record of a decision.</summary>
    /// <exception cref="InvalidDataException">The record is not whole.</exception>
    public static TraceId ReadDecision(ReadOnlySpan<byte> record)
    {
        var at = 1;
        return new TraceId(BinaryPrimitives.ReadUInt128LittleEndian(Take(record, ref at, TraceId.Size)));
    }

    /// <summary>Reads a record of spans into a batch.</summary>
    /// <exception cref="InvalidDataException">The record is not whole.</exception>
    public static void ReadSpans(ReadOnlySpan<byte> record, SpanBatch batch)
    {
        var at = 1;
        var origins = new Origin[ReadCount(record, ref at, 4 * sizeof(int))];
        for (var i = 0; i < origins.Length; i++)
        {
            var resource = ReadText(record, ref at);
            var name = Encoding.UTF8.GetString(ReadText(record, ref at));
            var version = Encoding.UTF8.GetString(ReadText(record, ref at));
            origins[i] = new Origin(resource, name, version, ReadText(record, ref at));
        }

        var count = ReadCount(record, ref at, RowBytes);
        for (var i = 0; i < count; i++)
        {
            var row = ReadRow(Take(record, ref at, RowBytes));
            if ((uint)row.Origin >= (uint)origins.Length)
            {
                throw new InvalidDataException($"a span is of origin {row.Origin} of {origins.Length}");
            }

            row.Origin = batch.AddOrigin(origins[row.Origin]);
            row.Name = batch.Bytes.Add(ReadText(record, ref at));
            row.StatusMessage = batch.Bytes.Add(ReadText(record, ref at));
            row.TraceState = batch.Bytes.Add(ReadText(record, ref at));
            row.Attributes = batch.Bytes.Add(ReadText(record, ref at));
            row.Events = batch.Bytes.Add(ReadText(record, ref at));
            row.Links = batch.Bytes.Add(ReadText(record, ref at));
            batch.Add(row);
        }
    }

    private static void WriteRow(ArrayBufferWriter<byte> to, in SpanRow row, int origin)
    {
        var target = to.GetSpan(RowBytes);
        BinaryPrimitives.WriteUInt128LittleEndian(target, row.TraceId.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], row.SpanId.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(target[24..], row.ParentId.Value);
        BinaryPrimitives.WriteInt64LittleEndian(target[32..], row.StartNs);
        BinaryPrimitives.WriteInt64LittleEndian(target[40..], row.DurationNs);
        BinaryPrimitives.WriteInt32LittleEndian(target[48..], origin);
        BinaryPrimitives.WriteUInt32LittleEndian(target[52..], row.Flags);
        BinaryPrimitives.WriteUInt32LittleEndian(target[56..], row.Dropped);
        target[60] = (byte)row.Kind;
        target[61] = (byte)row.Status;
        to.Advance(RowBytes);
    }

    private static SpanRow ReadRow(ReadOnlySpan<byte> source) => new()
    {
        TraceId = new TraceId(BinaryPrimitives.ReadUInt128LittleEndian(source)),
        SpanId = new SpanId(BinaryPrimitives.ReadUInt64LittleEndian(source[16..])),
        ParentId = new SpanId(BinaryPrimitives.ReadUInt64LittleEndian(source[24..])),
        StartNs = BinaryPrimitives.ReadInt64LittleEndian(source[32..]),
        DurationNs = BinaryPrimitives.ReadInt64LittleEndian(source[40..]),
        Origin = BinaryPrimitives.ReadInt32LittleEndian(source[48..]),
        Flags = BinaryPrimitives.ReadUInt32LittleEndian(source[52..]),
        Dropped = BinaryPrimitives.ReadUInt32LittleEndian(source[56..]),
        Kind = (SpanKind)source[60],
        Status = (SpanStatus)source[61],
    };

    private static void WriteByte(ArrayBufferWriter<byte> to, byte value)
    {
        to.GetSpan(1)[0] = value;
        to.Advance(1);
    }

    private static void WriteInt(ArrayBufferWriter<byte> to, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(to.GetSpan(sizeof(int)), value);
        to.Advance(sizeof(int));
    }

    private static void WriteText(ArrayBufferWriter<byte> to, ReadOnlySpan<byte> text)
    {
        WriteInt(to, text.Length);
        to.Write(text);
    }

    /// <summary>A number of things, each of which takes some bytes at least.</summary>
    private static int ReadCount(ReadOnlySpan<byte> record, ref int at, int bytesEach)
    {
        var count = BinaryPrimitives.ReadInt32LittleEndian(Take(record, ref at, sizeof(int)));
        return count >= 0 && count <= (record.Length - at) / bytesEach ? count : throw new InvalidDataException($"a record says it has {count} parts, which it has no bytes for");
    }

    private static ReadOnlySpan<byte> ReadText(ReadOnlySpan<byte> record, ref int at) =>
        Take(record, ref at, BinaryPrimitives.ReadInt32LittleEndian(Take(record, ref at, sizeof(int))));

    private static ReadOnlySpan<byte> Take(ReadOnlySpan<byte> record, ref int at, int length)
    {
        if (length < 0 || length > record.Length - at)
        {
            throw new InvalidDataException($"a record ends at byte {record.Length}, within a part");
        }

        at += length;
        return record.Slice(at - length, length);
    }
}
