using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Planning;

namespace Toka.Query.PromQL.Execution;

/// <summary>The info series of one info metric that tell of the same thing, and which of them counts at each step.</summary>
/// <param name="Newest">The series with the newest sample; −1 at steps at which none has any.</param>
internal sealed record InfoMetric(int[] Newest);

/// <summary>The info series that an <c>info</c> call has selected, by the labels that identify what they tell of.</summary>
internal sealed class InfoSeries
{
    private readonly QueryContext _context;
    private readonly CallExpr _call;
    private readonly StepGrid _grid;
    private readonly VectorSelector _selector;
    private readonly SeriesSet _set;
    private readonly TimeModifier[] _modifiers;
    private readonly Dictionary<(string Instance, string Job), SortedDictionary<string, List<int>>> _members = [];
    private readonly Dictionary<(string Instance, string Job), InfoMetric[]> _resolved = [];

    public InfoSeries(QueryContext context, CallExpr call, StepGrid grid)
    {
        (_context, _call, _grid) = (context, call, grid);
        _selector = context.Plan.InfoSelectorOf(call);
        _set = context.SetOf(_selector);
        _modifiers = InfoSelection.ModifiersOf(call);
        for (var i = 0; i < _set.Count; i++)
        {
            var labels = _set.LabelsOf(i);
            var key = KeyOf(labels);
            if (!_members.TryGetValue(key, out var metrics))
            {
                _members.Add(key, metrics = new SortedDictionary<string, List<int>>(StringComparer.Ordinal));
            }

            if (!metrics.TryGetValue(labels[LabelSet.MetricName], out var series))
            {
                metrics.Add(labels[LabelSet.MetricName], series = []);
            }

            series.Add(i);
        }
    }

    /// <summary>The labels of an info series.</summary>
    public LabelSet LabelsOf(int series) => _set.LabelsOf(series);

    /// <summary>The info metrics that tell of a series, ordered by name; none of a series without identifying labels.</summary>
    public InfoMetric[] Of(LabelSet labels)
    {
        var key = KeyOf(labels);
        if (key is ("", "") || !_members.TryGetValue(key, out var metrics))
        {
            return [];
        }

        if (!_resolved.TryGetValue(key, out var resolved))
        {
            _resolved.Add(key, resolved = [.. metrics.Values.Select(Resolve)]);
        }

        return resolved;
    }

    private static (string Instance, string Job) KeyOf(LabelSet labels) =>
        (labels[InfoSelection.IdentifyingLabels[0]], labels[InfoSelection.IdentifyingLabels[1]]);

    private InfoMetric Resolve(List<int> series)
    {
        _context.Hold((long)_grid.Count * (sizeof(int) + sizeof(long)), _call);
        _context.CountPoints(_grid.Count, _call);
        var newest = new int[_grid.Count];
        var times = new long[_grid.Count];
        Array.Fill(newest, -1);
        foreach (var index in series)
        {
            _context.CheckCancelled();
            Read(index, newest, times);
        }

        _context.Release((long)times.Length * sizeof(long));
        return new InfoMetric(newest);
    }

    /// <summary>Puts a series where its sample is newer than that of the one before.</summary>
    private void Read(int index, int[] newest, long[] times)
    {
        using var scratch = _context.Rent();
        scratch.Raw.Clear();
        _set.ReadFloats(index, scratch.Raw);
        _context.CountSamples(scratch.Raw.Count, _selector);
        scratch.Histograms.Clear();
        if (_set.MayHaveHistograms)
        {
            _set.ReadHistograms(index, scratch.Histograms);
            _context.CountSamples(Footprint.PointsOf(scratch.Histograms), _selector);
        }

        var lookback = (long)_context.Options.LookbackDelta.TotalMilliseconds;
        var (nextFloat, nextHistogram) = (0, 0);
        for (var step = 0; step < newest.Length; step++)
        {
            if ((step & StepGrid.CheckMask) == StepGrid.CheckMask)
            {
                _context.CheckCancelled();
            }

            var time = TimeAt(step);
            nextFloat = CountUpTo(scratch.Raw.Timestamps, nextFloat, time);
            nextHistogram = CountUpTo(scratch.Histograms.Timestamps, nextHistogram, time);
            var found = nextFloat == 0 ? long.MinValue : scratch.Raw.Timestamps[nextFloat - 1];
            if (nextHistogram > 0 && scratch.Histograms.Timestamps[nextHistogram - 1] is var other && other > found && other > time - lookback
                && !StaleMarker.Is(scratch.Histograms[nextHistogram - 1].Sum))
            {
                throw QueryContext.Fail($"info sample should be float: {_set.LabelsOf(index)} has native histograms", _selector);
            }

            if (nextFloat == 0 || found <= time - lookback || StaleMarker.Is(scratch.Raw.Values[nextFloat - 1]))
            {
                continue;
            }

            if (newest[step] >= 0 && times[step] == found)
            {
                throw QueryContext.Fail($"found duplicate series for info metric: existing {_set.LabelsOf(newest[step])} @ {found}, new {_set.LabelsOf(index)} @ {found}", _call);
            }

            if (newest[step] < 0 || times[step] < found)
            {
                (newest[step], times[step]) = (index, found);
            }
        }
    }

    private static int CountUpTo(ReadOnlySpan<long> times, int from, long timeMs)
    {
        while (from < times.Length && times[from] <= timeMs)
        {
            from++;
        }

        return from;
    }

    private long TimeAt(int step)
    {
        var time = _grid.TimeAt(step);
        foreach (var modifier in _modifiers)
        {
            time = modifier.Apply(time, _context.Plan.StartMs, _context.Plan.EndMs);
        }

        return time;
    }
}
