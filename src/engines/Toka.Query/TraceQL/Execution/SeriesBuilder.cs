using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Query.TraceQL.Ast;
using Toka.Query.TraceQL.Planning;

namespace Toka.Query.TraceQL.Execution;

/// <summary>Makes series of groups. Not thread-safe.</summary>
internal sealed class SeriesBuilder(MetricsStage stage, StepGrid grid)
{
    /// <summary>The label of a quantile.</summary>
    public const string QuantileLabel = "p";

    /// <summary>The label of a histogram's bucket: its largest number.</summary>
    public const string BucketLabel = "__bucket";

    // Durations are ns in spans and seconds in series.
    private readonly double _scale = stage.Measure?.Type == TraceQlType.Duration ? 1e-9 : 1;
    private readonly Dictionary<string, Line> _lines = [];
    private readonly bool _startsAtZero = stage.Function is MetricsFunction.Rate or MetricsFunction.CountOverTime or MetricsFunction.HistogramOverTime;

    /// <summary>Adds groups.</summary>
    public void Add(IEnumerable<EventGroup> groups)
    {
        foreach (var group in groups)
        {
            if (group.Step < 0 || group.Step >= grid.Count)
            {
                continue;
            }

            var by = group.By.Select((value, i) => SpanValues.Shown(stage.By[i].Type, value)).ToList();
            foreach (var (label, value) in ValuesOf(group))
            {
                LineOf(by, label).Points[group.Step] = value;
            }
        }
    }

    /// <summary>Adds a span to the series that it belongs to; after all groups.</summary>
    /// <param name="by">The values that it is grouped by.</param>
    /// <param name="measure">What is measured of it; NaN for nothing.</param>
    /// <param name="exemplar">The span.</param>
    public void AddExemplar(IReadOnlyList<AttributeValue> by, double measure, TraceQlExemplar exemplar)
    {
        if (stage.Measure is not null && double.IsNaN(measure))
        {
            return;
        }

        var step = grid.StepOf(exemplar.TimeNs);
        var value = measure * _scale;
        var key = SpanGroups.KeyOf(by);
        var line = _lines.Values.Where(one => one.Key == key)
            .MinBy(one => one.Label is { Name: BucketLabel } bucket ? (bucket.Value.Number >= value ? bucket.Value.Number : double.MaxValue) : Math.Abs(one.Points[step] - value));
        line?.Exemplars.Add(exemplar with { Value = double.IsNaN(measure) ? line.Points[step] : value });
    }

    /// <summary>The series, after what is done with them, by their labels.</summary>
    /// <param name="stages">What is done with them.</param>
    /// <param name="seriesMax">The most series; those with the largest points stay.</param>
    /// <returns>The series, and whether some were left out.</returns>
    public (IReadOnlyList<TraceQlSeries> Series, bool IsCut) ToSeries(IReadOnlyList<SeriesStage> stages, int seriesMax)
    {
        // Where nothing is grouped by, no span is a series too: of zeros, or of nothing.
        if (_lines.Count == 0 && stage.By.Count == 0 && stage.Function is MetricsFunction.Rate or MetricsFunction.CountOverTime)
        {
            LineOf([], null);
        }

        IEnumerable<Line> lines = _lines.Values;
        foreach (var one in stages)
        {
            lines = one.Operator is null ? Ranked([.. lines], (int)Math.Min(one.Value, int.MaxValue), one.IsBottom) : Compared(lines, one);
        }

        var all = lines.ToList();
        var isCut = all.Count > seriesMax;
        if (isCut)
        {
            all = [.. all.OrderByDescending(line => line.Points.Where(point => !double.IsNaN(point)).Sum()).Take(seriesMax)];
        }

        return ([.. all.OrderBy(line => line.Order, ListOrder.Instance).Select(line => line.ToSeries(stage))], isCut);
    }

