using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Catalog;
using Toka.TimeSeries.Tiers;

namespace Toka.TimeSeries.Compaction;

internal sealed partial class StoreMaintenance
{
    /// <summary>
    /// The first of: a merge of raw blocks, a day's summaries (quicker where its raw blocks are merged), a merge of summaries
    /// (where every day is current, see <see cref="TierPlanner.IsCurrent"/>), a rewrite.
    /// </summary>
    private void RunJob(long nowMs, long sealedUntilMs, long room, List<TierJob> tierJobs, CancellationToken cancellationToken)
    {
        var infos = _catalog.Infos;
        var days = TierDays.Of(infos);
        var merge = CompactionPlanner.Next(new PlanInput(infos, sealedUntilMs, room)
        {
            Fresh = _ages.Fresh(),
            LeftAlone = _backoff.Damaged,
            IsPostponed = job => _backoff.IsPostponed(job.Key) || (job.TierMs != Ladder.Raw && !TierPlanner.IsCurrent(infos, days, job.TierMs, job.MinMs, job.MaxMs)),
            KeepMs = _policy.KeepMs,
        });
        if (merge?.TierMs == Ladder.Raw)
        {
            Run(merge, cancellationToken);
        }
        else if (tierJobs.Count > 0)
        {
            Run(tierJobs[0], cancellationToken);
        }
        else if (merge is not null)
        {
            Run(merge, cancellationToken);
        }
        else
        {
            RewritePast(nowMs, room, tierJobs, cancellationToken);
        }
    }

    private void Run(MergeJob job, CancellationToken cancellationToken) => RunReserved(job.Key, "merging blocks " + job.Key, job.Inputs, job.Bytes, snapshot =>
    {
        var merged = _merger.Run(Held(snapshot, job.Inputs), job.CutMs, Removal.None(job.Inputs.Count), job.Bytes, cancellationToken);
        Publish(merged, job.Inputs);
        _report.Merged += job.Inputs.Count;
        _counters.Merged.Add(job.Inputs.Count);
        return true;
    });

    private void Run(TierJob job, CancellationToken cancellationToken) => RunReserved(job.Key, "summarising blocks " + string.Join(',', job.Raw.Select(static block => block.Sequence)), [.. job.Raw, .. job.Before], job.Bytes, snapshot =>
    {
        var faults = new List<BlockFault>();
        var (outputs, kept) = _hooks.Tiers!.Build(Held(snapshot, job.Raw), Held(snapshot, job.Before), job.DayStartMs, job.ResolutionsMs, job.Bytes, faults, cancellationToken);
        Publish(outputs, []);
        _report.Summarised++;
        _counters.SummarisedDays.Add();
        if (faults.Count > 0 && _told.Add($"damage of {job.Key}"))
        {
            _counters.Errors.Add();
            faults.ForEach(_catalog.Note);
            _hooks.Log($"The summaries of the day from {SeriesMerger.DescribeTime(job.DayStartMs)} lack {faults.Count} chunks that are damaged, where none were made of them before; the first: {faults[0]}. `toka doctor` lists all damage.");
        }

        if (kept > 0 && _told.Add(job.Key))
        {
            _hooks.Log($"{kept} series keep the summaries that they had of the day from {SeriesMerger.DescribeTime(job.DayStartMs)}, without late samples: raw samples of them are missing that were summed up.");
        }

        // Not to be done again soon, even where there is nothing in these blocks that could be summarised.
        return false;
    });

    /// <summary>Before blocks of summaries are written anew together: what came late would pass for summed up, see <see cref="TierPlanner.IsCurrent"/>.</summary>
    private void SumUpLateSamples(CancellationToken cancellationToken)
    {
        foreach (var job in _hooks.Tiers is null ? [] : DueTiers(_hooks.Time.GetUtcNow().ToUnixTimeMilliseconds(), new HashSet<long>()).ToList())
        {
            Run(job, cancellationToken);
        }
    }

    /// <summary>After a part of a bucket was deleted: its summary went as a whole.</summary>
    private void SumUpAgain(IEnumerable<long> days, CancellationToken cancellationToken)
    {
        foreach (var day in _hooks.Tiers is null ? [] : days.Distinct())
        {
            if (TierPlanner.Again(_catalog.Infos, day) is { } job)
            {
                Run(job, cancellationToken);
            }
        }
    }

    private void RewritePast(long nowMs, long room, List<TierJob> tierJobs, CancellationToken cancellationToken)
    {
        var awaited = tierJobs.SelectMany(static job => job.Raw).Select(static block => block.Sequence).ToHashSet();
        using var snapshot = _catalog.Acquire();
        var infos = _catalog.Infos;
        var days = TierDays.Of(infos);
        foreach (var block in snapshot.Blocks)
        {
            var sequence = block.Info.Sequence;
            var key = $"rewrite:{sequence}";
            if (_backoff.Damaged.Contains(sequence) || awaited.Contains(sequence) || block.Info.Bytes > room || _backoff.IsPostponed(key)
                || IsOverlapped(snapshot, block)
                || (block.Info.TierMs != Ladder.Raw && !TierPlanner.IsCurrent(infos, days, block.Info.TierMs, block.Info.MinMs, block.Info.MaxMs))
                || Judge(block, nowMs, out var expired) != Verdict.Rewrite)
            {
                continue;
            }

            RunReserved(key, $"rewriting block {sequence}", [block.Info], 0, _ =>
            {
                var ordinals = _classes.OrdinalsOf(block, expired!);
                Rewrite([block], new Removal(long.MinValue, long.MaxValue, [ordinals]), "retention", mayUseHeadroom: false, cancellationToken);
                _report.Rewritten++;
                return true;
            });
            return;
        }
    }

