using System.Globalization;
using Toka.Core.Samples;
using Toka.TimeSeries.Disk;
using Toka.TimeSeries.Head;
using Toka.TimeSeries.Wal;

namespace Toka.TimeSeries.Writing;

/// <content>Recovery: the log is read in the order of writing, and each sample goes the way it went at first.</content>
internal sealed partial class Committer : IWalSink
{
    /// <summary>
    /// How long the reading of the log stands still for readers, ms: about as long as a record takes, so that each side has
    /// half. Without it the log's reader, which takes the lock again at once, would leave them a series in many ms.
    /// </summary>
    private const int ReadersTurnMs = 2;

    private readonly List<string> _faults = [];
    private readonly System.Buffers.ArrayBufferWriter<byte> _labelScratch = new();
    private StoreKeeper? _keeper;
    private CancellationToken _stop;
    private volatile bool _hasReaders;

    /// <summary>The limit of series holds for those of a moment, not for all that the log has seen.</summary>
    private bool _isRecovering;
    private long _unsealableBytes;
    private uint _segment;

    /// <summary>What is older in the segment that is read is in blocks.</summary>
    private long _sealedBeforeMs;
    private uint _readSegment;
    private long _logBytes;
    private long _readBytes;
    private long _sealedSamples;
    private SegmentReader? _reader;

    /// <summary>How much of the log has been read, in percent.</summary>
    public int RecoveredPercent
    {
        get
        {
            var total = Volatile.Read(ref _logBytes);
            var read = Volatile.Read(ref _readBytes) + (Volatile.Read(ref _reader)?.Position ?? 0);
            return total == 0 ? 0 : (int)Math.Min(99, read * 100 / total);
        }
    }

    /// <summary>Tells that a reader is about to take the head's lock, so that the reading of the log lets it. Any thread.</summary>
    public void LetReaders() => _hasReaders = true;

    /// <summary>Segments are numbered above this one, which a checkpoint names.</summary>
    public void StartAbove(uint segment) => _wal?.StartAbove(segment);

    /// <summary>Looks whether this version can read the log, and how long it is.</summary>
    /// <exception cref="Toka.Core.Errors.BadInputException">Another version wrote it.</exception>
    public void CheckLog()
    {
        var total = 0L;
        foreach (var (_, path) in Segments())
        {
            SegmentReader.CheckVersion(_options.Disk, path);
            total += _options.Disk.LengthOf(path);
        }

        Volatile.Write(ref _logBytes, total);
    }

    /// <summary>Reads the log. Before the first write only.</summary>
    /// <param name="keeper">Knows what is in blocks already, and seals when memory is full.</param>
    /// <param name="faults">What was wrong with other files.</param>
    /// <param name="stop">Ends it.</param>
    public StoreRecovery Recover(StoreKeeper keeper, IReadOnlyList<string> faults, CancellationToken stop)
    {
        var began = _time.GetTimestamp();
        (_keeper, _stop) = (keeper, stop);
        _isRecovering = true;
        _faults.AddRange(faults);
        long records = 0, samples = 0, truncated = 0, unreadable = 0;
        lock (_headLock)
        {
            _head.Expire(CutoffMs());
            _head.NowMs = _clock.NowMs;
        }

        var segments = Segments();
        var reader = new SegmentReader(this, _options.Disk, _headLock, stop);
        Volatile.Write(ref _reader, reader);
        for (var i = 0; i < segments.Count; i++)
        {
            var (sequence, path) = segments[i];
            (_readSegment, _segment, _sealedBeforeMs) = (_segment, sequence, keeper.SealedBefore(sequence));
            var length = _options.Disk.LengthOf(path);
            var read = reader.Read(path);
            records += read.Records;
            samples += read.Samples;
            if (read.Fault is not null)
            {
                _faults.Add($"{path}: {read.Fault} at byte {read.GoodBytes}; {length - read.GoodBytes} bytes behind it are not used");
                // A crash tears the end of the last segment. A header that is all there and wrong is damage of another kind:
                // what follows it may be worth a look, so it stays.
                if (i == segments.Count - 1 && (read.GoodBytes > 0 || length <= WalFormat.HeaderBytes))
                {
                    truncated += length - read.GoodBytes;
                    if (_wal is not null)
                    {
                        Cut(path, read.GoodBytes);
                        length = read.GoodBytes;
                    }
                }
                else
                {
                    unreadable += length - read.GoodBytes;
                }
            }

            Volatile.Write(ref _readBytes, _readBytes + length);
            if (_wal is not null)
            {
                Keep(_wal, path, sequence, length, read);
            }
        }

        Volatile.Write(ref _reader, null);
        _isRecovering = false;
        _counters.Truncated.Add(_wal is null ? 0 : truncated);
        _counters.Unreadable.Add(unreadable);
        _counters.MemoryLimit.Add(_head.DroppedForMemory);
        _droppedForMemory = _head.DroppedForMemory;
        return new StoreRecovery(segments.Count, records, samples, truncated, unreadable, _faults, _time.GetElapsedTime(began), _sealedSamples);
    }

