using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Disk;

namespace Toka.TimeSeries.Compaction;

/// <summary>A merge that was given up because its output grew over what it may take.</summary>
internal sealed class OverBudgetException(string message) : IOException(message);

/// <summary>
/// Writes blocks anew: several into one, cut at aligned spans, without what is to be removed. Walks the series of all inputs
/// in the order of labels, one at a time. Not thread-safe.
/// </summary>
/// <remarks>
/// An output names its inputs as its sources and is renamed into place, so that after a crash there are either the inputs or
/// the output. Where there are several outputs only the last one names them: a crash before it leaves outputs beside the
/// inputs with the same samples, which readers and the next merge take once.
/// </remarks>
/// <param name="disk">The disk.</param>
/// <param name="directory">Where the blocks lie.</param>
/// <param name="nextSequence">Gives numbers to new blocks.</param>
/// <param name="payloads">Merges the kinds whose payload only they understand.</param>
internal sealed class BlockMerger(IStoreDisk disk, string directory, Func<long> nextSequence, IPayloadMerger payloads)
{
    /// <summary>Merges blocks.</summary>
    /// <param name="inputs">The blocks, held by the caller, ascending by sequence.</param>
    /// <param name="cutMs">The length of the aligned spans that the output is cut at; null for one output whatever its length.</param>
    /// <param name="removal">What to leave out.</param>
    /// <param name="outputBytesMax">The most bytes that the output may take.</param>
    /// <param name="cancellationToken">Ends the merge between two series; nothing of it is left.</param>
    /// <returns>The new blocks, not yet published.</returns>
    /// <exception cref="OverBudgetException">The output grew too large.</exception>
    /// <exception cref="BlockDamagedException">An input cannot be read whole.</exception>
    /// <exception cref="IOException">The output cannot be written.</exception>
    public MergeOutput Run(IReadOnlyList<Block> inputs, long? cutMs, Removal removal, long outputBytesMax, CancellationToken cancellationToken)
    {
        var sources = SourcesOf(inputs);
        var last = inputs.Max(static block => block.Info.MaxMs);
        var outputs = new List<BlockInfo>();
        var sequences = new List<long>();
        var tally = new MergeTally();
        try
        {
            long? start = inputs.Min(static block => block.Info.MinMs);
            while (start is { } from)
            {
                var end = cutMs is { } length ? Ladder.LastOf(from, length) : last;
                var span = new MergeSpan(inputs[0].Info.TierMs, from, end, removal.FromMs, removal.ToMs);
                var room = outputBytesMax - outputs.Sum(static block => block.Bytes);
                if (WriteSpan(inputs, removal, span, Number(sequences), end >= last ? sources : [], room, tally, cancellationToken) is { } output)
                {
                    outputs.Add(output);
                }

                start = end >= last ? null : NextTime(inputs, end);
            }

            return new MergeOutput(outputs, tally);
        }
        catch
        {
            Discard(sequences);
            throw;
        }
    }

    /// <summary>Deletes blocks that are not to replace their sources, as far as that can be done.</summary>
    public void Discard(IEnumerable<long> sequences)
    {
        foreach (var sequence in sequences)
        {
            try
            {
                var path = BlockFormat.PathOf(directory, sequence);
                disk.Delete(path);
                disk.Delete(path + ".tmp");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It holds nothing that its sources do not hold; at the next start it stands in their place.
            }
        }
    }

    /// <summary>
    /// The inputs, and of what they were made of themselves the oldest, which is long gone: by it the age of the samples can be
    /// told from merge to merge; see <see cref="Tiers.TierDays"/>.
    /// </summary>
    private static long[] SourcesOf(IReadOnlyList<Block> inputs) =>
        [.. inputs.SelectMany(static block => block.Info.Sources).Order().Take(1).Concat(inputs.Select(static block => block.Info.Sequence)).Distinct()];

    private BlockInfo? WriteSpan(
        IReadOnlyList<Block> inputs, Removal removal, in MergeSpan span, long sequence, IReadOnlyList<long> sources, long room, MergeTally total, CancellationToken cancellationToken)
    {
        var tally = new MergeTally();
        using var writer = new BlockWriter(disk, directory, sequence, span.TierMs, sources);
        using var series = new SeriesMerger(payloads);
        var queue = new PriorityQueue<MergeCursor, MergeCursor>();
        for (var i = 0; i < inputs.Count; i++)
        {
            Enqueue(queue, new MergeCursor(inputs[i], removal.Ordinals[i]));
        }

        var same = new List<MergeCursor>();
        while (queue.TryDequeue(out var first, out _))
        {
            cancellationToken.ThrowIfCancellationRequested();
            same.Clear();
            same.Add(first);
            while (queue.TryPeek(out var next, out _) && next.Labels.SequenceEqual(first.Labels))
            {
                same.Add(queue.Dequeue());
            }

            series.Merge(same, span, writer, tally);
            if (writer.BytesWritten > room)
            {
                throw new OverBudgetException($"The output of a merge of {inputs.Count} blocks grew over the {room} bytes that are free for it; it was given up.");
            }

            foreach (var cursor in same)
            {
                Enqueue(queue, cursor);
            }
        }

        // Of two statements about one family the later one's stands.
        foreach (var metadata in inputs.SelectMany(static block => block.Metadata()))
        {
            writer.AddMetadata(metadata);
        }

        Check(tally);
        var output = writer.Finish();
        total.Add(tally);
        return output;
    }

    private static void Enqueue(PriorityQueue<MergeCursor, MergeCursor> queue, MergeCursor cursor)
    {
        if (cursor.MoveNext())
        {
            queue.Enqueue(cursor, cursor);
        }
    }

    private static void Check(MergeTally tally)
    {
        // The inputs are deleted next: better to stop here than to lose samples without a word.
        if (!tally.IsBalanced)
        {
            throw new InvalidOperationException(
                $"BUG: a merge read {tally.Read} samples and accounts for {tally.Written} written, {tally.Duplicates} duplicate, {tally.Conflicts} conflicting, {tally.Removed} removed.");
        }
    }

    /// <summary>The first time after another at which there may be samples.</summary>
    private static long? NextTime(IReadOnlyList<Block> inputs, long afterMs)
    {
        long? next = null;
        foreach (var block in inputs)
        {
            for (var ordinal = 0; ordinal < block.Info.Series; ordinal++)
            {
                foreach (var chunk in block.ChunksOf(ordinal))
                {
                    if (chunk.MaxMs > afterMs)
                    {
                        next = Math.Min(next ?? long.MaxValue, Math.Max(chunk.MinMs, afterMs + 1));
                    }
                }
            }
        }

        return next;
    }

    private long Number(List<long> sequences)
    {
        sequences.Add(nextSequence());
        return sequences[^1];
    }
}
