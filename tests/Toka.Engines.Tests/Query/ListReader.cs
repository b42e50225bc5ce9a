using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;

namespace Toka.Engines.Tests.Query;

/// <summary>Series in a list, in the order of their labels; counts what is asked of it.</summary>
internal sealed class ListReader : ISeriesReader
{
    private readonly SortedDictionary<LabelSet, (long[] Timestamps, double[] Values)> _series = [];

    public List<SelectRequest> Requests { get; } = [];

    /// <summary>A warning that comes up when a series is read, as that of a damaged chunk; null for none.</summary>
    public string? WarningWhenRead { get; init; }

    /// <summary>Adds a series with a sample every <paramref name="stepMs"/> from time 0 on.</summary>
    public void Add(string name, string label, long stepMs, params double[] values) =>
        _series.Add(LabelSet.Of(("__name__", name), ("l", label)), ([.. values.Select((_, i) => i * stepMs)], values));

    public ValueTask<SeriesSet> SelectAsync(SelectRequest request, CancellationToken cancellationToken)
    {
        Requests.Add(request);
        return ValueTask.FromResult<SeriesSet>(new Set([.. _series.Where(pair => request.Matchers.All(matcher => matcher.IsMatch(pair.Key)))], WarningWhenRead));
    }

    public ValueTask<IReadOnlyList<string>> LabelNamesAsync(SelectRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<string>> LabelValuesAsync(string name, SelectRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public IReadOnlyList<MetricMetadata> Metadata(string? family, int limit) => [];

    private sealed class Set(KeyValuePair<LabelSet, (long[] Timestamps, double[] Values)>[] found, string? warningWhenRead) : SeriesSet
    {
        private bool _isRead;

        public override IReadOnlyList<string> Warnings => _isRead && warningWhenRead is not null ? [warningWhenRead] : [];

        public override int Count => found.Length;

        public override LabelSet LabelsOf(int index) => found[index].Key;

        public override void ReadFloats(int index, FloatColumn into)
        {
            _isRead = true;
            var (timestamps, values) = found[index].Value;
            into.Extend(timestamps.Length, out var times, out var numbers);
            timestamps.CopyTo(times);
            values.CopyTo(numbers);
        }
    }
}
