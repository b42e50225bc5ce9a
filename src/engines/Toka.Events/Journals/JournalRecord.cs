using System.Buffers.Binary;
using System.Text;
using Toka.Core.Logs;
using Toka.Core.Spans;
using Toka.Events.Origins;

namespace Toka.Events.Journals;

/// <summary>
/// The bytes of a journal's records (docs/formats/events.md): origins that the journal has not named yet, then rows. Writing is not
/// thread-safe; what is read is checked, and a record that does not fit itself is damage.
/// </summary>
internal sealed class JournalRecord
{
    private const int SpanFixedBytes = 16 + (5 * 8) + (2 * 4) + 2;
    private const int LogFixedBytes = 16 + (4 * 8) + (2 * 4) + 1;
    private byte[] _bytes = new byte[64 << 10];
    private int _length;

    /// <summary>The record so far.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>Begins a record.</summary>
    /// <param name="origins">Origins that the journal has not named yet.</param>
    /// <param name="rows">How many rows follow.</param>
    public void Begin(List<KeyValuePair<ulong, Origin>> origins, int rows)
    {
        _length = 0;
        Write(origins.Count);
        foreach (var (id, origin) in origins)
        {
            Write((long)id);
            Write(origin.Resource);
            Write(Encoding.UTF8.GetBytes(origin.ScopeName));
            Write(Encoding.UTF8.GetBytes(origin.ScopeVersion));
            Write(origin.Scope);
        }

        Write(rows);
    }

