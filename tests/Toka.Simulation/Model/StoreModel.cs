using System.Globalization;
using Toka.Core.Labels;
using Toka.Core.Series;

namespace Toka.Simulation.Model;

/// <summary>How a store ended, which says what its successor must have.</summary>
internal enum Ending
{
    /// <summary>Stopped in order, without a failure.</summary>
    Clean,

    /// <summary>The process died: what was acknowledged is there.</summary>
    Death,

    /// <summary>The power went off: what was acknowledged and synced is there.</summary>
    PowerCut,
}

/// <summary>
/// What the store must, may and must not answer, kept as plainly as can be: for each series and time the values that were
/// sent, and the one that was acknowledged.
/// </summary>
/// <remarks>
/// While a store runs its answers are known to the bit, except for what retention may already have dropped (not after the
/// floor). When it is opened again, what must be there depends on the ending; anything else may be there or not, but only
/// with a value that was sent for that time of that series. What was found then is what must be answered from there on.
/// </remarks>
internal sealed class StoreModel
{
    private readonly SortedDictionary<LabelSet, SeriesModel> _byLabels = [];
    private readonly List<Fact> _unsynced = [];

    /// <summary>What surfaces after it, of a write that failed or a clock that was set back, may be what it was for.</summary>
    private bool _hadFailedSync;

    public List<SeriesModel> Series { get; } = [];

    /// <summary>Retention may have dropped what is not after this.</summary>
    public long FloorMs { get; private set; } = long.MinValue;

    /// <summary>Samples that must be answered.</summary>
    public int Present { get; private set; }

    /// <summary>What the last check let pass because of damage; the answer must tell of it.</summary>
    public int Doubts { get; private set; }

    public SeriesModel Add(LabelSet labels)
    {
        var series = new SeriesModel(labels);
        Series.Add(series);
        _byLabels.Add(labels, series);
        return series;
    }

    /// <summary>A sample was acknowledged.</summary>
    public void Acknowledge(SeriesModel series, Fact fact, long time, ulong bits)
    {
        fact.Set(bits, Safety.Written);
        _unsynced.Add(fact);
        series.Newest = Math.Max(series.Newest, time);
        Present++;
    }

    /// <summary>What was written before a sync that succeeded is safe; what a failed one was for never is.</summary>
    public void Synced(bool isSuccess)
    {
        _hadFailedSync |= !isSuccess;
        foreach (var fact in _unsynced)
        {
            if (fact is { IsPresent: true, Safety: Safety.Written })
            {
                fact.Safety = isSuccess ? Safety.Synced : Safety.AtRisk;
            }
        }

        _unsynced.Clear();
    }

    /// <summary>Everything is in blocks, which are synced.</summary>
    public void Sealed()
    {
        foreach (var fact in Series.SelectMany(static series => series.Facts.Values))
        {
            fact.Safety = fact.IsPresent ? Safety.Synced : fact.Safety;
        }

        _unsynced.Clear();
    }

    /// <summary>Blocks of these times were deleted: what is not answered any more is gone.</summary>
    /// <returns>How much.</returns>
    public int Lose(SeriesSet set, IReadOnlyList<(long From, long To)> ranges)
    {
        var before = Present;
        _ = Walk(set, [], long.MinValue, long.MaxValue, (_, time, fact, found) =>
        {
            if (found is null && IsIn(time, ranges))
            {
                Forget(fact!);
            }

            return null;
        });
        return before - Present;
    }

    /// <summary>Takes for present what was in doubt and is answered after all, so that it must be answered from now on.</summary>
    public void Recall(SeriesSet set) =>
        _ = Walk(set, [], long.MinValue, long.MaxValue, (_, time, fact, found) =>
        {
            if (found is { } bits && time > FloorMs && fact is { IsPresent: false, IsDoubtful: true } && fact.WasSent(bits))
            {
                fact.Set(bits, Safety.AtRisk);
                Present++;
            }

            return null;
        });

