using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;

namespace Toka.Conformance.Runner;

/// <summary>Series in memory, for scripts. Remembers whether a query met a native histogram.</summary>
internal sealed class MemoryReader : ISeriesReader
{
    private readonly SortedDictionary<LabelSet, SortedList<long, double>> _series = [];
    private readonly HashSet<LabelSet> _histograms = [];

    /// <summary>Whether a selection since the last reset matched a series that holds native histograms.</summary>
    public bool MetHistogram { get; set; }

    public void Add(LabelSet labels, long timestampMs, double value)
    {
        if (!_series.TryGetValue(labels, out var samples))
        {
            _series.Add(labels, samples = []);
        }

        samples[timestampMs] = value;
    }

    public void AddHistogram(LabelSet labels) => _histograms.Add(labels);

    public void Clear()
    {
        _series.Clear();
        _histograms.Clear();
    }

    public ValueTask<SeriesSet> SelectAsync(SelectRequest request, CancellationToken cancellationToken)
    {
        MetHistogram |= _histograms.Any(labels => request.Matchers.All(matcher => matcher.IsMatch(labels)));
        var found = _series.Where(pair => request.Matchers.All(matcher => matcher.IsMatch(pair.Key))
            && pair.Value.Keys.Any(time => time >= request.FromMs && time <= request.ToMs)).ToArray();
        return request.Limit > 0 && found.Length > request.Limit
            ? throw new LimitExceededException("series_max", $"{found.Length} series match; the limit is {request.Limit}")
            : ValueTask.FromResult<SeriesSet>(new Set(found, request));
    }

    public ValueTask<IReadOnlyList<string>> LabelNamesAsync(SelectRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<string>>([.. _series.Keys.SelectMany(labels => labels.ToPairs()).Select(pair => pair.Key).Distinct().Order(StringComparer.Ordinal)]);

    public ValueTask<IReadOnlyList<string>> LabelValuesAsync(string name, SelectRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<string>>([.. _series.Keys.Select(labels => labels[name]).Where(value => value.Length > 0).Distinct().Order(StringComparer.Ordinal)]);

    public IReadOnlyList<MetricMetadata> Metadata(string? family, int limit) => [];

    private sealed class Set(KeyValuePair<LabelSet, SortedList<long, double>>[] found, SelectRequest request) : SeriesSet
    {
        public override int Count => found.Length;

        public override LabelSet LabelsOf(int index) => found[index].Key;

        public override void ReadFloats(int index, FloatColumn into)
        {
            foreach (var (time, value) in found[index].Value)
            {
                if (time >= request.FromMs && time <= request.ToMs)
                {
                    into.Add(time, value);
                }
            }
        }
    }
}