    /// <summary>Whether another block has the same time: they are merged first, because what is written anew comes last.</summary>
    private static bool IsOverlapped(BlockSnapshot snapshot, Block block) => Array.Exists(
        snapshot.Blocks, other => other != block && other.Info.TierMs == block.Info.TierMs && other.Info.MinMs <= block.Info.MaxMs && other.Info.MaxMs >= block.Info.MinMs);

    /// <summary>Writes blocks anew without some of their samples.</summary>
    /// <param name="blocks">One block, or all that overlap each other, ascending by sequence.</param>
    /// <param name="removal">What to leave out.</param>
    /// <param name="reason">Why, as it is counted.</param>
    /// <param name="mayUseHeadroom">See <see cref="StoreRoom.TryReserve"/>.</param>
    /// <param name="cancellationToken">Ends it between two series.</param>
    /// <returns>How many samples are gone.</returns>
    private long Rewrite(List<Block> blocks, Removal removal, string reason, bool mayUseHeadroom, CancellationToken cancellationToken)
    {
        var infos = blocks.ConvertAll(static block => block.Info);
        var bytes = infos.Sum(static info => info.Bytes);
        var names = string.Join(", ", infos.Select(Describe));
        if (!_room.TryReserve(infos, bytes, mayUseHeadroom))
        {
            throw new OverBudgetException($"Writing anew block {names} needs up to {bytes} bytes, which are not free on the disk or under the size cap; free space or raise the cap.");
        }

        try
        {
            var output = _merger.Run(blocks, blocks.Count == 1 ? null : Ladder.LengthsOf(infos[0].TierMs)[^1], removal, bytes, cancellationToken);
            Publish(output, infos);
            _counters.Deleted(reason, output.Tally.Removed);
            _hooks.Log($"Wrote anew block {names} without {output.Tally.Removed} samples: {MaintenanceCounters.WordsFor(reason)}.");
            return output.Tally.Removed;
        }
        finally
        {
            _room.Release(infos, bytes);
        }
    }

    private void RunReserved(string key, string what, IReadOnlyList<BlockInfo> inputs, long bytes, Func<BlockSnapshot, bool> run)
    {
        var sequences = inputs.Select(static block => block.Sequence).ToArray();
        if (!_room.TryReserve(inputs, bytes))
        {
            _backoff.Failed(key, sequences);
            return;
        }

        try
        {
            using var snapshot = _catalog.Acquire();
            if (run(snapshot))
            {
                _backoff.Succeeded(key);
            }
            else
            {
                _backoff.Failed(key, sequences);
            }
        }
        catch (OperationCanceledException)
        {
            // The store stops, or writers wait for memory: others come first, so that one that is always too long holds up nothing.
            _backoff.Failed(key, sequences);
        }
        catch (BlockDamagedException e)
        {
            _backoff.Failed(key, sequences);
            Damaged(inputs.FirstOrDefault(block => block.Path == e.Fault.Path)?.Sequence ?? sequences[0], e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            _backoff.Failed(key, sequences);
            Failed(what, e);
        }
        finally
        {
            _room.Release(inputs, bytes);
        }
    }

    private void Publish(MergeOutput merged, IReadOnlyList<BlockInfo> inputs)
    {
        _ages.Merged(inputs.Select(static block => block.Sequence), merged.Blocks.Select(static block => block.Sequence));
        Publish(merged.Blocks, [.. inputs.Select(static block => block.Sequence)]);
        if (merged.Tally.Conflicts > 0)
        {
            _counters.Conflicts.Add(merged.Tally.Conflicts);
            _hooks.Log($"{merged.Tally.Conflicts} samples had another value at the same time in a block written before; the value written first stays. The first one: {merged.Tally.FirstConflict}.");
        }
    }

    private void Publish(IReadOnlyList<BlockInfo> added, IReadOnlyList<long> removed)
    {
        try
        {
            _catalog.Publish(added, removed);
        }
        catch (Exception e) when (e is BlockDamagedException or IOException or UnauthorizedAccessException)
        {
            // The inputs stay in use, so the outputs must not replace them at the next start.
            _merger.Discard(added.Select(static block => block.Sequence));
            if (e is BlockDamagedException)
            {
                throw new IOException($"a block that was just written cannot be read: {e.Message}", e);
            }

            throw;
        }
    }

    private static List<Block> Held(BlockSnapshot snapshot, IReadOnlyList<BlockInfo> infos) =>
        [.. infos.Select(info => Array.Find(snapshot.Blocks, block => block.Info.Sequence == info.Sequence)
            ?? throw new InvalidOperationException($"BUG: block {info.Sequence} went while a job was to read it."))];
}
