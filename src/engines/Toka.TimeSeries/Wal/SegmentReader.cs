using System.Buffers.Binary;
using System.Text;
using Toka.Core.Codecs;
using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.TimeSeries.Disk;

namespace Toka.TimeSeries.Wal;

/// <summary>Takes what recovery reads, in the order of writing.</summary>
internal interface IWalSink
{
    /// <summary>A series; the number given back comes with its samples, −1 drops them.</summary>
    int Series(ReadOnlySpan<byte> labels);

    /// <summary>A sample.</summary>
    void Sample(int series, long time, ulong bits);

    /// <summary>Metadata.</summary>
    void Metadata(MetricMetadata metadata);

    /// <summary>A native histogram.</summary>
    void Histogram(int series, long time, NativeHistogram histogram);

    /// <summary>An exemplar.</summary>
    void Exemplar(int series, long time, double value, ReadOnlySpan<byte> labels);

    /// <summary>When a counter began.</summary>
    void Created(int series, long time, long created);

    /// <summary>A record has been read whole; called without the lock.</summary>
    void RecordRead();
}

/// <summary>How reading a segment went.</summary>
/// <param name="GoodBytes">The length up to the end of the last good record; 0 where the header itself is torn.</param>
/// <param name="Records">Good records.</param>
/// <param name="Samples">Samples in them.</param>
/// <param name="Newest">The newest sample's time.</param>
/// <param name="Fault">What stopped the reading before the end; null where nothing did.</param>
internal readonly record struct SegmentRead(long GoodBytes, long Records, long Samples, long Newest, string? Fault);

/// <summary>Reads one segment in one pass through one buffer: memory is bounded by the largest record.</summary>
/// <param name="sink">Takes what is read, a record at a time under the lock.</param>
/// <param name="disk">The disk.</param>
/// <param name="sinkLock">Keeps readers of what the sink changes out.</param>
/// <param name="stop">Ends the reading between two records.</param>
internal sealed partial class SegmentReader(IWalSink sink, IStoreDisk disk, Lock sinkLock, CancellationToken stop)
{
    /// <summary>Room for a record of <see cref="WalFormat.PayloadBytesGoal"/>, and not large enough for the large object heap.</summary>
    private const int BufferBytes = 80 * 1024;

    private byte[] _buffer = [];
    private int[] _series = [];
    private ulong[] _last = [];
    private long _newest;
    private long _position;

    /// <summary>How far the present segment has been read, in bytes; any thread.</summary>
    public long Position => Volatile.Read(ref _position);

    /// <summary>Throws where another version wrote a segment; a damaged header is no reason.</summary>
    /// <exception cref="BadInputException">Another version wrote it.</exception>
    public static void CheckVersion(IStoreDisk disk, string path)
    {
        using var file = disk.Open(path, toWrite: false);
        _ = ReadHeader(file, path);
    }

    /// <summary>Reads a segment up to its end or its first bad record.</summary>
    /// <exception cref="BadInputException">Another version wrote it.</exception>
    public SegmentRead Read(string path)
    {
        using var file = disk.Open(path, toWrite: false);
        var length = file.Length;
        Array.Clear(_series);
        _buffer = _buffer.Length == 0 ? new byte[BufferBytes] : _buffer;
        _newest = long.MinValue;
        var fault = ReadHeader(file, path);
        if (fault is not null)
        {
            return new SegmentRead(0, 0, 0, _newest, fault);
        }

        long offset = WalFormat.HeaderBytes, records = 0, samples = 0;
        int start = 0, end = 0;
        while (offset < length && fault is null)
        {
            if (!Fill(file, ref start, ref end, offset, WalFormat.FrameHeadBytes))
            {
                fault = "torn record";
                break;
            }

            var payload = BinaryPrimitives.ReadInt32LittleEndian(_buffer.AsSpan(start));
            var whole = WalFormat.FrameHeadBytes + payload + WalFormat.FrameTailBytes;
            if (payload is < 0 or > WalFormat.PayloadBytesMax)
            {
                fault = $"record length {payload} out of range";
            }
            else if (!Fill(file, ref start, ref end, offset, whole))
            {
                fault = "torn record";
            }
            else if (BinaryPrimitives.ReadUInt32LittleEndian(_buffer.AsSpan(start + whole - 4)) != Crc32C.Of(_buffer.AsSpan(start, whole - 4)))
            {
                fault = "checksum of a record does not match";
            }
            else
            {
                stop.ThrowIfCancellationRequested();
                int count;
                lock (sinkLock)
                {
                    count = Apply((RecordType)_buffer[start + 4], _buffer.AsSpan(start + WalFormat.FrameHeadBytes, payload));
                }

                sink.RecordRead();
                fault = count < 0 ? "record cannot be understood" : null;
                if (fault is null)
                {
                    samples += count;
                    records++;
                    offset += whole;
                    start += whole;
                    Volatile.Write(ref _position, offset);
                }
            }
        }

        Volatile.Write(ref _position, 0);
        return new SegmentRead(offset, records, samples, _newest, fault);
    }

    private static string? ReadHeader(IStoreFile file, string path)
    {
        Span<byte> header = stackalloc byte[WalFormat.HeaderBytes];
        var have = 0;
        for (var read = 1; have < header.Length && read > 0; have += read)
        {
            read = file.Read(header[have..], have);
        }

        if (have < header.Length)
        {
            return "torn header";
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != WalFormat.Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(header[12..]) != Crc32C.Of(header[..12]))
        {
            return "header does not match";
        }

        var version = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        return version is >= WalFormat.VersionMin and <= WalFormat.Version
            ? null
            : throw new BadInputException($"{path} is a log of version {version}; this toka reads versions {WalFormat.VersionMin} to {WalFormat.Version}. Use the toka that wrote it, or give another data directory.");
    }

