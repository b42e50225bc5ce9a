using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Toka.Core.Codecs;
using Toka.Core.Errors;
using Toka.Core.Spans;

namespace Toka.Tracing.TailSampling;

/// <summary>
/// What is held, on disk: spans are acknowledged once they are here, so that the death of the process loses none, and forgotten when
/// their trace is dropped or the store has it. Files <c>held-N.journal</c> in one folder, each with a header and a row of records: length (u32), CRC32C
/// of the rest (u32), the record (<see cref="JournalRecords"/>). Guarded by its sampler.
/// </summary>
/// <remarks>
/// Handed to the kernel and not synced: <c>kill -9</c> loses nothing, a power cut what the kernel had not written. Files go in their
/// order, so that no decision is lost before the spans that it is about.
/// </remarks>
internal sealed class HeldJournal : IDisposable
{
    /// <summary>A file that is longer is followed by a new one: 16 MiB, some 40,000 spans.</summary>
    public const long SegmentBytesMax = 16L << 20;

    /// <summary>The beginning of a file: what it is, and the version (u32).</summary>
    private const int FileHeaderBytes = 8;

    private const uint Version = 1;

    /// <summary>Length and checksum before each record.</summary>
    private const int HeaderBytes = 8;

    private readonly string _folder;
    private readonly SortedDictionary<int, Segment> _segments = [];
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private Segment? _active;
    private int _last;

    /// <summary>Opens a journal. <see cref="Replay"/> comes before anything else.</summary>
    /// <param name="folder">Its folder; made where there is none.</param>
    /// <exception cref="IOException">The folder cannot be used.</exception>
    public HeldJournal(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
    }

    /// <summary>Bytes on disk.</summary>
    public long Bytes => _segments.Values.Sum(static segment => segment.Length);

    /// <summary>Reads what an earlier process left, in the order in which it was written.</summary>
    /// <param name="spans">Gets spans and the number of their file; the batch is used again.</param>
    /// <param name="decided">Gets the trace on which a decision was made: spans of it that came before are done with.</param>
    /// <returns>Bytes that could not be read: the end of a write that was never finished, or what a disk has spoilt.</returns>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="BadInputException">A file is of another version.</exception>
    public long Replay(Action<SpanBatch, int> spans, Action<TraceId> decided)
    {
        var unreadable = 0L;
        var batch = new SpanBatch();
        foreach (var (number, path) in FilesOf(_folder))
        {
            var bytes = File.ReadAllBytes(path);
            var at = HeaderOf(path, bytes);
            while (TryRead(bytes, ref at, out var record))
            {
                try
                {
                    if (record[0] == JournalRecords.Decision)
                    {
                        decided(JournalRecords.ReadDecision(record));
                        continue;
                    }

                    batch.Clear();
                    JournalRecords.ReadSpans(record, batch);
                    spans(batch, number);
                }
                catch (InvalidDataException)
                {
                    unreadable += record.Length;
                }
            }

            unreadable += bytes.Length - at;
            _segments[number] = new Segment(path, File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete)) { Length = bytes.Length };
            _last = number;
        }

