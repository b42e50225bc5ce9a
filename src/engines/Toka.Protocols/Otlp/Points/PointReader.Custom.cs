using Toka.Core.Samples;
using Toka.Protocols.Otlp.Naming;

namespace Toka.Protocols.Otlp.Points;

/// <content>Histograms with explicit bounds as native histograms with custom bounds.</content>
internal sealed partial class PointReader
{
    private HistogramLayout? _custom;

    private OtlpRefusal AddCustom(ReadOnlySpan<byte> message, MetricFamily family, in PointTime when, ulong count, double? sum)
    {
        var refusal = rows.AddCustom(family.Name, when, when.IsStale ? NativeHistogram.Stale : CustomOf(count, sum));
        if (refusal == OtlpRefusal.None)
        {
            AddCreated(family, when, ofHistogram: true);
            AddExemplars(message, OtlpTags.HistogramExemplars, family, family.Name, when);
        }

        return refusal;
    }

    /// <summary>Every bucket is kept, the empty ones too, so that the points of a metric share one layout.</summary>
    private NativeHistogram CustomOf(ulong count, double? sum)
    {
        // Custom bounds are finite; what lies in a bucket up to −Inf lies in the next one too.
        var first = _boundCount > 0 && _bounds[0] == double.NegativeInfinity ? 1 : 0;
        var bounds = _bounds.AsSpan(first, _boundCount - first);
        if (_custom is null || !_custom.CustomValues.SequenceEqual(bounds))
        {
            _custom = new HistogramLayout(HistogramLayout.SchemaCustom, 0, [new HistogramSpan(0, bounds.Length + 1)], [], bounds);
        }

        var buckets = new double[bounds.Length + 1];
        if (_countCount == 0)
        {
            buckets[^1] = count; // Of a point that tells no buckets all may lie anywhere.
        }

        for (var i = 0; i < _countCount - (_countCount > _boundCount + 1 ? 1 : 0); i++)
        {
            buckets[Math.Max(0, i - first)] += _counts[i];
        }

        return NativeHistogram.Owning(_custom, HistogramResetHint.Unknown, 0, count, sum ?? (count == 0 ? 0 : double.NaN), buckets);
    }
}
