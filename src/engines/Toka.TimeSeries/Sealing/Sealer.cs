using System.Buffers;
using Toka.Core.Series;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Disk;
using Toka.TimeSeries.Head;

namespace Toka.TimeSeries.Sealing;

/// <summary>
/// Writes what is frozen in the head to blocks, one for each aligned span of time that it touches. Readers and writers go on
/// beside it: the head's lock is taken for the moment that copies one series. Memory: one series, and the blocks' indexes.
/// </summary>
internal sealed class Sealer(IStoreDisk disk, StoreParts parts)
{
    /// <summary>Blocks begin and end at multiples of this since the Unix epoch: long enough for full chunks at 1 s, short enough to bound the head.</summary>
    public const long BlockSpanMs = 2 * 60 * 60 * 1000;

    /// <summary>
    /// Blocks written at one time: each has a file open and an index in memory. A backfill that touches more spans takes
    /// further passes over the series, in which blocks span a day.
    /// </summary>
    internal const int BlocksMax = 24;

    private const long CoarseSpanMs = 24 * 60 * 60 * 1000;

    /// <summary>Writes the blocks. They are finished files then, which no catalog knows yet.</summary>
    /// <param name="boundary">What is older is written.</param>
    /// <param name="stop">Ends it between two series.</param>
    /// <exception cref="IOException">A block could not be written; no block is left.</exception>
    public List<BlockInfo> Write(long boundary, CancellationToken stop)
    {
        var order = SeriesOrder.Of(parts.Index, parts.Head, parts.HeadLock, boundary);
        var finished = new List<BlockInfo>();
        try
        {
            HashSet<long>? left = null;
            do
            {
                using var pass = new Pass(this, left);
                pass.Run(order, boundary, stop);
                pass.Finish(finished);
                left = pass.Left;
            }
            while (left.Count > 0);
        }
        catch
        {
            Discard(finished);
            throw;
        }

        return finished;
    }

    /// <summary>Deletes finished blocks that nobody will know of. One that stays only repeats what the log has.</summary>
    public void Discard(List<BlockInfo> blocks)
    {
        foreach (var info in blocks)
        {
            try
            {
                disk.Delete(info.Path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The next start opens it, and finds the log's samples in it.
            }
        }
    }

    private static long SpanOf(long time, long span) => time >= 0 ? time / span : ((time + 1) / span) - 1;

    /// <summary>One walk over the series, with as many blocks as may be open.</summary>
    private sealed class Pass : IDisposable
    {
        private readonly Sealer _sealer;
        private readonly HashSet<long>? _only;
        private readonly SideSealer _side;
        private int _id;

        public Pass(Sealer sealer, HashSet<long>? only)
        {
            (_sealer, _only) = (sealer, only);
            _side = new SideSealer(static time => SpanOf(time, BlockSpanMs), WriterOf);
        }

        private readonly SortedDictionary<long, Target> _targets = [];
        private readonly FloatColumn _samples = new();
        private readonly SeriesCapture _capture = new();
        private readonly ArrayBufferWriter<byte> _labels = new();

        /// <summary>Spans that had no room.</summary>
        public HashSet<long> Left { get; } = [];

        public void Run(int[] order, long boundary, CancellationToken stop)
        {
            var parts = _sealer.Parts;
            foreach (var id in order)
            {
                stop.ThrowIfCancellationRequested();
                _samples.Clear();
                _labels.ResetWrittenCount();
                lock (parts.HeadLock)
                {
                    parts.Head.CaptureToSeal(id, parts.Head.FloorMs + 1, boundary - 1, _capture);
                    parts.Head.Side.Capture(id, parts.Head.FloorMs + 1, boundary - 1, _side.Capture);
                    parts.Index.EncodeTo(id, _labels);
                }

                _capture.Decode(boundary - 1, _samples, 0);
                Add(id);
                _id = id;
                _side.Write(_samples.Timestamps);
            }
        }

        public void Finish(List<BlockInfo> finished)
        {
            if (_targets.Count > 0)
            {
                // Whoever has only the blocks, such as a restored backup, finds the metadata in the newest ones.
                foreach (var metadata in _sealer.Parts.Metadata.List(null, 0))
                {
                    _targets.Last().Value.Writer.AddMetadata(metadata);
                }
            }

            foreach (var target in _targets.Values)
            {
                if (target.Writer.Finish() is { } info)
                {
                    finished.Add(info);
                }
            }
        }

        public void Dispose()
        {
            foreach (var target in _targets.Values)
            {
                target.Writer.Dispose();
            }

            _samples.Dispose();
            _capture.Dispose();
            _side.Dispose();
        }

        private void Add(int id)
        {
            var times = _samples.Timestamps;
            for (int from = 0, end; from < times.Length; from = end)
            {
                var span = SpanOf(times[from], BlockSpanMs);
                end = from + 1;
                if (SpanOf(times[^1], BlockSpanMs) == span)
                {
                    end = times.Length;
                }
                else
                {
                    var next = times.BinarySearch((span + 1) * BlockSpanMs);
                    end = next < 0 ? ~next : next;
                }

                WriterOf(span, id)?.AddFloats(times[from..end], _samples.Values[from..end]);
            }
        }

        private BlockWriter? WriterOf(long span) => WriterOf(span, _id);

        private BlockWriter? WriterOf(long span, int id)
        {
            if ((_only is not null && !_only.Contains(span)) || TargetOf(span) is not { } target)
            {
                return null;
            }

            if (target.Series != id)
            {
                target.Writer.BeginSeries(_labels.WrittenSpan);
                target.Series = id;
            }

            return target.Writer;
        }

        private Target? TargetOf(long span)
        {
            var key = _only is null ? span : SpanOf(span * BlockSpanMs, CoarseSpanMs);
            if (_targets.TryGetValue(key, out var target))
            {
                return target;
            }

            if (_targets.Count == BlocksMax)
            {
                Left.Add(span);
                return null;
            }

            var catalog = _sealer.Parts.Catalog!;
            target = new Target(new BlockWriter(_sealer.Disk, catalog.Directory, catalog.NextSequence(), 0, []));
            _targets.Add(key, target);
            return target;
        }

        private sealed class Target(BlockWriter writer)
        {
            public BlockWriter Writer { get; } = writer;

            public int Series { get; set; } = -1;
        }
    }

    private StoreParts Parts => parts;

    private IStoreDisk Disk => disk;
}