    /// <inheritdoc/>
    /// <remarks>No limit here: what the log defines was within it once, and series without samples go with the next maintenance.</remarks>
    int IWalSink.Series(ReadOnlySpan<byte> labels) => Math.Max(FindOrAdd(labels, Toka.Core.Labels.LabelSet.HashOf(labels)), -1);

    /// <inheritdoc/>
    void IWalSink.Sample(int series, long time, ulong bits)
    {
        if (time < _sealedBeforeMs)
        {
            _sealedSamples++;
            return;
        }

        if (_probe is not null && _head.IsInBlocks(time) && _probe.TryFind(series, _index.IncarnationOf(series), LabelsOf(series), time, out _))
        {
            _sealedSamples++;
            return;
        }

        // Refusals repeat what the first write already counted.
        _ = _head.Append(series, time, bits);
    }

    /// <inheritdoc/>
    void IWalSink.Metadata(MetricMetadata metadata)
    {
        if (_metadata.IsNews(metadata))
        {
            _metadata.Set(metadata);
        }
    }

    /// <inheritdoc/>
    void IWalSink.RecordRead()
    {
        if (_hasReaders)
        {
            // Whoever still reads says so again meanwhile.
            _hasReaders = false;
            _ = _stop.WaitHandle.WaitOne(ReadersTurnMs);
        }

        if (_wal is not null && IsOverMemory && _head.Bytes > _unsealableBytes)
        {
            // Recovery needs no more memory than running did. Where a seal fails, the next try waits for some more to seal.
            _keeper!.SealWhileRecovering(_readSegment);
            _sealedBeforeMs = _keeper.SealedBefore(_segment);
            _unsealableBytes = _head.Bytes + (_head.Bytes / 4);
        }
    }

    private ReadOnlySpan<byte> LabelsOf(int series)
    {
        _labelScratch.ResetWrittenCount();
        _index.EncodeTo(series, _labelScratch);
        return _labelScratch.WrittenSpan;
    }

    private List<(uint Sequence, string Path)> Segments()
    {
        var found = new List<(uint, string)>();
        foreach (var name in _options.Directory is null ? [] : _options.Disk.List(_options.Directory))
        {
            if (Path.GetExtension(name) == ".wal" && uint.TryParse(Path.GetFileNameWithoutExtension(name), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence))
            {
                found.Add((sequence, Path.Combine(_options.Directory!, name)));
            }
        }

        found.Sort();
        return found;
    }

    /// <summary>Cuts a torn tail off for good, so that the next recovery does not meet it in the middle of the log.</summary>
    private void Cut(string path, long length)
    {
        using var file = _options.Disk.Open(path, toWrite: true);
        file.Truncate(length);
    }

    /// <summary>
    /// Puts on the disk what a process that died had only handed to the kernel: from here on it was answered to queries, and
    /// no later sync is of this file. Costs nothing where the file is there already.
    /// </summary>
    private void Settle(string path)
    {
        try
        {
            using var file = _options.Disk.Open(path, toWrite: true);
            file.Sync();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _counters.SyncErrors.Add();
        }
    }

    private void Keep(WalWriter wal, string path, uint sequence, long length, in SegmentRead read)
    {
        if (length <= WalFormat.HeaderBytes)
        {
            // Nothing in it; its number is not used again.
            _options.Disk.Delete(path);
            wal.Adopt(path, sequence, long.MinValue, 0, damaged: false);
            return;
        }

        Settle(path);

        // A damaged segment stays for a whole retention, for whoever wants to look into it.
        wal.Adopt(path, sequence, read.Fault is null ? read.Newest : Math.Max(read.Newest, _clock.NowMs), length, read.Fault is not null);
    }
}
