using Toka.Core.Labels;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Execution;

namespace Toka.Query.PromQL.Functions;

/// <summary>info: adds the labels of info series, such as <c>target_info</c>, to the series that they tell of.</summary>
/// <remarks>Source: Prometheus 3, <c>promql/info.go</c>. Which info series counts is settled step by step: they come and go.</remarks>
internal sealed class InfoFunction
{
    private readonly FunctionCall _call;
    private readonly InfoSeries _infos;
    private readonly LabelMatcher[] _ofName;
    private readonly HashSet<string> _wanted;
    private readonly bool _keepsUnmatched;
    private readonly Dictionary<LabelSet, int> _outputOf = [];
    private readonly List<SeriesMeta> _series = [];
    private readonly List<StepColumn> _columns = [];

    private InfoFunction(FunctionCall call)
    {
        _call = call;
        _infos = new InfoSeries(call.Context, call.Call, call.Grid);
        var matchers = call.Context.Plan.InfoSelectorOf(call.Call).Matchers;
        _ofName = [.. matchers.Where(static matcher => matcher.Name == LabelSet.MetricName)];
        var ofData = matchers.Where(static matcher => matcher.Name != LabelSet.MetricName).ToArray();
        _wanted = [.. ofData.Select(static matcher => matcher.Name)];
        _keepsUnmatched = Array.TrueForAll(ofData, static matcher => matcher.MatchesAbsent);
    }

    public static EvalValue Evaluate(FunctionCall call)
    {
        var source = call.Vector(0);
        return new InfoFunction(call).Enrich(source);
    }

    private ColumnVector Enrich(VectorSource source)
    {
        ColumnReader.ReadAll(_call.Context, source, _call.Grid.Count, (i, column) =>
        {
            var meta = source.Series[i];
            var name = meta.Labels[LabelSet.MetricName];
            if (Array.TrueForAll(_ofName, matcher => matcher.IsMatch(System.Text.Encoding.UTF8.GetBytes(name))))
            {
                // Info series themselves stay as they are.
                Copy(column, meta, meta.Labels, [], static (_, _) => true);
                return;
            }

            Enrich(column, meta, _infos.Of(meta.Labels));
        });
        return new ColumnVector([.. _series], [.. _columns]);
    }

    /// <summary>Goes over a series once for each combination of info series that it meets; mostly there is one.</summary>
    private void Enrich(StepColumn column, SeriesMeta meta, InfoMetric[] metrics)
    {
        var seen = new List<int[]>();
        for (var step = 0; step < column.Length; step++)
        {
            if (column.IsAbsent(step) || seen.Exists(combination => Meets(metrics, combination, step)))
            {
                continue;
            }

            var combination = Array.ConvertAll(metrics, metric => metric.Newest[step]);
            seen.Add(combination);
            if (Array.TrueForAll(combination, static series => series < 0) && !_keepsUnmatched)
            {
                continue;
            }

            Copy(column, meta, LabelsWith(meta.Labels, combination), combination, (at, chosen) => Meets(metrics, chosen, at));
        }
    }

    private static bool Meets(InfoMetric[] metrics, int[] combination, int step)
    {
        for (var i = 0; i < metrics.Length; i++)
        {
            if (metrics[i].Newest[step] != combination[i])
            {
                return false;
            }
        }

        return true;
    }

    private void Copy(StepColumn column, SeriesMeta meta, LabelSet labels, int[] combination, Func<int, int[], bool> includes)
    {
        var output = -1;
        for (var step = 0; step < column.Length; step++)
        {
            if (column.IsAbsent(step) || !includes(step, combination))
            {
                continue;
            }

            output = output < 0 ? OutputFor(labels, meta.DropName) : output;
            if (!_columns[output].IsAbsent(step))
            {
                throw QueryContext.Fail("vector cannot contain metrics with the same labelset", _call.Call);
            }

            _columns[output].CopyFrom(column, step);
        }
    }

    private int OutputFor(LabelSet labels, bool dropName)
    {
        if (!_outputOf.TryGetValue(labels, out var output))
        {
            output = _series.Count;
            _outputOf.Add(labels, output);
            _series.Add(new SeriesMeta(labels, dropName));
            _columns.Add(_call.Context.AbsentColumn(_call.Grid.Count, _call.Call));
        }

        _series[output] = _series[output] with { DropName = _series[output].DropName || dropName };
        return output;
    }

    /// <summary>A series' labels and those wanted of its info series; what it has itself stays.</summary>
    private LabelSet LabelsWith(LabelSet labels, int[] combination)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var series in combination.Where(static series => series >= 0))
        {
            foreach (var (name, value) in _infos.LabelsOf(series).ToPairs())
            {
                if (name == LabelSet.MetricName || (_wanted.Count > 0 && !_wanted.Contains(name)) || labels.TryGet(name, out _))
                {
                    continue;
                }

                if (!found.TryAdd(name, value) && found[name] != value)
                {
                    throw QueryContext.Fail($"conflicting label: {name} is {ExprPrinter.Quote(found[name])} in one info metric and {ExprPrinter.Quote(value)} in another", _call.Call);
                }
            }
        }

        if (found.Count == 0)
        {
            return labels;
        }

        var builder = labels.ToBuilder();
        foreach (var (name, value) in found)
        {
            builder.Set(name, value);
        }

        return builder.Build();
    }
}
