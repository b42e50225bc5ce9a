using System.Collections.Concurrent;
using Toka.Core.Labels;
using Toka.Core.Samples;

namespace Toka.Core.Telemetry;

/// <summary>
/// Toka's metrics about itself (<c>toka_…</c>): counters that parts hold on to, and gauges read on demand. One instance a
/// process, handed to each part; written into the store by the collector and shown at <c>/metrics</c>. Thread-safe.
/// </summary>
public sealed class SelfMetrics
{
    private readonly ConcurrentDictionary<LabelSet, SelfCounter> _counters = new();
    private readonly ConcurrentDictionary<LabelSet, Func<double>> _gauges = new();
    private readonly ConcurrentDictionary<string, SelfHistogram> _histograms = new();
    private readonly ConcurrentDictionary<string, MetricMetadata> _metadata = new();

    /// <summary>The counter of this name and these labels; made at the first call, the same one ever after.</summary>
    /// <param name="name">The metric's name, ending in <c>_total</c>.</param>
    /// <param name="help">What it counts.</param>
    /// <param name="labels">Its labels. Their values must come from a small fixed set, never from input.</param>
    public SelfCounter Counter(string name, string help, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        Describe(new MetricMetadata(name, MetricType.Counter, help, ""));
        return _counters.GetOrAdd(Key(name, labels), static _ => new SelfCounter());
    }

    /// <summary>The counter <c>toka_dropped_total{signal,reason}</c>: telemetry that Toka received or took and did not keep.</summary>
    /// <param name="signal">What was dropped, such as <c>metrics</c>.</param>
    /// <param name="reason">Why, such as <c>series_limit</c>.</param>
    public SelfCounter Dropped(string signal, string reason) =>
        Counter("toka_dropped_total", "Telemetry that was received or taken and not kept, by signal and reason.", ("signal", signal), ("reason", reason));

    /// <summary>Registers a gauge that is read on demand; a second one of the same name and labels replaces it.</summary>
    /// <param name="name">The metric's name.</param>
    /// <param name="help">What it shows.</param>
    /// <param name="read">Reads the value; fast, thread-safe, does not throw.</param>
    /// <param name="labels">Its labels, from a small fixed set.</param>
    public void Gauge(string name, string help, Func<double> read, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        Describe(new MetricMetadata(name, MetricType.Gauge, help, ""));
        _gauges[Key(name, labels)] = read;
    }

    /// <summary>Removes a gauge whose subject is gone; nothing happens where there is none.</summary>
    /// <param name="name">The metric's name.</param>
    /// <param name="labels">The labels it was registered with.</param>
    public void RemoveGauge(string name, params ReadOnlySpan<(string Name, string Value)> labels) => _gauges.TryRemove(Key(name, labels), out _);

    /// <summary>Registers a counter that is read on demand, for counts that somebody else keeps; a second one of the same
    /// name and labels replaces it.</summary>
    /// <param name="name">The metric's name, ending in <c>_total</c>.</param>
    /// <param name="help">What it counts.</param>
    /// <param name="read">Reads the count; fast, thread-safe, does not throw, never falls.</param>
    /// <param name="labels">Its labels, from a small fixed set.</param>
    public void ObservedCounter(string name, string help, Func<double> read, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        Describe(new MetricMetadata(name, MetricType.Counter, help, ""));
        _gauges[Key(name, labels)] = read;
    }

    /// <summary>The classic histogram of this name; made at the first call, the same one ever after.</summary>
    /// <param name="name">The metric's name.</param>
    /// <param name="help">What it measures.</param>
    /// <param name="bounds">The buckets' upper bounds, rising; one more has no bound.</param>
    public SelfHistogram Histogram(string name, string help, params ReadOnlySpan<double> bounds)
    {
        Describe(new MetricMetadata(name, MetricType.Histogram, help, ""));
        return _histograms.TryGetValue(name, out var known) ? known : _histograms.GetOrAdd(name, new SelfHistogram(name, bounds));
    }

    /// <summary>What is known of the families.</summary>
    public IEnumerable<MetricMetadata> Metadata => _metadata.Values;

    /// <summary>What is known of the family that a sample belongs to; null for nothing.</summary>
    /// <param name="name">The sample's name; the parts of a histogram have a suffix.</param>
    public MetricMetadata? FamilyOf(string name)
    {
        if (_metadata.TryGetValue(name, out var family))
        {
            return family;
        }

        var suffix = name.LastIndexOf('_');
        return suffix > 0 && _metadata.TryGetValue(name[..suffix], out family) && family.Type == MetricType.Histogram ? family : null;
    }

    /// <summary>All current values.</summary>
    public IEnumerable<(LabelSet Labels, double Value)> Read()
    {
        foreach (var (labels, counter) in _counters)
        {
            yield return (labels, counter.Value);
        }

        foreach (var (labels, read) in _gauges)
        {
            yield return (labels, read());
        }

        foreach (var sample in _histograms.Values.SelectMany(static histogram => histogram.Read()))
        {
            yield return sample;
        }
    }

    /// <summary>The first words count; who only reads a counter gives none, and may come first.</summary>
    private void Describe(MetricMetadata metadata) =>
        _metadata.AddOrUpdate(metadata.Family, static (_, given) => given, static (_, known, given) => known.Help.Length > 0 ? known : given, metadata);

    private static LabelSet Key(string name, ReadOnlySpan<(string Name, string Value)> labels)
    {
        var builder = new LabelSetBuilder();
        builder.Set(LabelSet.MetricName, name);
        foreach (var (label, value) in labels)
        {
            builder.Set(label, value);
        }

        return builder.Build();
    }
}

/// <summary>A counter of <see cref="SelfMetrics"/>. Thread-safe.</summary>
public sealed class SelfCounter
{
    private long _value;

    /// <summary>The count so far.</summary>
    public long Value => Interlocked.Read(ref _value);

    /// <summary>Counts.</summary>
    /// <param name="count">How many; not negative.</param>
    public void Add(long count = 1) => Interlocked.Add(ref _value, count);
}
