using System.Text;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Protocols.Exposition;

namespace Toka.Monitoring.Scraping.Appending;

/// <summary>
/// Makes batches of one target's bodies. It remembers what each series of the body is in the store, so that one which comes
/// again costs a comparison of bytes and no garbage, and which series go on, so that those that vanish are marked as ended.
/// One scrape at a time; <see cref="Families"/> is thread-safe.
/// </summary>
/// <remarks>
/// Source: Prometheus, "Staleness", and its scrape loop. Other than there a line that is not of the format costs itself alone,
/// see docs/reference/scraping.md.
/// </remarks>
internal sealed partial class ScrapeAppender
{
    /// <summary>Bodies in which a series may be missing before what is known of it is forgotten: exporters flap.</summary>
    private const int MissingMax = 5;

    /// <summary>Series that are remembered beyond twice those of the last body, whatever they missed.</summary>
    private const int SpareMax = 1000;

    private readonly LabelSet _target;
    private readonly FamilyCache _families = new();
    private readonly LabelSetBuilder _labels = new();
    private readonly LabelSetBuilder _exemplarLabels = new();
    private readonly List<SeriesEntry> _ended = [];
    private readonly List<LiveSeries> _inherited = [];
    private readonly HashSet<LabelSet> _vanished = [];
    private readonly int[] _refusals = new int[Enum.GetValues<ScrapeRefusal>().Length];
    private KeyedCache<SeriesEntry> _series = new();
    private ScrapeRules _rules;
    private SeriesResolver _resolver;
    private HistogramResolution _resolution;
    private WriteBatch _batch = null!;
    private int _body;
    private int _lastGood;
    private long _timeMs;
    private int _scraped;
    private int _kept;
    private int _added;
    private int _faults;
    private ScrapeOutcome _breach;
    private string? _message;

    /// <summary>An appender of a target that has no series yet.</summary>
    /// <param name="rules">What becomes of the samples.</param>
    /// <param name="target">The target's labels.</param>
    public ScrapeAppender(ScrapeRules rules, LabelSet target)
    {
        _target = target;
        _rules = rules;
        _resolver = new SeriesResolver(rules, target);
        _resolution = new HistogramResolution(rules.BucketLimit, rules.MinBucketFactor);
        Report = new ReportSeries(target);
    }

    /// <summary>What the target says of its families.</summary>
    public IReadOnlyList<MetricMetadata> Families => _families.Known;

    /// <summary>The series of the scrape itself.</summary>
    public ReportSeries Report { get; }

    /// <summary>The series that are remembered.</summary>
    internal int Remembered => _series.Entries.Count;

    /// <summary>What was not kept of the last body, by reason.</summary>
    /// <param name="refusal">The reason.</param>
    public int RefusedBy(ScrapeRefusal refusal) => _refusals[(int)refusal];

    /// <summary>Puts other rules in force; series that they make into others are marked as ended with the next body.</summary>
    public void Apply(ScrapeRules rules)
    {
        if (!rules.ResolveAs(_rules))
        {
            _inherited.AddRange(TakeLive());
            _series = new KeyedCache<SeriesEntry>();
            _resolver = new SeriesResolver(rules, _target);
        }

        _resolution = new HistogramResolution(rules.BucketLimit, rules.MinBucketFactor);
        _rules = rules;
    }

    /// <summary>Takes over the series of a target that went away and had the same labels: they may go on here.</summary>
    public void Inherit(ScrapeAppender other) => _inherited.AddRange(other.TakeLive());

    /// <summary>Reads a body into a batch.</summary>
    /// <param name="body">The whole body.</param>
    /// <param name="format">Its format.</param>
    /// <param name="timeMs">The time of the scrape, ms since the Unix epoch.</param>
    /// <param name="batch">An empty batch.</param>
    public ScrapeReading Read(ReadOnlySpan<byte> body, ExpositionFormat format, long timeMs, WriteBatch batch)
    {
        _body++;
        var remembered = _series.Entries.Count;
        (_batch, _timeMs) = (batch, timeMs);
        (_scraped, _kept, _added, _faults, _breach, _message) = (0, 0, 0, 0, ScrapeOutcome.Good, null);
        Array.Clear(_refusals);
        _series.Rewind();
        _families.Begin(format == ExpositionFormat.OpenMetrics);
        if (format == ExpositionFormat.Protobuf)
        {
            ReadProtobuf(new ExpositionProtobufReader(body));
        }
        else
        {
            ReadText(new ExpositionTextReader(format == ExpositionFormat.OpenMetrics ? WithoutCut(body) : body, format == ExpositionFormat.OpenMetrics));
        }

        if (_breach == ScrapeOutcome.SampleLimit)
        {
            _message = $"sample_limit: the target sent {_kept} samples, the limit is {_rules.SampleLimit}; nothing of the scrape is kept. Raise the limit, or drop series with metric_relabel_configs";
        }
        else if (_breach == ScrapeOutcome.Good && _faults > 0)
        {
            var more = _faults > 1 ? $" ({_faults} faults in all)" : "";
            _breach = _scraped == 0 ? ScrapeOutcome.Unreadable : ScrapeOutcome.Partial;
            _message = _breach == ScrapeOutcome.Unreadable
                ? $"no sample could be read of the body: {_message}{more}"
                : $"part of the body is refused: {_message}{more}";
        }

        var reading = new ScrapeReading(_breach, _message) { Scraped = _scraped, Kept = _kept, Added = _added };
        if (reading.IsUp)
        {
            EndVanished();
            _families.End(batch);
            _lastGood = _body;
            Forget();
        }
        else
        {
            if (_breach != ScrapeOutcome.Unreadable)
            {
                _refusals[(int)ScrapeRefusal.ScrapeLimit] = _scraped;
            }

            batch.Clear();
            _series.CutTo(remembered);
            ForgetTold();
            EndAll(timeMs, batch);
        }

        return reading;
    }

