using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Forwarding.Series;
using Toka.Protocols.RemoteWrite;

namespace Toka.Forwarding.Sending;

/// <summary>
/// Makes a request of a batch: what came for a series stands together in it, in the order of its times. Buffers are kept from
/// request to request. One a sender; not thread-safe.
/// </summary>
/// <param name="metadataOf">What is known of a family; null where metadata is not sent.</param>
internal sealed class RequestBuilder(Func<string, MetricMetadata?>? metadataOf) : IDisposable
{
    /// <summary>How often metadata is looked up anew for a series.</summary>
    private const long MetadataEachMs = 5 * 60_000;

    private static long s_requests;

    private readonly WriteBatch _batch = new();
    private readonly RemoteWriteEncoder _v2 = RemoteWriteEncoder.Of(RemoteWriteVersion.V2);
    private readonly RemoteWriteEncoder _v1 = RemoteWriteEncoder.Of(RemoteWriteVersion.V1);
    private readonly List<RemoteSeries> _series = [];
    private readonly List<int> _first = [];
    private readonly List<int> _last = [];
    private readonly List<int> _next = [];
    private readonly List<int> _order = [];

    /// <summary>Makes a request.</summary>
    /// <param name="items">What goes into it; at least one.</param>
    /// <param name="version">Which message.</param>
    /// <param name="nowMs">Now, ms since the Unix epoch.</param>
    /// <returns>The body, as a Snappy block; valid until the next call.</returns>
    public ReadOnlyMemory<byte> Build(List<ForwardItem> items, RemoteWriteVersion version, long nowMs)
    {
        Chain(items);
        _batch.Clear();
        var encoder = version == RemoteWriteVersion.V2 ? _v2 : _v1;
        for (var slot = 0; slot < _series.Count; slot++)
        {
            var series = _series[slot];
            if (version == RemoteWriteVersion.V2 && metadataOf is not null && (series.DescribedTo != this || nowMs - series.DescribedMs >= MetadataEachMs))
            {
                (series.DescribedTo, series.DescribedMs) = (this, nowMs);
                Describe(series.Sent!);
            }

            AddSeries(items, slot, version == RemoteWriteVersion.V2);
        }

        encoder.Begin(_batch);
        if (!encoder.Next(int.MaxValue, int.MaxValue))
        {
            throw new InvalidOperationException("the encoder made no request of a batch that is not empty");
        }

        return encoder.Packed;
    }

    /// <summary>Makes a request of metadata alone, in protocol 1.0.</summary>
    /// <returns>The body, as a Snappy block; valid until the next call.</returns>
    public ReadOnlyMemory<byte> BuildMetadata(IReadOnlyList<MetricMetadata> families)
    {
        _batch.Clear();
        foreach (var family in families)
        {
            _batch.AddMetadata(family);
        }

        _v1.Begin(_batch);
        return _v1.Next(int.MaxValue, int.MaxValue) ? _v1.Packed : throw new InvalidOperationException("the encoder made no request of metadata");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _batch.Dispose();
        _v1.Dispose();
        _v2.Dispose();
    }

    /// <summary>Chains the entries of each series, in their order.</summary>
    private void Chain(List<ForwardItem> items)
    {
        _series.Clear();
        _first.Clear();
        _last.Clear();
        _next.Clear();
        var request = Interlocked.Increment(ref s_requests);
        for (var i = 0; i < items.Count; i++)
        {
            var series = items[i].Series;
            _next.Add(-1);
            if (series.Request == request)
            {
                _next[_last[series.Slot]] = i;
                _last[series.Slot] = i;
                continue;
            }

            (series.Request, series.Slot) = (request, _series.Count);
            _series.Add(series);
            _first.Add(i);
            _last.Add(i);
        }
    }

    private void AddSeries(List<ForwardItem> items, int slot, bool withCreated)
    {
        var labels = Take(_series[slot].Sent!);
        _order.Clear();
        var isInOrder = true;
        for (var i = _first[slot]; i >= 0; i = _next[i])
        {
            isInOrder &= _order.Count == 0 || items[_order[^1]].TimeMs <= items[i].TimeMs;
            _order.Add(i);
        }

        if (!isInOrder)
        {
            // Stable: of two at one time the later one stays behind the earlier one.
            _order.Sort((a, b) => items[a].TimeMs != items[b].TimeMs ? items[a].TimeMs.CompareTo(items[b].TimeMs) : a.CompareTo(b));
        }

        foreach (var i in _order)
        {
            var item = items[i];
            switch (item.Other)
            {
                case null:
                    _batch.Add(labels, item.TimeMs, item.Value);
                    break;
                case NativeHistogram histogram:
                    _batch.AddHistogram(labels, item.TimeMs, histogram);
                    break;
                case LabelSet exemplar:
                    _batch.AddExemplar(labels, Take(exemplar), item.TimeMs, item.Value);
                    continue;
            }

            if (withCreated && item.CreatedMs != 0)
            {
                _batch.AddCreated(labels, item.TimeMs, item.CreatedMs);
            }
        }
    }

    private RowLabels Take(LabelSet labels)
    {
        labels.Encoded.CopyTo(_batch.LabelRoom(labels.Encoded.Length));
        return _batch.TakeLabelRoom(labels.Encoded.Length);
    }

    /// <summary>Looks a series' family up, which has its name or that without a suffix of a histogram or summary.</summary>
    private void Describe(LabelSet series)
    {
        var name = series[LabelSet.MetricName];
        if (metadataOf!(name) is { } known)
        {
            _v2.Describe(known);
            return;
        }

        foreach (var suffix in s_suffixes)
        {
            if (name.EndsWith(suffix, StringComparison.Ordinal) && metadataOf(name[..^suffix.Length]) is { } family)
            {
                _v2.Describe(family);
                return;
            }
        }
    }

    private static readonly string[] s_suffixes = ["_bucket", "_sum", "_count"];
}
