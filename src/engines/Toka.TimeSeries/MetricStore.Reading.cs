using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Catalog;
using Toka.TimeSeries.Head;
using Toka.TimeSeries.Index;
using Toka.TimeSeries.Reading;
using Toka.TimeSeries.Tiers;

namespace Toka.TimeSeries;

/// <content>Reading: series of the head, and of the blocks where the time asked for is in some.</content>
public sealed partial class MetricStore
{
    /// <inheritdoc/>
    public ValueTask<SeriesSet> SelectAsync(SelectRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        cancellationToken.ThrowIfCancellationRequested();
        var warnings = Warnings();
        HeadSelection head;
        UnsealedDays unsealed;
        var most = request.IsCutAtLimit && request.Limit > 0 ? request.Limit : int.MaxValue;
        var selection = most > SelectionCache.SeriesMax
            ? _selections.Get(request.Matchers, request.IsCutAtLimit ? null : found => CheckLimit(request, found, cancellationToken), cancellationToken)
            : _selections.Some(request.Matchers, most, id => _head.MayHave(id, request.FromMs, request.ToMs), cancellationToken);
        LetReaders();
        lock (_lock)
        {
            head = SelectHead(request, selection, most);
            unsealed = _head.Unsealed;
        }

        if (_catalog is null || !_catalog.MayHave(request.FromMs, request.ToMs))
        {
            CheckLimit(request, head.Count);
            return new ValueTask<SeriesSet>(new StoredSeries(this, head, null, null, request.FromMs, request.ToMs, warnings));
        }

        // The blocks after the head: what has gone from there is in them.
        var snapshot = _catalog.Acquire();
        var faults = new List<BlockFault>();
        try
        {
            CheckLimit(request, head.Count);
            var choice = TierChooser.MayChoose(request, snapshot.TierDays) ? TierChooser.Choose(request, snapshot.TierDays, unsealed) : null;
            var parts = Parts(request, choice, snapshot, faults.Add, cancellationToken);
            var summarised = parts.Exists(static part => part.Block.Info.TierMs > 0);
            var merged = Merge(request, head, parts, most, faults, cancellationToken);
            var series = new StoredSeries(this, head, merged, snapshot, request.FromMs, request.ToMs, warnings) { Choice = summarised ? choice : null };
            faults.ForEach(series.Note);
            return new ValueTask<SeriesSet>(series);
        }
        catch
        {
            snapshot.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <remarks>At most <see cref="SelectRequest.Limit"/> names, the first ones; who must know whether there are more asks for one more.</remarks>
    public ValueTask<IReadOnlyList<string>> LabelNamesAsync(SelectRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new(Lists(
            request,
            (inside, matched, into) => IndexLists.Names(_index, inside, matched, into),
            static (block, ordinals, into) => block.LabelNames(into, ordinals),
            cancellationToken));
    }

    /// <inheritdoc/>
    /// <remarks>At most <see cref="SelectRequest.Limit"/> values, the first ones; who must know whether there are more asks for one more.</remarks>
    public ValueTask<IReadOnlyList<string>> LabelValuesAsync(string name, SelectRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(request);
        return new(Lists(
            request,
            (inside, matched, into) => IndexLists.Values(_index, inside, name, matched, into),
            (block, ordinals, into) => block.LabelValues(name, into, ordinals),
            cancellationToken));
    }

    /// <inheritdoc/>
    public IReadOnlyList<MetricMetadata> Metadata(string? family, int limit) => _metadata.List(family, limit);

    internal bool TryCapture(int id, int incarnation, long from, long to, SeriesCapture into, out int generation)
    {
        LetReaders();
        lock (_lock)
        {
            generation = _head.Generation;
            if (_index.IncarnationOf(id) != incarnation)
            {
                return false;
            }

            _head.Capture(id, from, to, into);
            return true;
        }
    }

    /// <summary>Reads a series from the blocks there are now: for a set made before a seal that has moved its samples.</summary>
    internal void ReadBlocksAnew(LabelSet labels, long from, long to, FloatColumn into, int start, Action<BlockFault> faults)
    {
        if (_catalog is null)
        {
            return;
        }

        using var snapshot = _catalog.Acquire();
        foreach (var block in snapshot.In(from, to))
        {
            var ordinal = block.Info.TierMs == 0 ? BlockReading.Ask(block, b => b.Find(labels.Encoded), -1, faults) : -1;
            if (ordinal >= 0)
            {
                BlockReading.Append(block, ordinal, from, to, into, start, faults);
            }
        }
    }

    internal void NoteDamage(BlockFault fault)
    {
        _counters.DamagedChunks.Add();
        _catalog?.Note(fault);
    }

    /// <summary>Before the head's lock is taken: while the log is read, readers are let in between its records.</summary>
    private void LetReaders()
    {
        if (!_isRecovered)
        {
            _committer.LetReaders();
        }
    }

    private static void CheckLimit(SelectRequest request, int count)
    {
        if (request.Limit > 0 && count > request.Limit && !request.IsCutAtLimit)
        {
            throw new LimitExceededException(
                "series", $"The selection {{{string.Join(",", request.Matchers)}}} finds at least {count} series; the limit is {request.Limit}. Add matchers, or raise the limit of series.") { Needed = count };
        }
    }

    /// <summary>Refuses too many series of the head before anything is made of their labels: counting a million takes some milliseconds.</summary>
    private void CheckLimit(SelectRequest request, Selection found, CancellationToken cancellationToken)
    {
        if (request.Limit == 0 || found.Ids.Length <= request.Limit)
        {
            return;
        }

        var count = 0;
        for (var from = 0; from < found.Ids.Length; from += SelectionCache.SliceSeries)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _turn.Look(() =>
            {
                for (var i = from; i < Math.Min(from + SelectionCache.SliceSeries, found.Ids.Length); i++)
                {
                    count += _index.IncarnationOf(found.Ids[i]) == found.Incarnations[i] && _head.MayHave(found.Ids[i], request.FromMs, request.ToMs) ? 1 : 0;
                }
            });
        }

        CheckLimit(request, count);
    }

    private HeadSelection SelectHead(SelectRequest request, Selection selection, int most)
    {
        var found = Chosen(request, selection);
        if (found.Count > most)
        {
            found.RemoveRange(most, found.Count - most);
        }

        return new HeadSelection(selection, found.Count == selection.Ids.Length ? null : [.. found], _head.Generation);
    }

    /// <summary>The places of a selection's series that are still there and may have samples of the time asked for. The head's lock is held.</summary>
    private List<int> Chosen(SelectRequest request, Selection selection)
    {
        var found = new List<int>(selection.Ids.Length);
        for (var i = 0; i < selection.Ids.Length; i++)
        {
            if (_index.IncarnationOf(selection.Ids[i]) == selection.Incarnations[i] && _head.MayHave(selection.Ids[i], request.FromMs, request.ToMs))
            {
                found.Add(i);
            }
        }

        return found;
    }

    /// <summary>The blocks that have series of the selection: those of summaries where these answer, then those of raw samples.</summary>
    private static List<BlockPart> Parts(SelectRequest request, TierChoice? choice, BlockSnapshot snapshot, Action<BlockFault> faults, CancellationToken cancellationToken)
    {
        var parts = new List<BlockPart>();
        if (choice is not null)
        {
            foreach (var block in snapshot.Blocks)
            {
                var (from, to) = choice.SpanIn(block.Info);
                Take(block, from, to);
            }
        }

        foreach (var block in snapshot.In(request.FromMs, request.ToMs))
        {
            // Beside summaries too: what is not summed up, such as histograms, is there alone.
            if (block.Info.TierMs == 0)
            {
                Take(block, request.FromMs, request.ToMs);
            }
        }

        return parts;

        void Take(Block block, long from, long to)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var ordinals = from > to ? [] : BlockReading.Ask(block, asked => asked.Select(request.Matchers, from, to, cancellationToken), [], faults);
            if (ordinals.Length > 0)
            {
                CheckLimit(request, ordinals.Length);
                parts.Add(new BlockPart(block, ordinals));
            }
        }
    }