    /// <summary>A scrape without a body: adds that all series ended.</summary>
    /// <param name="timeMs">The time of the scrape, ms since the Unix epoch.</param>
    /// <param name="batch">An empty batch.</param>
    public void Fail(long timeMs, WriteBatch batch)
    {
        Array.Clear(_refusals);
        EndAll(timeMs, batch);
    }

    /// <summary>The target goes away: adds that all its series ended, those of the scrape too.</summary>
    /// <param name="timeMs">A time after its last scrape, ms since the Unix epoch.</param>
    /// <param name="batch">An empty batch.</param>
    public void End(long timeMs, WriteBatch batch)
    {
        EndAll(timeMs, batch);
        Report.End(batch, timeMs, _rules.HasExtraMetrics);
    }

    /// <summary>The store has the batch.</summary>
    public void Written()
    {
        _ended.Clear();
        _inherited.Clear();
        _families.Written();
    }

    /// <summary>The store does not have the batch: what it told is told again with the next one.</summary>
    public void NotWritten()
    {
        foreach (var entry in _ended)
        {
            entry.IsLive = true;
            if (entry.IsRemoved)
            {
                _inherited.Add(new LiveSeries(entry.Labels!, entry.Kind == SeriesKind.Native));
            }
        }

        ForgetTold();
        _ended.Clear();
    }

    /// <summary>OpenMetrics without its end was cut, maybe in the middle of a number: its last line is not to be trusted.</summary>
    private static ReadOnlySpan<byte> WithoutCut(ReadOnlySpan<byte> body) =>
        body.EndsWith("# EOF"u8) ? body : body[..(body.LastIndexOf((byte)'\n') + 1)];

    /// <summary>Adds a sample whose series is known.</summary>
    private bool Take(SeriesEntry entry, double value, long? time, NativeHistogram? histogram = null)
    {
        entry.IsTracked = true;
        if (entry.SeenIn != _body)
        {
            _added += entry.Labels is not null && (entry.SeenIn == 0 || entry.SeenIn < _lastGood) ? 1 : 0;
            entry.SeenIn = _body;
        }

        if (entry.Labels is not { } labels)
        {
            _refusals[(int)entry.Refusal]++;
            return false;
        }

        _kept++;
        if (_breach != ScrapeOutcome.Good)
        {
            return false;
        }

        if (_rules.SampleLimit > 0 && _kept > _rules.SampleLimit)
        {
            _breach = ScrapeOutcome.SampleLimit;
            return false;
        }

        var at = _timeMs;
        if (time is { } own && _rules.HonorTimestamps)
        {
            at = own;
            entry.IsTracked = _rules.TracksTimestampsStaleness;
        }

        if (histogram is null)
        {
            _batch.Add(labels, at, value);
            return true;
        }

        return TakeHistogram(labels, at, histogram);
    }

    private bool TakeHistogram(LabelSet labels, long at, NativeHistogram histogram)
    {
        if (_resolution.Fit(histogram) is not { } fitting)
        {
            _breach = ScrapeOutcome.BucketLimit;
            _message = $"native_histogram_bucket_limit: {labels[LabelSet.MetricName]} has {histogram.Layout.BucketCount} buckets and more than the limit of {_rules.BucketLimit} at the coarsest resolution too; nothing of the scrape is kept. Raise the limit";
            return false;
        }

        _batch.AddHistogram(labels, at, fitting);
        return true;
    }

    /// <summary>Makes the entry of a series that is new; its labels are in the builder.</summary>
    private SeriesEntry AddSeries(ReadOnlySpan<byte> key, int kind)
    {
        var isKept = _resolver.Resolve(_labels, out var refusal);
        if (isKept && _breach == ScrapeOutcome.Good && _resolver.BreachOf(_labels) is { } breach)
        {
            (_breach, _message) = (ScrapeOutcome.LabelLimit, breach);
        }

        if (refusal != ScrapeRefusal.None)
        {
            NoteFault($"the series {Encoding.UTF8.GetString(key.Length > 100 ? key[..100] : key)} has after metric_relabel_configs no name, a label that is too long, or one that metric_name_validation_scheme does not allow", isCounted: false);
        }

        var entry = new SeriesEntry(key.ToArray(), kind, KeyedCache<SeriesEntry>.HashOf(key, kind))
        {
            Labels = isKept ? _labels.Build() : null,
            Refusal = refusal,
        };

        // A body that breaks a limit is counted to its end, and not remembered.
        if (_breach == ScrapeOutcome.Good)
        {
            _series.Add(entry);
        }

        return entry;
    }

    private void NoteFault(string text, bool isCounted = true)
    {
        _faults++;
        _message ??= text;
        _refusals[(int)ScrapeRefusal.Malformed] += isCounted ? 1 : 0;
    }
}
