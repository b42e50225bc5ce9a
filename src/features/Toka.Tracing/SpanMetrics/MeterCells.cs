using System.Globalization;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Core.Spans;

namespace Toka.Tracing.SpanMetrics;

/// <summary>A span that stands for a measurement.</summary>
/// <param name="TraceId">Its trace.</param>
/// <param name="SpanId">The span.</param>
/// <param name="EndMs">When it ended, ms since the Unix epoch.</param>
internal readonly record struct SpanMark(TraceId TraceId, SpanId SpanId, long EndMs);

/// <summary>A counter while it is added up. Guarded by its <see cref="MeterBook"/>.</summary>
internal sealed class CounterCell(LabelSet labels)
{
    public double Value { get; set; }

    public void Write(WriteBatch batch, long createdMs, long atMs)
    {
        if (createdMs > 0)
        {
            batch.Add(labels, createdMs, 0);
            batch.AddSameSeries(atMs, Value);
            batch.AddCreatedOfLastRow(createdMs);
            return;
        }

        batch.Add(labels, atMs, Value);
    }

    public void WriteEnd(WriteBatch batch, long atMs) => batch.Add(labels, atMs, StaleMarker.Value);
}

/// <summary>
/// A histogram of durations in seconds while it is added up, and of each interval the slowest span and the last one as
/// exemplars. Guarded by its <see cref="MeterBook"/>.
/// </summary>
internal sealed class HistogramCell
{
    /// <summary>Upper bounds in seconds: those of the OpenTelemetry Collector's span metrics, so that its dashboards fit.</summary>
    public static readonly double[] Bounds = [0.002, 0.004, 0.006, 0.008, 0.01, 0.05, 0.1, 0.2, 0.4, 0.8, 1, 1.4, 2, 5, 10, 15];

    private readonly LabelSet _labels;
    private readonly GrowingHistogram? _native;
    private readonly double[] _counts = [];
    private readonly LabelSet[] _buckets = [];
    private readonly LabelSet? _sumLabels;
    private readonly LabelSet? _countLabels;
    private double _sum;
    private (double Seconds, SpanMark Mark)? _slowest;
    private (double Seconds, SpanMark Mark)? _last;

    /// <summary>A histogram without observations.</summary>
    /// <param name="labels">The family's labels, with its name.</param>
    /// <param name="forms">The forms that are written.</param>
    public HistogramCell(LabelSet labels, HistogramForms forms)
    {
        _labels = labels;
        _native = forms.HasFlag(HistogramForms.Native) ? new GrowingHistogram() : null;
        if (forms.HasFlag(HistogramForms.Classic))
        {
            var builder = labels.ToBuilder();
            var name = labels[LabelSet.MetricName];
            LabelSet Part(string suffix, string le)
            {
                builder.Set(LabelSet.MetricName, name + suffix);
                builder.Set("le", le);
                return builder.Build();
            }

            _counts = new double[Bounds.Length + 1];
            _buckets = [.. Bounds.Select(bound => Part("_bucket", bound == Math.Floor(bound) ? bound.ToString("0.0", CultureInfo.InvariantCulture) : bound.ToString(CultureInfo.InvariantCulture))), Part("_bucket", "+Inf")];
            _sumLabels = Part("_sum", "");
            _countLabels = Part("_count", "");
        }
    }

    public void Add(double seconds, double count, in SpanMark mark)
    {
        _native?.Add(seconds, count);
        if (_counts.Length > 0)
        {
            _counts[BucketOf(seconds)] += count;
            _sum += seconds * count;
        }

        _last = (seconds, mark);
        if (_slowest is not { } slowest || seconds > slowest.Seconds)
        {
            _slowest = (seconds, mark);
        }
    }

    /// <summary>Writes the state; exemplars stay until <see cref="ForgetExemplars"/>.</summary>
    /// <param name="batch">Where to.</param>
    /// <param name="scratch">What native histograms are put together in.</param>
    /// <param name="createdMs">When it began, where that is to be written too; else 0.</param>
    /// <param name="atMs">The time of the samples.</param>
    public void Write(WriteBatch batch, ExponentialHistogram scratch, long createdMs, long atMs)
    {
        if (_native is not null)
        {
            if (createdMs > 0)
            {
                batch.AddHistogram(_labels, createdMs, new GrowingHistogram().ToHistogram(scratch));
            }

            batch.AddHistogram(_labels, atMs, _native.ToHistogram(scratch));
            if (createdMs > 0)
            {
                batch.AddCreatedOfLastHistogram(createdMs);
            }
        }

        if (_counts.Length > 0)
        {
            var count = 0.0;
            for (var i = 0; i < _counts.Length; i++)
            {
                count += _counts[i];
                AddRow(batch, _buckets[i], createdMs, atMs, count);
            }

            AddRow(batch, _sumLabels!, createdMs, atMs, _sum);
            AddRow(batch, _countLabels!, createdMs, atMs, count);
        }

        WriteExemplars(batch, atMs);
    }

    public void ForgetExemplars() => (_slowest, _last) = (null, null);

    public void WriteEnd(WriteBatch batch, long atMs)
    {
        if (_native is not null)
        {
            batch.AddHistogram(_labels, atMs, NativeHistogram.Stale);
        }

        if (_counts.Length > 0)
        {
            foreach (var bucket in _buckets)
            {
                batch.Add(bucket, atMs, StaleMarker.Value);
            }

            batch.Add(_sumLabels!, atMs, StaleMarker.Value);
            batch.Add(_countLabels!, atMs, StaleMarker.Value);
        }
    }

    private static void AddRow(WriteBatch batch, LabelSet labels, long createdMs, long atMs, double value)
    {
        if (createdMs > 0)
        {
            batch.Add(labels, createdMs, 0);
            batch.AddSameSeries(atMs, value);
            batch.AddCreatedOfLastRow(createdMs);
            return;
        }

        batch.Add(labels, atMs, value);
    }

    private static int BucketOf(double seconds)
    {
        var at = Array.BinarySearch(Bounds, seconds);
        return at >= 0 ? at : ~at;
    }

    private void WriteExemplars(WriteBatch batch, long atMs)
    {
        if (_slowest is not { } slowest || _last is not { } last)
        {
            return;
        }

        // A span may end ahead of this clock; a store takes exemplars of a series by time.
        var (first, second) = slowest.Mark.EndMs <= last.Mark.EndMs ? (slowest, last) : (last, slowest);
        WriteExemplar(batch, first, atMs);
        if (first.Mark != second.Mark)
        {
            WriteExemplar(batch, second, atMs);
        }
    }

    private void WriteExemplar(WriteBatch batch, (double Seconds, SpanMark Mark) measured, long atMs)
    {
        var labels = LabelSet.Of(("trace_id", measured.Mark.TraceId.ToString()), ("span_id", measured.Mark.SpanId.ToString()));
        var exemplar = new Exemplar(labels, Math.Min(measured.Mark.EndMs, atMs), measured.Seconds);
        if (_native is not null)
        {
            batch.AddExemplar(_labels, exemplar);
        }

        if (_counts.Length > 0)
        {
            batch.AddExemplar(_buckets[BucketOf(measured.Seconds)], exemplar);
        }
    }
}