    /// <summary>Retention ran with this limit.</summary>
    public void Expire(long floorMs)
    {
        if (floorMs <= FloorMs)
        {
            return;
        }

        FloorMs = floorMs;
        foreach (var series in Series)
        {
            for (var i = 0; i < series.Facts.Count && series.Facts.Keys[i] <= floorMs; i++)
            {
                Forget(series.Facts.Values[i]);
            }
        }
    }

    /// <summary>Checks an answer of a running store.</summary>
    /// <returns>What is wrong with it; null where nothing is.</returns>
    public string? Check(SeriesSet set, IReadOnlyList<LabelMatcher> matchers, long from, long to)
    {
        Doubts = 0;
        return Walk(set, matchers, from, to, (series, time, fact, found) => (found, fact) switch
        {
            (_, { IsPresent: true, IsDoubtful: true }) when IsDoubt(fact, found) => null,
            (null, { IsPresent: true }) when time > FloorMs => $"lost: {Name(series, time)} = {Text(fact.Bits)}, {fact.Safety}, is not answered",
            (null, _) => null,
            (_, null) => $"invented: {Name(series, time)} = {Text(found.Value)} was never sent",
            var (bits, known) when known.IsPresent && bits != known.Bits => $"wrong: {Name(series, time)} is {Text(bits.Value)} and must be {Text(known.Bits)}",
            var (bits, known) when !known.IsPresent && !known.IsDoubtful && time > FloorMs => $"risen: {Name(series, time)} = {Text(bits.Value)} was not acknowledged",
            var (bits, known) => known.WasSent(bits.Value) ? null : $"invented: {Name(series, time)} = {Text(bits.Value)}; other values were sent for that time",
        });
    }

    /// <summary>Checks the whole answer of a store that was opened again, without taking anything from it.</summary>
    public string? CheckReopened(SeriesSet set, Ending ending, bool isDamaged, long floorMs, IReadOnlyList<(long From, long To)> deleted)
    {
        Doubts = 0;
        return Walk(set, [], long.MinValue, long.MaxValue, (series, time, fact, found) => (found, fact) switch
        {
            (_, { IsPresent: true, IsDoubtful: true }) when !isDamaged && time > floorMs && !IsIn(time, deleted) && MustSurvive(fact, ending) && IsDoubt(fact, found) => null,
            (_, null) => $"invented: {Name(series, time)} = {Text(found!.Value)} was never sent",
            (null, _) => time > floorMs && !isDamaged && MustSurvive(fact, ending) && !IsIn(time, deleted) ? $"lost: {Name(series, time)} = {Text(fact.Bits)}, {fact.Safety}, is gone after {ending}" : null,
            var (bits, known) when time > floorMs && !isDamaged && MustSurvive(known, ending) && bits != known.Bits =>
                $"wrong: {Name(series, time)} is {Text(bits.Value)} after {ending} and must be {Text(known.Bits)}",
            var (bits, known) => known.WasSent(bits.Value) ? null : $"invented: {Name(series, time)} = {Text(bits.Value)} after {ending}; other values were sent for that time",
        });
    }

    /// <summary>Takes for true what a store that was opened again has, after <see cref="CheckReopened"/>.</summary>
    /// <returns>How many samples that had been acknowledged are gone.</returns>
    public int Adopt(SeriesSet set, Ending ending, bool isDamaged, bool hasDamagedBlock, long floorMs)
    {
        var gone = 0;
        FloorMs = floorMs;
        _unsynced.Clear();
        Present = 0;
        _hadFailedSync &= ending != Ending.PowerCut;
        _ = Walk(set, [], long.MinValue, long.MaxValue, (_, time, fact, found) =>
        {
            // What the store had may lie where no answer finds it now.
            fact!.IsDoubtful |= hasDamagedBlock && (found is not null || fact.WasPresent);
            if (found is null || time <= floorMs)
            {
                gone += fact.IsPresent && time > floorMs ? 1 : 0;
                fact.Clear();
                return null;
            }

            // Where there was damage, this may be another copy than the one that was synced.
            var safety = isDamaged ? Safety.AtRisk : ending == Ending.PowerCut ? Safety.Synced : fact.IsPresent && fact.Bits == found ? fact.Safety : _hadFailedSync ? Safety.AtRisk : Safety.Written;
            fact.Set(found.Value, safety);
            Present++;
            if (safety == Safety.Written)
            {
                _unsynced.Add(fact);
            }

            return null;
        });
        return gone;
    }

