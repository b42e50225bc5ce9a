using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Toka.Core.Attributes;
using Toka.Core.Codecs;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Events.Origins;

namespace Toka.Events.Indexes;

/// <summary>The bytes of an index: docs/formats/events.md.</summary>
internal static class PartIndexFormat
{
    /// <summary>Bytes before the head.</summary>
    public const int PrefixBytes = 24;

    private const int Version = 1;
    private const int EndBytes = sizeof(uint);
    private const int HeadBytesMax = 256 << 20;

    private static ReadOnlySpan<byte> Magic => "TOKAEVIX"u8;

    /// <summary>Writes an index whose rows all went by.</summary>
    /// <param name="builder">The index.</param>
    /// <param name="partBytes">The length of the file that it is of.</param>
    public static byte[] Write(PartIndexBuilder builder, long partBytes)
    {
        var head = WriteHead(builder, partBytes);
        var body = (builder.Traces.Count * sizeof(ulong)) + builder.Filters.Sum(static filter => filter.Length);
        var all = new byte[PrefixBytes + head.Length + body + EndBytes];
        Magic.CopyTo(all);
        BinaryPrimitives.WriteInt32LittleEndian(all.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(all.AsSpan(12), head.Length);
        BinaryPrimitives.WriteInt32LittleEndian(all.AsSpan(16), builder.Traces.Count);
        head.CopyTo(all, PrefixBytes);
        var at = PrefixBytes + head.Length;
        foreach (var trace in builder.Traces)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(all.AsSpan(at), trace);
            at += sizeof(ulong);
        }

        foreach (var filter in builder.Filters)
        {
            filter.CopyTo(all, at);
            at += filter.Length;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(all.AsSpan(at), Crc32C.Of(all.AsSpan(0, at)));
        return all;
    }

    /// <summary>Reads an index.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <exception cref="InvalidDataException">It is damaged, or of another version.</exception>
    public static PartIndex Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < PrefixBytes + EndBytes || !bytes.StartsWith(Magic))
        {
            throw new InvalidDataException("it is no index of spans or logs");
        }

