using System.Globalization;
using Toka.Core.Samples;
using Toka.TimeSeries.Disk;
using Toka.TimeSeries.Head;
using Toka.TimeSeries.Wal;

namespace Toka.TimeSeries;

/// <content>Recovery: the log is read in the order of writing, and each sample goes the way it went at first.</content>
internal sealed partial class Committer : IWalSink
{
    /// <summary>Reads the log. Before the first write only.</summary>
    public StoreRecovery Recover()
    {
        var began = _time.GetTimestamp();
        var faults = new List<string>();
        long records = 0, samples = 0, truncated = 0, unreadable = 0;
        _head.Expire(CutoffMs());
        _head.NowMs = NowMs();
        var segments = _options.Directory is null ? [] : Segments(_options.Disk, _options.Directory);
        var reader = new SegmentReader(this, _options.Disk);
        for (var i = 0; i < segments.Count; i++)
        {
            var (sequence, path) = segments[i];
            var length = _options.Disk.LengthOf(path);
            var read = reader.Read(path);
            records += read.Records;
            samples += read.Samples;
            if (read.Fault is not null)
            {
                faults.Add($"{path}: {read.Fault} at byte {read.GoodBytes}; {length - read.GoodBytes} bytes behind it are not used");
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

            if (_wal is not null)
            {
                Keep(_wal, path, sequence, length, read);
            }
        }

        _counters.Truncated.Add(_wal is null ? 0 : truncated);
        _counters.Unreadable.Add(unreadable);
        _counters.MemoryLimit.Add(_head.DroppedForMemory);
        _droppedForMemory = _head.DroppedForMemory;
        return new StoreRecovery(segments.Count, records, samples, truncated, unreadable, faults, _time.GetElapsedTime(began));
    }

    /// <inheritdoc/>
    /// <remarks>No limit here: what the log defines was within it once, and series without samples go with the next maintenance.</remarks>
    int IWalSink.Series(ReadOnlySpan<byte> labels) => Math.Max(FindOrAdd(labels, Toka.Core.Labels.LabelSet.HashOf(labels), int.MaxValue), -1);

    /// <inheritdoc/>
    void IWalSink.Sample(int series, long time, ulong bits)
    {
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

    private static List<(uint Sequence, string Path)> Segments(IStoreDisk disk, string directory)
    {
        var found = new List<(uint, string)>();
        foreach (var name in disk.List(directory))
        {
            if (Path.GetExtension(name) == ".wal" && uint.TryParse(Path.GetFileNameWithoutExtension(name), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence))
            {
                found.Add((sequence, Path.Combine(directory, name)));
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
            wal.Adopt(path, sequence, long.MinValue, 0);
            return;
        }

        Settle(path);

        // A damaged segment stays for a whole retention, for whoever wants to look into it.
        wal.Adopt(path, sequence, read.Fault is null ? read.Newest : Math.Max(read.Newest, NowMs()), length);
    }
}