        return unreadable;
    }

    /// <summary>Appends spans.</summary>
    /// <returns>The number of the file.</returns>
    /// <exception cref="IOException">They could not be written; nothing of them is there.</exception>
    public int Append(IReadOnlyList<HeldSpan> spans)
    {
        _buffer.ResetWrittenCount();
        Begin();
        JournalRecords.WriteSpans(_buffer, spans);
        return Write();
    }

    /// <summary>Appends that traces are done with.</summary>
    /// <exception cref="IOException">That could not be written.</exception>
    public void AppendDecisions(IReadOnlyList<HeldTrace> traces)
    {
        foreach (var trace in traces)
        {
            _buffer.ResetWrittenCount();
            Begin();
            JournalRecords.WriteDecision(_buffer, trace.Facts.Id, trace.Decision is { IsKept: true });
            Write();
        }
    }

    /// <summary>One more trace has spans in a file.</summary>
    public void Hold(int segment) => _segments[segment].Traces++;

    /// <summary>A trace with spans in these files is done with; files of which nothing is held any more go.</summary>
    public void Release(IReadOnlyList<int> segments)
    {
        foreach (var segment in segments)
        {
            _segments[segment].Traces--;
        }

        Trim();
    }

    /// <summary>Deletes the oldest files as long as nothing of them is held.</summary>
    public void Trim()
    {
        while (_segments.Count > 0)
        {
            var (number, first) = _segments.First();
            if (first.Traces > 0)
            {
                return;
            }

            _active = first == _active ? null : _active;
            first.Handle.Dispose();
            File.Delete(first.Path);
            _segments.Remove(number);
        }
    }

    /// <summary>Whether an earlier process left anything in a folder.</summary>
    public static bool IsLeftIn(string folder) => Directory.Exists(folder) && FilesOf(folder).Any();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var segment in _segments.Values)
        {
            segment.Handle.Dispose();
        }

        _segments.Clear();
    }

    /// <summary>Where the records begin: at the end where the header is not whole, as nothing behind it was acknowledged.</summary>
    private static int HeaderOf(string path, byte[] bytes)
    {
        if (bytes.Length < FileHeaderBytes)
        {
            return bytes.Length;
        }

        var version = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4));
        return bytes.AsSpan().StartsWith("TKHJ"u8) && version == Version
            ? FileHeaderBytes
            : throw new BadInputException($"{path} is no journal of held spans of version {Version}; start the toka that wrote it once with tail sampling off, or move the file away, which loses the spans in it");
    }

    private static IEnumerable<(int Number, string Path)> FilesOf(string folder) => Directory.EnumerateFiles(folder, "held-*.journal")
        .Select(static path => (Number: int.TryParse(Path.GetFileNameWithoutExtension(path).AsSpan("held-".Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0, path))
        .Where(static file => file.Number > 0)
        .OrderBy(static file => file.Number);

    private static bool TryRead(byte[] bytes, ref int at, out ReadOnlySpan<byte> record)
    {
        record = default;
        if (bytes.Length - at < HeaderBytes)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at));
        if (length < 1 || length > bytes.Length - at - HeaderBytes
            || Crc32C.Of(bytes.AsSpan(at + HeaderBytes, length)) != BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + sizeof(int))))
        {
            return false;
        }

        record = bytes.AsSpan(at + HeaderBytes, length);
        at += HeaderBytes + length;
        return true;
    }

    private void Begin()
    {
        _buffer.GetSpan(HeaderBytes)[..HeaderBytes].Clear();
        _buffer.Advance(HeaderBytes);
    }

    /// <summary>Writes the record at hand, never to a file of an earlier process. What a failed write has left is written over by the next one.</summary>
    private int Write()
    {
        if (_active is not { } segment || segment.Length >= SegmentBytesMax)
        {
            segment = _active = Create(_last + 1);
            _segments[++_last] = segment;
        }

        var record = System.Runtime.InteropServices.MemoryMarshal.AsMemory(_buffer.WrittenMemory).Span;
        BinaryPrimitives.WriteInt32LittleEndian(record, record.Length - HeaderBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(record[sizeof(int)..], Crc32C.Of(record[HeaderBytes..]));
        RandomAccess.Write(segment.Handle, record, segment.Length);
        segment.Length += record.Length;
        return _last;
    }

    /// <summary>A file with its header alone. One that could not be made whole is made anew by the next write.</summary>
    private Segment Create(int number)
    {
        var path = Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"held-{number}.journal"));
        var handle = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            Span<byte> header = stackalloc byte[FileHeaderBytes];
            "TKHJ"u8.CopyTo(header);
            BinaryPrimitives.WriteUInt32LittleEndian(header[4..], Version);
            RandomAccess.Write(handle, header, 0);
            return new Segment(path, handle) { Length = FileHeaderBytes };
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private sealed class Segment(string path, SafeFileHandle handle)
    {
        public string Path { get; } = path;

        public SafeFileHandle Handle { get; } = handle;

        public long Length { get; set; }

        /// <summary>Traces with spans in it that are held.</summary>
        public int Traces { get; set; }
    }
}