    private MergedSelection Merge(
        SelectRequest request, in HeadSelection head, List<BlockPart> parts, int most, List<BlockFault> faults, CancellationToken cancellationToken)
    {
        // What is kept is whole: a list that is cut must not get more than it asked for.
        if (most == int.MaxValue && _merged.Find(request.Matchers, head, parts) is { } known)
        {
            CheckLimit(request, known.Count);
            return known;
        }

        var merged = new MergedSelection(Enumerable.Range(0, head.Count).Select(head.LabelsOf));
        var faultsBefore = faults.Count;
        foreach (var (block, ordinals) in parts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (merged.Count < most)
            {
                BlockReading.Ask(block, asked => merged.Add(asked, First(ordinals, most)), 0, faults.Add);
                CheckLimit(request, merged.Count);
            }
        }

        if (most == int.MaxValue && faults.Count == faultsBefore)
        {
            _merged.Keep(request.Matchers, head, parts, merged);
        }

        merged.Truncate(most);
        return merged;
    }

    private static ReadOnlySpan<int> First(int[] ordinals, int most) => ordinals.AsSpan(0, Math.Min(ordinals.Length, most));

    private IReadOnlyList<string> Lists(SelectRequest request, ListOfHead ofHead, Action<Block, int[]?, FirstTexts> ofBlock, CancellationToken cancellationToken)
    {
        var all = _turn.Run(inside =>
        {
            var first = new FirstTexts(request.Limit);
            if (!_head.MayHaveAny(request.FromMs, request.ToMs))
            {
                return first;
            }

            // What every series meets, such as __name__!="", leaves the lists that the index has ready.
            var selector = new Selector(_index, inside, cancellationToken);
            var matchers = request.Matchers.Where(matcher => !selector.LeavesAll(matcher)).ToList();
            var matched = matchers.Count == 0 ? null : Array.FindAll(selector.Resolve(matchers), id => _head.MayHave(id, request.FromMs, request.ToMs));
            ofHead(inside, matched, first);
            return first;
        });
        if (_catalog is null || !_catalog.MayHave(request.FromMs, request.ToMs))
        {
            return all.ToList();
        }

        using var snapshot = _catalog.Acquire();
        var choice = TierChooser.MayChoose(request, snapshot.TierDays) ? TierChooser.Choose(request, snapshot.TierDays, UnsealedDays.None) : null;
        foreach (var block in snapshot.In(request.FromMs, request.ToMs))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (block.Info.TierMs == 0 || choice?.SpanIn(block.Info) is { } span && span.FromMs <= span.ToMs)
            {
                Ask(block, request, ofBlock, all, cancellationToken);
            }
        }