        var version = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        if (version != Version)
        {
            throw new InvalidDataException($"its version is {version} and this program reads {Version}");
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[^EndBytes..]) != Crc32C.Of(bytes[..^EndBytes]))
        {
            throw new InvalidDataException("its checksum does not fit its bytes");
        }

        var headBytes = BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]);
        var traces = BinaryPrimitives.ReadInt32LittleEndian(bytes[16..]);
        var tracesAt = PrefixBytes + (long)headBytes;
        if (headBytes is < 0 or > HeadBytesMax || traces < 0 || tracesAt + ((long)traces * sizeof(ulong)) > bytes.Length - EndBytes)
        {
            throw new InvalidDataException("its parts do not fit into it");
        }

        try
        {
            return ReadHead(bytes.Slice(PrefixBytes, headBytes).ToArray(), (int)tracesAt, traces, bytes.Length - EndBytes);
        }
        catch (Exception e) when (e is EndOfStreamException or ArgumentException or System.Text.Json.JsonException or IOException or FormatException or OverflowException)
        {
            throw new InvalidDataException($"its head cannot be read: {e.Message}", e);
        }
    }

    private static byte[] WriteHead(PartIndexBuilder builder, long partBytes)
    {
        using var memory = new MemoryStream();
        using var writer = new BinaryWriter(memory, Encoding.UTF8);
        writer.Write(partBytes);
        Write(writer, builder.Columns, static (to, column) =>
        {
            to.Write(column.Key);
            to.Write((byte)column.Kind);
        });
        writer.Write(builder.HasMoreRestKeys);
        Write(writer, builder.RestKeys, static (to, key) =>
        {
            to.Write((byte)key.Field.FieldKind);
            to.Write(key.Field.Key);
            to.Write((byte)key.Kind);
        });
        Write(writer, builder.Services, static (to, service) => to.Write(service));
        Write(writer, builder.Origins, static (to, origin) =>
        {
            to.Write(origin.Key);
            WriteBytes(to, origin.Value.Resource);
            to.Write(origin.Value.ScopeName);
            to.Write(origin.Value.ScopeVersion);
            WriteBytes(to, origin.Value.Scope);
        });
        Write(writer, [.. builder.Granules.Zip(builder.Filters)], static (to, granule) =>
        {
            to.Write(granule.First.Rows);
            to.Write(granule.First.FromNs);
            to.Write(granule.First.ToNs);
            to.Write(granule.Second.Length);
            Write(to, granule.First.Services, static (into, service) =>
            {
                into.Write7BitEncodedInt(service.Service);
                into.Write7BitEncodedInt(service.Rows);
                into.Write7BitEncodedInt(service.Errors);
                into.Write7BitEncodedInt64(service.MaxDurationNs);
            });
        });
        writer.Flush();
        return memory.ToArray();
    }

    private static PartIndex ReadHead(byte[] head, int tracesAt, int traces, int end)
    {
        using var reader = new BinaryReader(new MemoryStream(head), Encoding.UTF8);
        var partBytes = reader.ReadInt64();
        var columns = Read(reader, static from => new AttributeColumn(from.ReadString(), (AttributeKind)from.ReadByte()));
        var hasMore = reader.ReadBoolean();
        var rest = Read(reader, static from => new FieldKey(new Field((FieldKind)from.ReadByte(), from.ReadString()), (AttributeKind)from.ReadByte()));
        var services = Read(reader, static from => from.ReadString());
        var origins = Read(reader, static from =>
        {
            var id = from.ReadUInt64();
            var resource = ReadBytes(from);
            var (name, version) = (from.ReadString(), from.ReadString());
            return KeyValuePair.Create(id, OriginBytes.Read(resource, name, version, ReadBytes(from)));
        });
        var (filterAt, filters) = (tracesAt + (traces * sizeof(ulong)), new List<(int At, int Length)>());
        var granules = Read(reader, from =>
        {
            var (rows, fromNs, toNs, length) = (from.ReadInt32(), from.ReadInt64(), from.ReadInt64(), from.ReadInt32());
            if (length < Bloom.BlockBytes || length % Bloom.BlockBytes != 0 || length > end - filterAt || rows < 0)
            {
                throw new InvalidDataException("a filter of it is not within it");
            }

            filters.Add((filterAt, length));
            filterAt += length;
            var parts = Read(from, static part => new GranuleService(part.Read7BitEncodedInt(), part.Read7BitEncodedInt(), part.Read7BitEncodedInt(), part.Read7BitEncodedInt64()));
            return parts.TrueForAll(part => (uint)part.Service < (uint)services.Count) ? new Granule(rows, fromNs, toNs, parts) : throw new InvalidDataException("a granule of it has a service that it does not name");
        });
        return new PartIndex(partBytes, columns, rest, hasMore, services, origins, granules, filters, tracesAt, traces);
    }

    private static void Write<T>(BinaryWriter to, IReadOnlyCollection<T> all, Action<BinaryWriter, T> write)
    {
        to.Write7BitEncodedInt(all.Count);
        foreach (var one in all)
        {
            write(to, one);
        }
    }

    private static List<T> Read<T>(BinaryReader from, Func<BinaryReader, T> read)
    {
        var count = from.Read7BitEncodedInt();
        if (count < 0 || count > from.BaseStream.Length - from.BaseStream.Position)
        {
            throw new InvalidDataException("a list of it is longer than it");
        }

        var all = new List<T>(Math.Min(count, 1024));
        for (var i = 0; i < count; i++)
        {
            all.Add(read(from));
        }

        return all;
    }

    private static void WriteBytes(BinaryWriter to, ReadOnlySpan<byte> bytes)
    {
        to.Write7BitEncodedInt(bytes.Length);
        to.Write(bytes);
    }

    private static byte[] ReadBytes(BinaryReader from)
    {
        var length = from.Read7BitEncodedInt();
        return length >= 0 && length <= from.BaseStream.Length - from.BaseStream.Position ? from.ReadBytes(length) : throw new InvalidDataException("bytes of it are longer than it");
    }
}
