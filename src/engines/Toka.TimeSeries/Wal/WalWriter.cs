using Toka.TimeSeries.Care;
using Toka.TimeSeries.Disk;

namespace Toka.TimeSeries.Wal;

/// <summary>
/// Appends to segments. <see cref="Append"/> and the retention are the committer's; <see cref="Sync"/> may run beside them.
/// </summary>
internal sealed class WalWriter(string directory, IStoreDisk disk, long segmentBytes, TimeProvider time, TimeSpan segmentAge) : IDisposable
{
    /// <summary>Definitions may take a third of a segment; with more series than that the segment grows instead.</summary>
    private const int SamplesToDefinitions = 2;

    private readonly List<ClosedSegment> _closed = [];
    private readonly List<IStoreFile> _unsynced = [];
    private readonly Lock _syncLock = new();
    private readonly Lock _fileLock = new();
    private IStoreFile? _file;
    private string _path = "";
    private uint _sequence;
    private long _length;
    private long _definitions;
    private long _newest;
    private long _created;
    private bool _dirty;
    private bool _isTorn;
    private IStoreFile? _syncFailed;

    /// <summary>Changes when series must be defined again: with every segment, and after a write that failed.</summary>
    public int Epoch { get; private set; } = 1;

    /// <summary>Bytes of all segments.</summary>
    public long Bytes { get; private set; }

    /// <summary>The number of the oldest segment; that of the next one where there is none.</summary>
    public uint OldestSegment
    {
        get
        {
            var oldest = _file is null ? _sequence + 1 : _sequence;
            foreach (var segment in _closed)
            {
                oldest = Math.Min(oldest, segment.Sequence);
            }

            return oldest;
        }
    }

    /// <summary>Takes on a segment that recovery found.</summary>
    /// <param name="path">The file.</param>
    /// <param name="sequence">Its number.</param>
    /// <param name="newest">Its newest sample's time.</param>
    /// <param name="bytes">Its length; 0 where it is gone and only its number counts.</param>
    /// <param name="damaged">Whether something in it could not be read: then it stays for a retention, for whoever wants to look into it.</param>
    public void Adopt(string path, uint sequence, long newest, long bytes, bool damaged)
    {
        _sequence = Math.Max(_sequence, sequence);
        if (bytes > 0)
        {
            _closed.Add(new ClosedSegment(path, sequence, newest, bytes, damaged, File: null));
            Bytes += bytes;
        }
    }

    /// <summary>The number that the next segment must be above, such as one that a checkpoint names.</summary>
    public void StartAbove(uint sequence) => _sequence = Math.Max(_sequence, sequence);

    /// <summary>Each segment up to its last good record, by number.</summary>
    public IReadOnlyList<LogPart> Parts()
    {
        var parts = _closed.OrderBy(static segment => segment.Sequence).Select(static segment => new LogPart(Path.GetFileName(segment.Path), segment.Bytes)).ToList();
        if (_file is not null)
        {
            parts.Add(new LogPart(Path.GetFileName(_path), _length));
        }

        return parts;
    }

    /// <summary>Closes the segment that is written.</summary>
    /// <returns>The number of the last closed segment.</returns>
    /// <exception cref="IOException">What a write that failed left behind is still in it.</exception>
    public uint Rotate()
    {
        if (_isTorn)
        {
            Repair(_file!);
        }

        if (_isTorn)
        {
            throw new IOException($"what a write that failed left behind cannot be cut off the log {_path}");
        }

        Close();
        return _sequence;
    }

    /// <summary>Begins a new segment where the present one is full; before anything is encoded for it.</summary>
    public void RotateIfFull()
    {
        if (_isTorn)
        {
            Repair(_file!);
        }

        // Behind a sync that failed there may be a hole, behind which nothing can be read: what follows goes to another segment.
        if (_file is not null && !_isTorn && _length > WalFormat.HeaderBytes
            && (Volatile.Read(ref _syncFailed) == _file || (_length >= segmentBytes && _length >= _definitions * (1 + SamplesToDefinitions)) || time.GetElapsedTime(_created) >= segmentAge))
        {
            Close();
        }
    }