    /// <summary>Whether a time is in any of some ranges, both ends included.</summary>
    public static bool IsIn(long time, IReadOnlyList<(long From, long To)> ranges) => ranges.Any(range => time >= range.From && time <= range.To);

    private bool IsDoubt(Fact fact, ulong? found)
    {
        var isDoubt = found is null || (found != fact.Bits && fact.WasSent(found.Value));
        Doubts += isDoubt ? 1 : 0;
        return isDoubt;
    }

    private static bool MustSurvive(Fact fact, Ending ending) => fact.IsPresent && (ending != Ending.PowerCut || fact.Safety == Safety.Synced);

    private void Forget(Fact fact)
    {
        if (fact.IsPresent)
        {
            fact.Clear();
            Present--;
        }
    }

    /// <summary>Lays an answer beside the model; tells the visitor of each time that either has.</summary>
    private string? Walk(SeriesSet set, IReadOnlyList<LabelMatcher> matchers, long from, long to, Func<SeriesModel, long, Fact?, ulong?, string?> visit)
    {
        using var column = new FloatColumn();
        LabelSet? last = null;
        var answered = new HashSet<SeriesModel>();
        for (var i = 0; i < set.Count; i++)
        {
            var labels = set.LabelsOf(i);
            if (last is not null && last >= labels)
            {
                return $"order: {labels} follows {last}";
            }

            last = labels;
            if (!_byLabels.TryGetValue(labels, out var series))
            {
                return $"invented: series {labels} was never sent";
            }

            if (!Matches(series, matchers))
            {
                return $"selection: {labels} does not match {{{string.Join(",", matchers)}}}";
            }

            answered.Add(series);
            column.Clear();
            set.ReadFloats(i, column);
            if (Walk(series, column, from, to, visit) is { } fault)
            {
                return fault;
            }
        }

        column.Clear();
        foreach (var series in Series)
        {
            if (!answered.Contains(series) && Matches(series, matchers) && Walk(series, column, from, to, visit) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    private static string? Walk(SeriesModel series, FloatColumn column, long from, long to, Func<SeriesModel, long, Fact?, ulong?, string?> visit)
    {
        var at = series.From(from);
        for (var i = 0; i < column.Count; i++)
        {
            var time = column.Timestamps[i];
            if (time < from || time > to || (i > 0 && time <= column.Timestamps[i - 1]))
            {
                return $"order: {Name(series, time)} is out of order, twice, or outside {from} to {to}";
            }

            string? fault;
            for (; at < series.Facts.Count && series.Facts.Keys[at] < time; at++)
            {
                fault = visit(series, series.Facts.Keys[at], series.Facts.Values[at], null);
                if (fault is not null)
                {
                    return fault;
                }
            }

            var isKnown = at < series.Facts.Count && series.Facts.Keys[at] == time;
            fault = visit(series, time, isKnown ? series.Facts.Values[at] : null, BitConverter.DoubleToUInt64Bits(column.Values[i]));
            if (fault is not null)
            {
                return fault;
            }

            at += isKnown ? 1 : 0;
        }

        for (; at < series.Facts.Count && series.Facts.Keys[at] <= to; at++)
        {
            if (visit(series, series.Facts.Keys[at], series.Facts.Values[at], null) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    private static bool Matches(SeriesModel series, IReadOnlyList<LabelMatcher> matchers)
    {
        foreach (var matcher in matchers)
        {
            if (!matcher.IsMatch(series.Labels))
            {
                return false;
            }
        }

        return true;
    }

    private static string Name(SeriesModel series, long time) => string.Create(CultureInfo.InvariantCulture, $"{series.Labels} at {time}");

    private static string Text(ulong bits) => string.Create(CultureInfo.InvariantCulture, $"{BitConverter.UInt64BitsToDouble(bits)} (0x{bits:x16})");
}