    private IEnumerable<((string Name, AttributeValue Value)? Label, double Value)> ValuesOf(EventGroup group)
    {
        switch (stage.Function)
        {
            case MetricsFunction.Rate:
                yield return (null, group.Count / grid.Seconds);
                break;
            case MetricsFunction.CountOverTime:
                yield return (null, group.Count);
                break;
            case MetricsFunction.MinOverTime:
                yield return (null, group.Min * _scale);
                break;
            case MetricsFunction.MaxOverTime:
                yield return (null, group.Max * _scale);
                break;
            case MetricsFunction.AvgOverTime:
                yield return (null, group.Sum / group.Count * _scale);
                break;
            case MetricsFunction.SumOverTime:
                yield return (null, group.Sum * _scale);
                break;
            case MetricsFunction.QuantileOverTime:
                foreach (var quantile in stage.Quantiles)
                {
                    // The smallest and the largest are known, and nothing is outside of them.
                    yield return ((QuantileLabel, AttributeValue.Of(quantile)), Math.Clamp(EventBuckets.Quantile(group.Buckets, quantile), group.Min, group.Max) * _scale);
                }

                break;
            default:
                foreach (var bucket in group.Buckets.GroupBy(bucket => PowerOf(bucket.Key)))
                {
                    yield return ((BucketLabel, AttributeValue.Of(bucket.Key * _scale)), bucket.Sum(one => one.Value));
                }

                break;
        }
    }

    /// <summary>The power of two that a bucket's numbers are not above.</summary>
    private static double PowerOf(int bucket) =>
        bucket == EventBuckets.Zero ? 0 : Math.Pow(2, Math.Ceiling(bucket / (double)EventAggregation.BucketsPerDoubling));

    private Line LineOf(IReadOnlyList<AttributeValue> by, (string Name, AttributeValue Value)? label)
    {
        var key = SpanGroups.KeyOf(by);
        var full = label is { } one ? $"{key}\0\u0001{one.Value}" : key;
        if (!_lines.TryGetValue(full, out var line))
        {
            line = new Line(key, by, label, new double[grid.Count]);
            Array.Fill(line.Points, _startsAtZero ? 0 : double.NaN);
            _lines.Add(full, line);
        }

        return line;
    }

    private static IEnumerable<Line> Compared(IEnumerable<Line> lines, SeriesStage stage)
    {
        foreach (var line in lines)
        {
            for (var i = 0; i < line.Points.Length; i++)
            {
                line.Points[i] = !double.IsNaN(line.Points[i]) && Arithmetic.Compare(stage.Operator!.Value, line.Points[i], stage.Value) ? line.Points[i] : double.NaN;
            }

            if (!Array.TrueForAll(line.Points, double.IsNaN))
            {
                yield return line;
            }
        }
    }

    private static IEnumerable<Line> Ranked(List<Line> lines, int count, bool isBottom)
    {
        var steps = lines.Count == 0 ? 0 : lines[0].Points.Length;
        for (var step = 0; step < steps; step++)
        {
            var at = step;
            var ranked = lines.Where(line => !double.IsNaN(line.Points[at])).OrderBy(line => isBottom ? line.Points[at] : -line.Points[at]).ThenBy(line => line.Order, ListOrder.Instance);
            foreach (var line in ranked.Skip(count).ToList())
            {
                line.Points[at] = double.NaN;
            }
        }

        return lines.Where(line => !Array.TrueForAll(line.Points, double.IsNaN));
    }

    private sealed record Line(string Key, IReadOnlyList<AttributeValue> By, (string Name, AttributeValue Value)? Label, double[] Points)
    {
        public List<TraceQlExemplar> Exemplars { get; } = [];

        public IReadOnlyList<AttributeValue> Order => Label is { } label ? [.. By, label.Value] : By;

        public TraceQlSeries ToSeries(MetricsStage stage)
        {
            var labels = By.Select((value, i) => KeyValuePair.Create(stage.By[i].Name, value)).ToList();
            if (Label is { } label)
            {
                labels.Add(new(label.Name, label.Value));
            }

            return new TraceQlSeries(labels, Points, [.. Exemplars.OrderBy(exemplar => exemplar.TimeNs)]);
        }
    }

    private sealed class ListOrder : IComparer<IReadOnlyList<AttributeValue>>
    {
        public static ListOrder Instance { get; } = new();

        public int Compare(IReadOnlyList<AttributeValue>? x, IReadOnlyList<AttributeValue>? y) =>
            x!.Zip(y!, ValueOrder.Instance.Compare).FirstOrDefault(order => order != 0);
    }
}