    /// <summary>Writes finished records; they are acknowledged when this returns.</summary>
    /// <param name="records">The records.</param>
    /// <param name="definitionBytes">How many of the bytes only define.</param>
    /// <param name="newest">The newest sample's time among them.</param>
    /// <exception cref="IOException">They could not be written; the log is as before.</exception>
    public void Append(ReadOnlySpan<byte> records, long definitionBytes, long newest)
    {
        var file = _file ?? Create();
        try
        {
            if (_isTorn)
            {
                throw new IOException("what a write that failed left behind cannot be cut off");
            }

            file.Write(records, _length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Epoch++;
            Repair(file);
            throw new IOException($"cannot write to the log {_path}: {e.Message}", e);
        }

        _length += records.Length;
        _definitions += definitionBytes;
        _newest = Math.Max(_newest, newest);
        Bytes += records.Length;
        Volatile.Write(ref _dirty, true);
    }

    /// <summary>What was encoded since the last append was thrown away: everything must be defined again.</summary>
    public void Forget() => Epoch++;

    /// <summary>Puts on the disk what was written so far.</summary>
    /// <returns>Whether there was anything.</returns>
    /// <exception cref="IOException">Something could not be synced; all of it was tried.</exception>
    public bool Sync()
    {
        lock (_syncLock)
        {
            // The flag before the file: a write to a segment that begins meanwhile sets it again, for the next sync.
            var dirty = Interlocked.Exchange(ref _dirty, false);
            IStoreFile? file;
            IStoreFile[] closed;
            lock (_fileLock)
            {
                closed = [.. _unsynced];
                _unsynced.Clear();
                file = _file;
            }

            IOException? failure = null;
            foreach (var old in closed)
            {
                failure = TrySync(old) ?? failure;
                old.Dispose();
            }

            if (dirty && file is not null && TrySync(file) is { } error)
            {
                failure = error;
                Volatile.Write(ref _syncFailed, file);
                Volatile.Write(ref _dirty, true);
            }

            return failure is null ? dirty || closed.Length > 0 : throw failure;
        }
    }

    /// <summary>Deletes segments without a sample after a moment. Those without any sample have metadata: a checkpoint takes it over first.</summary>
    public void DropNotAfter(long floor) => Drop(segment => segment.Newest <= floor && segment.Newest != long.MinValue);

    /// <summary>Deletes segments whose samples are all in blocks; damaged ones stay for a retention.</summary>
    /// <param name="isSealed">Whether a sample of a segment, of a time, is.</param>
    public void DropSealed(Func<uint, long, bool> isSealed) => Drop(segment => !segment.Damaged && isSealed(segment.Sequence, segment.Newest));

    /// <summary>Syncs and closes.</summary>
    public void Dispose()
    {
        Close();
        Sync();
    }

    private void Drop(Predicate<ClosedSegment> isGone)
    {
        for (var i = _closed.Count - 1; i >= 0; i--)
        {
            if (isGone(_closed[i]))
            {
                disk.Delete(_closed[i].Path);
                CloseUnsynced(_closed[i].File);
                Bytes -= _closed[i].Bytes;
                _closed.RemoveAt(i);
            }
        }
    }

    /// <summary>
    /// Closes a deleted segment that no sync has come to yet: it has nothing left to put on the disk, and takes its space there
    /// for as long as it is open. One that is being synced is closed by that.
    /// </summary>
    private void CloseUnsynced(IStoreFile? file)
    {
        lock (_fileLock)
        {
            if (file is null || !_unsynced.Remove(file))
            {
                return;
            }
        }

        file.Dispose();
    }

    private static IOException? TrySync(IStoreFile file)
    {
        try
        {
            file.Sync();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e as IOException ?? new IOException(e.Message, e);
        }
    }

    private IStoreFile Create()
    {
        // A number is tried once: where a half-made file cannot be removed, the next one is beside it.
        var sequence = ++_sequence;
        var path = Path.Combine(directory, sequence.ToString("D8", System.Globalization.CultureInfo.InvariantCulture) + ".wal");
        IStoreFile? file = null;
        try
        {
            file = disk.Create(path);
            disk.SyncDirectory(directory);
            Span<byte> header = stackalloc byte[WalFormat.HeaderBytes];
            WalFormat.WriteHeader(header, sequence);
            file.Write(header, 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Epoch++;
            file?.Dispose();
            TryDelete(path);
            throw new IOException($"cannot begin the log {path}: {e.Message}", e);
        }

        lock (_fileLock)
        {
            _file = file;
        }

        _path = path;
        _length = WalFormat.HeaderBytes;
        _definitions = 0;
        _newest = long.MinValue;
        _created = time.GetTimestamp();
        Bytes += WalFormat.HeaderBytes;
        return file;
    }

    /// <summary>Recovery removes what stays: nothing was acknowledged in it.</summary>
    private void TryDelete(string path)
    {
        try
        {
            disk.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What is told is why it could not be begun.
        }
    }

    private void Repair(IStoreFile file)
    {
        try
        {
            file.Truncate(_length);
            _isTorn = false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Whole records may be among what was written, and would win over what is acknowledged later. Where they can be
            // blotted out reading ends there, and writing goes on in the next segment; else nothing is acknowledged until
            // they are gone, which the next write tries again.
            _isTorn = !TryBlot(file);
            if (!_isTorn)
            {
                Close();
            }
        }
    }

    /// <summary>Makes what follows the last good record no record: zeros, whose checksum is not zero.</summary>
    private bool TryBlot(IStoreFile file)
    {
        try
        {
            file.Write(stackalloc byte[WalFormat.FrameHeadBytes + WalFormat.FrameTailBytes], _length);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private void Close()
    {
        if (_file is null)
        {
            return;
        }

        _closed.Add(new ClosedSegment(_path, _sequence, _newest, _length, Damaged: false, _file));
        lock (_fileLock)
        {
            _unsynced.Add(_file);
            _file = null;
        }

        Epoch++;
    }

    /// <param name="Path">The file.</param>
    /// <param name="Sequence">Its number.</param>
    /// <param name="Newest">Its newest sample's time.</param>
    /// <param name="Bytes">Its length.</param>
    /// <param name="Damaged">Whether something in it could not be read.</param>
    /// <param name="File">As it was written, perhaps closed since; null where recovery found it.</param>
    private sealed record ClosedSegment(string Path, uint Sequence, long Newest, long Bytes, bool Damaged, IStoreFile? File);
}