    private bool Fill(IStoreFile file, ref int start, ref int end, long offset, int needed)
    {
        if (end - start >= needed)
        {
            return true;
        }

        _buffer.AsSpan(start, end - start).CopyTo(_buffer);
        end -= start;
        start = 0;
        if (needed + sizeof(ulong) > _buffer.Length)
        {
            Array.Resize(ref _buffer, needed + sizeof(ulong));
        }

        while (end < needed)
        {
            var read = file.Read(_buffer.AsSpan(end, _buffer.Length - end - sizeof(ulong)), offset + end);
            if (read == 0)
            {
                return false;
            }

            end += read;
        }

        return true;
    }

    /// <summary>Applies a record whose checksum is right.</summary>
    /// <returns>Its samples, or −1 where it makes no sense.</returns>
    private int Apply(RecordType type, ReadOnlySpan<byte> payload)
    {
        var cursor = new Cursor(payload);
        if (type == RecordType.Samples)
        {
            return ReadSamples(ref cursor);
        }

        if (type is RecordType.Histograms or RecordType.Exemplars or RecordType.Created)
        {
            return ReadSide(type, payload);
        }

        while (!cursor.AtEnd)
        {
            switch (type)
            {
                case RecordType.Series:
                    var reference = (int)Math.Min(cursor.VarInt(), int.MaxValue);
                    var labels = cursor.Bytes();
                    if (cursor.Bad || reference > WalFormat.ReferenceMax || !LabelSet.IsCanonical(labels))
                    {
                        return -1;
                    }

                    Define(reference, sink.Series(labels));
                    break;
                case RecordType.Metadata:
                    var kind = (MetricType)cursor.Byte();
                    var metadata = new MetricMetadata(Text(cursor.Bytes()), kind, Text(cursor.Bytes()), Text(cursor.Bytes()));
                    if (cursor.Bad || kind > MetricType.StateSet)
                    {
                        return -1;
                    }

                    sink.Metadata(metadata);
                    break;
                default:
                    return -1;
            }
        }

        return cursor.Bad ? -1 : 0;
    }

    private int ReadSamples(ref Cursor cursor)
    {
        var count = 0;
        var reference = 0;
        var time = 0L;
        while (!cursor.AtEnd)
        {
            var head = cursor.Byte();
            if ((head & 3) == WalFormat.RunHead)
            {
                for (var left = (head >> 2) + 1; left > 0; left--, count++)
                {
                    if (!IsDefined(++reference))
                    {
                        return -1;
                    }

                    Take(reference, time);
                }

                continue;
            }

            reference += (head & 3) == 2 ? (int)cursor.ZigZag() : head & 3;
            time += (head & 4) != 0 ? cursor.ZigZag() : 0;
            if (cursor.Bad || (head & 8) != 0 || !IsDefined(reference) || !cursor.TryValue(head >> 4, ref _last[reference]))
            {
                return -1;
            }

            Take(reference, time);
            count++;
        }

        return cursor.Bad ? -1 : count;
    }

    private bool IsDefined(int reference) => (uint)reference < (uint)_series.Length && _series[reference] != 0;

    private void Take(int reference, long time)
    {
        _newest = Math.Max(_newest, time);
        if (_series[reference] > 0)
        {
            sink.Sample(_series[reference] - 1, time, _last[reference]);
        }
    }

    private static string Text(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8);

    private void Define(int reference, int series)
    {
        if (reference >= _series.Length)
        {
            Array.Resize(ref _series, Math.Max(reference + 1, _series.Length + (_series.Length / 2) + 256));
            Array.Resize(ref _last, _series.Length);
        }

        // 0 is "not defined", −1 "dropped".
        _series[reference] = series < 0 ? -1 : series + 1;
        _last[reference] = 0;
    }

    private ref struct Cursor(ReadOnlySpan<byte> rest)
    {
        private ReadOnlySpan<byte> _rest = rest;

        public bool Bad { get; private set; }

        public readonly bool AtEnd => Bad || _rest.IsEmpty;

        public byte Byte()
        {
            if (_rest.IsEmpty)
            {
                Bad = true;
                return 0;
            }

            var value = _rest[0];
            _rest = _rest[1..];
            return value;
        }

        public ulong VarInt()
        {
            var value = 0UL;
            for (var shift = 0; shift < 70; shift += 7)
            {
                var part = Byte();
                value |= (ulong)(part & 0x7f) << shift;
                if (part < 0x80)
                {
                    return value;
                }
            }

            Bad = true;
            return 0;
        }

        public ReadOnlySpan<byte> Bytes()
        {
            var length = VarInt();
            if (length > (ulong)_rest.Length)
            {
                Bad = true;
                return default;
            }

            var bytes = _rest[..(int)length];
            _rest = _rest[(int)length..];
            return bytes;
        }

        public long ZigZag()
        {
            var value = VarInt();
            return (long)(value >> 1) ^ -(long)(value & 1);
        }

        public bool TryValue(int form, ref ulong value) => SampleValue.TryDecode(ref _rest, form, ref value);
    }
}
