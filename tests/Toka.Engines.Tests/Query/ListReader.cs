using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;

namespace Toka.Engines.Tests.Query;

/// <summary>Series in a list, in the order of their labels; counts what is asked of it.</summary>
internal sealed class ListReader : ISeriesReader
{
    private readonly SortedDictionary<LabelSet, (long[] Timestamps, double[] Values)> _series = [];
    private readonly Dictionary<LabelSet, (long StepMs, NativeHistogram[] Values)> _histograms = [];
    private int _reads;

    public List<SelectRequest> Requests { get; } = [];

    /// <summary>When the counters of all series began; null where nothing is known of it.</summary>
    public long? CreatedMs { get; init; }

    /// <summary>A warning that comes up when a series is read, as that of a damaged chunk; null for none.</summary>
    public string? WarningWhenRead { get; init; }

    /// <summary>How often a series was read.</summary>
    public int Reads => Volatile.Read(ref _reads);

    /// <summary>Called at each reading of a series, with its number from 1 on.</summary>
    public Action<int>? WhenRead { get; set; }

    /// <summary>Whether it refuses to select more series than a request allows, as a store does. Default false.</summary>
    public bool MindsLimit { get; init; }

    /// <summary>Adds a series with a sample every <paramref name="stepMs"/> from time 0 on.</summary>
    public void Add(string name, string label, long stepMs, params double[] values) =>
        Add(LabelSet.Of(("__name__", name), ("l", label)), stepMs, values);

    /// <summary>Adds a series with a sample every <paramref name="stepMs"/> from time 0 on.</summary>
    public void Add(LabelSet labels, long stepMs, params double[] values) =>
        _series.Add(labels, ([.. values.Select((_, i) => i * stepMs)], values));

    /// <summary>Adds a series with a native histogram every <paramref name="stepMs"/> from time 0 on.</summary>
    public void AddHistograms(LabelSet labels, long stepMs, params NativeHistogram[] values)
    {
        _series.Add(labels, ([], []));
        _histograms.Add(labels, (stepMs, values));
    }

    public ValueTask<SeriesSet> SelectAsync(SelectRequest request, CancellationToken cancellationToken)
    {
        Requests.Add(request);
        KeyValuePair<LabelSet, (long[] Timestamps, double[] Values)>[] found = [.. _series.Where(pair => request.Matchers.All(matcher => matcher.IsMatch(pair.Key)))];
        return MindsLimit && found.Length > request.Limit
            ? throw new LimitExceededException("series", "too many") { Needed = found.Length }
            : ValueTask.FromResult<SeriesSet>(new Set(this, found));
    }

    public ValueTask<IReadOnlyList<string>> LabelNamesAsync(SelectRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<string>> LabelValuesAsync(string name, SelectRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public IReadOnlyList<MetricMetadata> Metadata(string? family, int limit) => [];

    private sealed class Set(ListReader reader, KeyValuePair<LabelSet, (long[] Timestamps, double[] Values)>[] found) : SeriesSet
    {
        private bool _isRead;

        public override IReadOnlyList<string> Warnings => _isRead && reader.WarningWhenRead is { } warning ? [warning] : [];

        public override int Count => found.Length;

        public override LabelSet LabelsOf(int index) => found[index].Key;

        public override void ReadCreated(int index, CreatedColumn into)
        {
            if (reader.CreatedMs is { } created)
            {
                into.Add(0, created);
            }
        }

        public override void ReadHistograms(int index, HistogramColumn into)
        {
            var (stepMs, values) = reader._histograms.GetValueOrDefault(found[index].Key, (0, []));
            for (var i = 0; i < values.Length; i++)
            {
                var h = values[i];
                h.Buckets.CopyTo(into.Add(i * stepMs, h.Layout, h.ResetHint, h.ZeroCount, h.Count, h.Sum));
            }
        }

        public override void ReadFloats(int index, FloatColumn into)
        {
            _isRead = true;
            var reads = Interlocked.Increment(ref reader._reads);
            reader.WhenRead?.Invoke(reads);
            var (timestamps, values) = found[index].Value;
            into.Extend(timestamps.Length, out var times, out var numbers);
            timestamps.CopyTo(times);
            values.CopyTo(numbers);
        }
    }
}
