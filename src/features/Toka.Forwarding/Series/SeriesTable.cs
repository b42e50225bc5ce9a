using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Core.Labels.Relabelling;
using Toka.Core.Samples;
using Toka.Forwarding.Buffer;
using Toka.Forwarding.Options;

namespace Toka.Forwarding.Series;

/// <summary>
/// Turns what the queue holds into entries of one remote: knows the series of the segment that is read, with the labels that
/// they have there after relabelling. As series are defined anew in each segment, those of the one before are kept to be found
/// again, and no others: so it holds as many as two segments do. Not thread-safe.
/// </summary>
internal sealed class SeriesTable : IQueueSink
{
    private readonly Relabeller _relabeller;
    private readonly KeyValuePair<string, string>[] _external;
    private readonly bool _sendsExemplars;
    private readonly bool _sendsHistograms;
    private readonly Action<string, long> _dropped;
    private readonly LabelSetBuilder _builder = new();
    private readonly Dictionary<string, long> _drops = [];
    private RemoteSeries?[] _series = [];
    private Dictionary<ulong, RemoteSeries> _known = [];
    private Dictionary<ulong, RemoteSeries> _before = [];
    private bool _isRead;

    /// <summary>A table.</summary>
    /// <param name="options">The remote.</param>
    /// <param name="dropped">Counts what is left out, with the reason.</param>
    public SeriesTable(RemoteWriteOptions options, Action<string, long> dropped)
    {
        _relabeller = new Relabeller(options.WriteRelabelConfigs);
        _external = [.. options.ExternalLabels];
        (_sendsExemplars, _sendsHistograms) = (options.SendExemplars, options.SendNativeHistograms);
        _dropped = dropped;
    }

    /// <summary>The entries to be sent of the record read last.</summary>
    public List<ForwardItem> Items { get; } = [];

    /// <inheritdoc/>
    public void BeginSegment()
    {
        Array.Clear(_series);
        (_before, _known) = (_known, _before);
        _known.Clear();
    }

    /// <inheritdoc/>
    public void BeginRecord(bool isRead)
    {
        Items.Clear();
        _drops.Clear();
        _isRead = isRead;
    }

    /// <summary>Counts what the record had that is not sent; once it is sure that it is this remote's.</summary>
    public void CountDrops()
    {
        foreach (var (reason, count) in _drops)
        {
            _dropped(reason, count);
        }
    }

    /// <inheritdoc/>
    public void Define(int reference, ReadOnlySpan<byte> labels)
    {
        if (reference >= _series.Length)
        {
            Array.Resize(ref _series, Math.Max(reference + 1, Math.Max(256, _series.Length * 2)));
        }

        var hash = LabelSet.HashOf(labels);
        if (!(_known.TryGetValue(hash, out var series) || _before.TryGetValue(hash, out series)) || !series.Source.Encoded.SequenceEqual(labels))
        {
            series = Make(LabelSet.FromEncoded(labels));
        }

        _known[hash] = series;
        _series[reference] = series;
    }

    /// <inheritdoc/>
    public bool IsDefined(int reference) => (uint)reference < (uint)_series.Length && _series[reference] is not null;

    /// <inheritdoc/>
    public void Created(int reference, long createdMs) => _series[reference]!.CreatedMs = createdMs;

    /// <inheritdoc/>
    public void Sample(int reference, long timeMs, double value) => Add(reference, timeMs, value, null);

    /// <inheritdoc/>
    public void Histogram(int reference, long timeMs, NativeHistogram histogram)
    {
        if (_sendsHistograms)
        {
            Add(reference, timeMs, 0, histogram);
        }
        else
        {
            Drop("native_histograms_off");
        }
    }

    /// <inheritdoc/>
    public void Exemplar(int reference, long timeMs, double value, ReadOnlySpan<byte> labels)
    {
        if (_sendsExemplars)
        {
            Add(reference, timeMs, value, LabelSet.FromEncoded(labels));
        }
        else
        {
            Drop("exemplars_off");
        }
    }

    private void Add(int reference, long timeMs, double value, object? other)
    {
        if (_isRead)
        {
            return;
        }

        var series = _series[reference]!;
        if (series.Sent is null)
        {
            Drop(series.DropReason);
            return;
        }

        var created = series.CreatedMs <= timeMs ? series.CreatedMs : 0;
        Items.Add(new ForwardItem(series, timeMs, value, created, other));
    }

    private void Drop(string reason)
    {
        if (!_isRead)
        {
            _drops[reason] = _drops.GetValueOrDefault(reason) + 1;
        }
    }

    private RemoteSeries Make(LabelSet source)
    {
        if (_external.Length == 0 && _relabeller.IsEmpty)
        {
            return new RemoteSeries(source, source);
        }

        _builder.Clear();
        foreach (var (name, value) in _external)
        {
            _builder.Set(name, value);
        }

        foreach (var label in source)
        {
            _builder.Set(label.Name, label.Value);
        }

        try
        {
            return new RemoteSeries(source, _relabeller.Apply(_builder) && _builder.Count > 0 ? _builder.Build() : null);
        }
        catch (BadInputException)
        {
            return new RemoteSeries(source, null) { DropReason = "relabelling_failed" };
        }
    }
}
