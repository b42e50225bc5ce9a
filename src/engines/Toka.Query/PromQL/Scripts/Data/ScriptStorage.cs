using System.Globalization;
using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Query.PromQL.Ast;

namespace Toka.Query.PromQL.Scripts.Data;

/// <summary>What a script has loaded. Many may read at the same time while nobody loads.</summary>
/// <param name="file">The script's name, for messages.</param>
internal sealed class ScriptStorage(string file) : ISeriesReader
{
    private readonly SortedDictionary<LabelSet, ScriptSeries> _series = [];

    /// <summary>Adds samples to those that are there.</summary>
    /// <exception cref="ScriptException">A series has a sample at one of the times already.</exception>
    public void Load(LoadCommand command)
    {
        foreach (var loaded in command.Series)
        {
            if (!_series.TryGetValue(loaded.Labels, out var series))
            {
                _series.Add(loaded.Labels, series = new ScriptSeries(loaded.Labels));
            }

            foreach (var sample in loaded.Samples)
            {
                if (!series.TryAdd(sample))
                {
                    throw new ScriptException([new ScriptFault(
                        file,
                        loaded.Line,
                        1,
                        $"{loaded.Labels} has a sample at {NumberFormat.PrintDuration(sample.TimestampMs)} already; clear what was loaded before, or choose other times")]);
                }
            }

            series.Commit();
        }
    }

    public void Clear() => _series.Clear();

    public ValueTask<SeriesSet> SelectAsync(SelectRequest request, CancellationToken cancellationToken)
    {
        var found = Matching(request).ToArray();
        return request.Limit > 0 && found.Length > request.Limit
            ? throw new LimitExceededException("series_max", string.Create(CultureInfo.InvariantCulture, $"{found.Length} series match; the limit is {request.Limit}"))
            : ValueTask.FromResult<SeriesSet>(new Set(found, request.FromMs, request.ToMs));
    }

    public ValueTask<IReadOnlyList<string>> LabelNamesAsync(SelectRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<string>>([.. Matching(request).SelectMany(static series => series.Labels.ToPairs())
            .Select(static pair => pair.Key).Distinct().Order(StringComparer.Ordinal)]);

    public ValueTask<IReadOnlyList<string>> LabelValuesAsync(string name, SelectRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<string>>([.. Matching(request).Select(series => series.Labels[name])
            .Where(static value => value.Length > 0).Distinct().Order(StringComparer.Ordinal)]);

    public IReadOnlyList<MetricMetadata> Metadata(string? family, int limit) => [];

    private IEnumerable<ScriptSeries> Matching(SelectRequest request) => _series.Values.Where(series =>
        request.Matchers.All(matcher => matcher.IsMatch(series.Labels)) && series.HasSamples(request.FromMs, request.ToMs));

    private sealed class Set(ScriptSeries[] found, long fromMs, long toMs) : SeriesSet
    {
        public override int Count => found.Length;

        public override bool MayHaveHistograms => Array.Exists(found, static series => series.HasHistograms);

        public override LabelSet LabelsOf(int index) => found[index].Labels;

        public override void ReadFloats(int index, FloatColumn into) => found[index].ReadFloats(fromMs, toMs, into);

        public override void ReadHistograms(int index, HistogramColumn into) => found[index].ReadHistograms(fromMs, toMs, into);

        public override void ReadCreated(int index, CreatedColumn into) => found[index].ReadCreated(fromMs, toMs, into);
    }
}
