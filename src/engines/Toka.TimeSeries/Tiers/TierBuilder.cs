using Toka.Core.Series;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Compaction;
using Toka.TimeSeries.Disk;

namespace Toka.TimeSeries.Tiers;

/// <summary>
/// Writes the blocks of summaries of one day from its raw blocks: all resolutions in one walk over the series in the order of
/// labels. Memory holds one series' day and the index of each output. Not thread-safe.
/// </summary>
/// <param name="disk">The disk.</param>
/// <param name="directory">Where the blocks lie.</param>
/// <param name="nextSequence">Gives numbers to new blocks; see <see cref="TierDays"/> for what a number promises.</param>
internal sealed class TierBuilder(IStoreDisk disk, string directory, Func<long> nextSequence)
{
    /// <summary>Writes the blocks.</summary>
    /// <param name="raw">All raw blocks with samples of the day, held by the caller, ascending by sequence: of two values at one time the first written stands.</param>
    /// <param name="dayStartMs">The day's first moment, ms since the Unix epoch.</param>
    /// <param name="resolutionsMs">The resolutions to write, ascending; each divides the next.</param>
    /// <param name="before">All blocks with summaries of the day, held by the caller, ascending by sequence.</param>
    /// <param name="bytesMax">The most bytes that all outputs may take.</param>
    /// <param name="faults">Takes what could not be read of the raw blocks: the rest is summed up without it.</param>
    /// <param name="cancellationToken">Ends the work between two series; nothing of it is left.</param>
    /// <returns>The new blocks, not yet published; none where the day has no float samples; and how many series keep the summaries that they had, because raw samples of them are missing.</returns>
    /// <exception cref="OverBudgetException">The outputs grew too large; nothing of them is left.</exception>
    /// <exception cref="BlockDamagedException">The index of a raw block cannot be read.</exception>
    /// <exception cref="IOException">The output cannot be written; nothing of it is left.</exception>
    public (IReadOnlyList<BlockInfo> Blocks, int SeriesKept) Build(
        IReadOnlyList<Block> raw, IReadOnlyList<Block> before, long dayStartMs, IReadOnlyList<long> resolutionsMs, long bytesMax, ICollection<BlockFault> faults, CancellationToken cancellationToken)
    {
        var outputs = new Output[resolutionsMs.Count];
        var written = new List<BlockInfo>();
        try
        {
            for (var i = 0; i < outputs.Length; i++)
            {
                var resolution = resolutionsMs[i];
                outputs[i] = new Output(new BlockWriter(disk, directory, nextSequence(), resolution, []), new KnownSummaries([.. before.Where(block => block.Info.TierMs == resolution)], dayStartMs, resolution));
            }

            var kept = Walk(raw, dayStartMs, outputs, bytesMax, faults, cancellationToken);
            var metadata = raw.SelectMany(static block => block.Metadata()).ToList();
            foreach (var output in outputs)
            {
                // Summaries outlive the samples: they must know by themselves what they are summaries of.
                metadata.ForEach(output.Writer.AddMetadata);
                if (output.Writer.Finish() is { } block)
                {
                    written.Add(block);
                }
            }

            return (written, kept);
        }
        catch
        {
            written.ForEach(Discard);
            throw;
        }
        finally
        {
            foreach (var output in outputs)
            {
                output?.Dispose();
            }
        }
    }

    private static int Walk(
        IReadOnlyList<Block> raw, long dayStartMs, Output[] outputs, long bytesMax, ICollection<BlockFault> faults, CancellationToken cancellationToken)
    {
        using var samples = new SampleMerge();
        var queue = new PriorityQueue<SeriesCursor, SeriesCursor>();
        foreach (var block in raw)
        {
            Enqueue(queue, new SeriesCursor(block));
        }

        var same = new List<SeriesCursor>();
        var kept = 0;
        while (queue.TryDequeue(out var first, out _))
        {
            cancellationToken.ThrowIfCancellationRequested();
            same.Clear();
            same.Add(first);
            while (queue.TryPeek(out var next, out _) && next.Labels.SequenceEqual(first.Labels))
            {
                same.Add(queue.Dequeue());
            }

            samples.Clear();
            foreach (var cursor in same)
            {
                samples.Add(cursor.Block, cursor.Ordinal, dayStartMs, dayStartMs + TierLayout.DayMs - 1, faults);
            }

            kept += Write(first.Labels, samples.Column, outputs) ? 0 : 1;
            if (outputs.Sum(static output => output.Writer.BytesWritten) > bytesMax)
            {
                throw new OverBudgetException($"The summaries of a day grew over the {bytesMax} bytes that are free for them; they were given up.");
            }

            foreach (var cursor in same)
            {
                Enqueue(queue, cursor);
            }
        }

        return kept;
    }

    /// <returns>Whether the outputs have the series; false where the summaries that it had know more.</returns>
    private static bool Write(ReadOnlySpan<byte> labels, FloatColumn samples, Output[] outputs)
    {
        if (samples.Count == 0)
        {
            return true;
        }

        SummaryColumn? finer = null;
        foreach (var output in outputs)
        {
            output.Column.Clear();
            output.Summariser.Begin();
            if (finer is null)
            {
                output.Summariser.Add(samples.Timestamps, samples.Values, output.Column);
            }
            else
            {
                output.Summariser.Add(finer, output.Column);
            }

            output.Summariser.Flush(output.Column);
            finer = output.Column;
        }

        foreach (var output in outputs)
        {
            // A coarse bucket may count late samples in the place of lost ones: the finest tells, and for all.
            if (output.Known.KnowMore(labels, output.Column))
            {
                return false;
            }
        }

        foreach (var output in outputs)
        {
            output.Writer.BeginSeries(labels);
            output.Writer.AddSummaries(output.Column);
        }

        return true;
    }

    private static void Enqueue(PriorityQueue<SeriesCursor, SeriesCursor> queue, SeriesCursor cursor)
    {
        if (cursor.MoveNext())
        {
            queue.Enqueue(cursor, cursor);
        }
    }

    private void Discard(BlockInfo block)
    {
        try
        {
            disk.Delete(block.Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is whole and true: at the next start it is one resolution of the day, and the others are due.
        }
    }

    private sealed class Output(BlockWriter writer, KnownSummaries known) : IDisposable
    {
        public BlockWriter Writer { get; } = writer;

        public KnownSummaries Known { get; } = known;

        public Summariser Summariser { get; } = new(known.ResolutionMs);

        public SummaryColumn Column { get; } = new();

        public void Dispose()
        {
            Writer.Dispose();
            Known.Dispose();
            Column.Dispose();
        }
    }

    /// <summary>One block on the way through its series.</summary>
    private sealed class SeriesCursor(Block block) : IComparable<SeriesCursor>
    {
        private byte[] _labels = new byte[512];
        private int _length;

        public Block Block => block;

        public int Ordinal { get; private set; } = -1;

        public ReadOnlySpan<byte> Labels => _labels.AsSpan(0, _length);

        public bool MoveNext()
        {
            if (++Ordinal >= block.Info.Series)
            {
                return false;
            }

            _length = block.EncodedLabelsOf(Ordinal, ref _labels).Length;
            return true;
        }

        public int CompareTo(SeriesCursor? other)
        {
            var order = LabelOrder.Compare(Labels, other!.Labels);
            return order != 0 ? order : block.Info.Sequence.CompareTo(other.Block.Info.Sequence);
        }
    }
}