    /// <summary>Writes a span.</summary>
    public void Write(SpanBatch batch, in SpanRow row)
    {
        var bytes = batch.Bytes;
        var to = Reserve(SpanFixedBytes);
        BinaryPrimitives.WriteUInt128LittleEndian(to, row.TraceId.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(to[16..], row.SpanId.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(to[24..], row.ParentId.Value);
        BinaryPrimitives.WriteInt64LittleEndian(to[32..], row.StartNs);
        BinaryPrimitives.WriteInt64LittleEndian(to[40..], row.DurationNs);
        BinaryPrimitives.WriteUInt64LittleEndian(to[48..], batch.Origins[row.Origin].Id);
        BinaryPrimitives.WriteUInt32LittleEndian(to[56..], row.Flags);
        BinaryPrimitives.WriteUInt32LittleEndian(to[60..], row.Dropped);
        to[64] = (byte)row.Kind;
        to[65] = (byte)row.Status;
        Write(bytes[row.Name]);
        Write(bytes[row.StatusMessage]);
        Write(bytes[row.TraceState]);
        Write(bytes[row.Attributes]);
        Write(bytes[row.Events]);
        Write(bytes[row.Links]);
    }

    /// <summary>Writes a log record.</summary>
    public void Write(LogBatch batch, in LogRow row)
    {
        var bytes = batch.Bytes;
        var to = Reserve(LogFixedBytes);
        BinaryPrimitives.WriteUInt128LittleEndian(to, row.TraceId.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(to[16..], row.SpanId.Value);
        BinaryPrimitives.WriteInt64LittleEndian(to[24..], row.TimeNs);
        BinaryPrimitives.WriteInt64LittleEndian(to[32..], row.ObservedNs);
        BinaryPrimitives.WriteUInt64LittleEndian(to[40..], batch.Origins[row.Origin].Id);
        BinaryPrimitives.WriteUInt32LittleEndian(to[48..], row.Flags);
        BinaryPrimitives.WriteUInt32LittleEndian(to[52..], row.Dropped);
        to[56] = row.Severity;
        Write(bytes[row.SeverityText]);
        Write(bytes[row.EventName]);
        Write(bytes[row.Body]);
        Write(bytes[row.Attributes]);
    }

    /// <summary>Reads the origins and the spans of a record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="origins">The origins that the journal has named so far, and those of this record.</param>
    /// <param name="batch">Gets the spans.</param>
    /// <exception cref="InvalidDataException">It does not fit itself.</exception>
    public static void Read(ReadOnlySpan<byte> record, Dictionary<ulong, Origin> origins, SpanBatch batch)
    {
        var reader = new JournalReader(record);
        for (var left = Begin(ref reader, origins); left > 0; left--)
        {
            var from = reader.Take(SpanFixedBytes);
            batch.Add(new SpanRow
            {
                TraceId = new TraceId(BinaryPrimitives.ReadUInt128LittleEndian(from)),
                SpanId = new SpanId(BinaryPrimitives.ReadUInt64LittleEndian(from[16..])),
                ParentId = new SpanId(BinaryPrimitives.ReadUInt64LittleEndian(from[24..])),
                StartNs = BinaryPrimitives.ReadInt64LittleEndian(from[32..]),
                DurationNs = BinaryPrimitives.ReadInt64LittleEndian(from[40..]),
                Origin = batch.AddOrigin(OriginOf(from[48..], origins)),
                Flags = BinaryPrimitives.ReadUInt32LittleEndian(from[56..]),
                Dropped = BinaryPrimitives.ReadUInt32LittleEndian(from[60..]),
                Kind = (SpanKind)from[64],
                Status = (SpanStatus)from[65],
                Name = batch.Bytes.Add(reader.Text()),
                StatusMessage = batch.Bytes.Add(reader.Text()),
                TraceState = batch.Bytes.Add(reader.Text()),
                Attributes = batch.Bytes.Add(reader.Text()),
                Events = batch.Bytes.Add(reader.Text()),
                Links = batch.Bytes.Add(reader.Text()),
            });
        }

        reader.End();
    }

    /// <summary>Reads the origins and the log records of a record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="origins">The origins that the journal has named so far, and those of this record.</param>
    /// <param name="batch">Gets the log records.</param>
    /// <exception cref="InvalidDataException">It does not fit itself.</exception>
    public static void Read(ReadOnlySpan<byte> record, Dictionary<ulong, Origin> origins, LogBatch batch)
    {
        var reader = new JournalReader(record);
        for (var left = Begin(ref reader, origins); left > 0; left--)
        {
            var from = reader.Take(LogFixedBytes);
            batch.Add(new LogRow
            {
                TraceId = new TraceId(BinaryPrimitives.ReadUInt128LittleEndian(from)),
                SpanId = new SpanId(BinaryPrimitives.ReadUInt64LittleEndian(from[16..])),
                TimeNs = BinaryPrimitives.ReadInt64LittleEndian(from[24..]),
                ObservedNs = BinaryPrimitives.ReadInt64LittleEndian(from[32..]),
                Origin = batch.AddOrigin(OriginOf(from[40..], origins)),
                Flags = BinaryPrimitives.ReadUInt32LittleEndian(from[48..]),
                Dropped = BinaryPrimitives.ReadUInt32LittleEndian(from[52..]),
                Severity = from[56],
                SeverityText = batch.Bytes.Add(reader.Text()),
                EventName = batch.Bytes.Add(reader.Text()),
                Body = batch.Bytes.Add(reader.Text()),
                Attributes = batch.Bytes.Add(reader.Text()),
            });
        }

        reader.End();
    }

    private static int Begin(ref JournalReader reader, Dictionary<ulong, Origin> origins)
    {
        for (var left = reader.Count(); left > 0; left--)
        {
            var id = BinaryPrimitives.ReadUInt64LittleEndian(reader.Take(sizeof(ulong)));
            var resource = reader.Text();
            var (name, version) = (Encoding.UTF8.GetString(reader.Text()), Encoding.UTF8.GetString(reader.Text()));
            origins[id] = OriginBytes.Read(resource, name, version, reader.Text());
        }

        return reader.Count();
    }

    private static Origin OriginOf(ReadOnlySpan<byte> id, Dictionary<ulong, Origin> origins) =>
        origins.GetValueOrDefault(BinaryPrimitives.ReadUInt64LittleEndian(id)) ?? throw new InvalidDataException("a row has an origin that the journal does not name");

    private Span<byte> Reserve(int bytes)
    {
        if (_bytes.Length - _length < bytes)
        {
            Array.Resize(ref _bytes, checked(Math.Max(_bytes.Length * 2, _length + bytes)));
        }

        _length += bytes;
        return _bytes.AsSpan(_length - bytes, bytes);
    }

    private void Write(int value) => BinaryPrimitives.WriteInt32LittleEndian(Reserve(sizeof(int)), value);

    private void Write(long value) => BinaryPrimitives.WriteInt64LittleEndian(Reserve(sizeof(long)), value);

    private void Write(ReadOnlySpan<byte> text)
    {
        Write(text.Length);
        text.CopyTo(Reserve(text.Length));
    }
}

/// <summary>Walks a record.</summary>
/// <param name="bytes">The record.</param>
internal ref struct JournalReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _left = bytes;

    /// <summary>Takes so many bytes.</summary>
    public ReadOnlySpan<byte> Take(int count)
    {
        if ((uint)count > (uint)_left.Length)
        {
            throw new InvalidDataException("a record is shorter than what it says is in it");
        }

        var taken = _left[..count];
        _left = _left[count..];
        return taken;
    }

    /// <summary>Takes a number of things, each of which takes a byte at least.</summary>
    public int Count()
    {
        var count = BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));
        return count >= 0 && count <= _left.Length ? count : throw new InvalidDataException("a record says that it has more than fits into it");
    }

    /// <summary>Takes a text.</summary>
    public ReadOnlySpan<byte> Text() => Take(BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int))));

    /// <summary>Nothing must be left.</summary>
    public readonly void End()
    {
        if (!_left.IsEmpty)
        {
            throw new InvalidDataException("a record is longer than what it says is in it");
        }
    }
}