        return all.ToList();
    }

    private void Ask(Block block, SelectRequest request, Action<Block, int[]?, FirstTexts> ofBlock, FirstTexts all, CancellationToken cancellationToken) =>
        BlockReading.Ask(
            block,
            asked =>
            {
                var ordinals = request.Matchers.Count == 0 ? null : asked.Select(request.Matchers, request.FromMs, request.ToMs, cancellationToken);
                ofBlock(asked, ordinals?.Length == asked.Info.Series ? null : ordinals, all);
                return 0;
            },
            0,
            NoteDamage);

    private delegate void ListOfHead(IndexTurn.Inside inside, int[]? ids, FirstTexts into);

    private List<string> Warnings()
    {
        List<string> warnings = [];
        if (!_isRecovered)
        {
            warnings.Add(Recovered.IsFaulted
                ? $"the store's log could not be read ({Recovered.Exception!.GetBaseException().Message}): samples of the last hours may be missing."
                : $"the store is still reading its log ({_committer.RecoveredPercent} % so far): samples of the last hours may be missing.");
        }

        if (SetAsideBlocks is [var first, ..] aside)
        {
            warnings.Add($"a damaged block cannot be used, and what it held is missing, whichever time that was: {first}{(aside.Count > 1 ? $" and {aside.Count - 1} more" : "")}. To do without it, stop toka and run `toka doctor --repair`.");
        }

        return warnings;
    }
}
