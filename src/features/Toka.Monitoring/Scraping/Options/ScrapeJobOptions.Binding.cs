using System.Globalization;
using Toka.Configuration.Binding;
using Toka.Configuration.Http;
using Toka.Configuration.Relabelling;
using Toka.Monitoring.Discovery.Options;

namespace Toka.Monitoring.Scraping.Options;

/// <content>Taking the keys of <c>global</c> and of <c>scrape_configs</c>.</content>
public sealed partial record ScrapeJobOptions
{
    /// <summary>Jobs in a configuration, count: each has a pool of targets and connections of its own.</summary>
    public const int JobsMax = 10_000;

    /// <summary>Keys of a query, and values of one, count.</summary>
    private const int ParamsMax = 100;

    private static readonly (string, ScrapeProtocol)[] s_protocols =
    [
        ("PrometheusProto", ScrapeProtocol.PrometheusProto), ("PrometheusText0.0.4", ScrapeProtocol.PrometheusText004),
        ("PrometheusText1.0.0", ScrapeProtocol.PrometheusText100), ("OpenMetricsText0.0.1", ScrapeProtocol.OpenMetricsText001),
        ("OpenMetricsText1.0.0", ScrapeProtocol.OpenMetricsText100),
    ];

    private static readonly (string, string)[] s_schemes = [("http", "http"), ("https", "https")];

    private static readonly (string, NameValidation)[] s_validations = [("utf8", NameValidation.Utf8), ("legacy", NameValidation.Legacy)];

    private static readonly (string, NameEscaping?)[] s_escapings =
    [
        ("allow-utf-8", NameEscaping.AllowUtf8), ("underscores", NameEscaping.Underscores), ("dots", NameEscaping.Dots), ("values", NameEscaping.Values),
    ];

    private static readonly TimeSpan s_intervalMax = TimeSpan.FromDays(365);

    /// <summary>Declares and takes what <c>global</c> says of scraping.</summary>
    /// <param name="section">The section <c>global</c>.</param>
    /// <returns>A job without name and targets, which gives each real one its defaults.</returns>
    public static ScrapeJobOptions BindDefaults(ConfigSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return BindShared(section, new ScrapeJobOptions { JobName = "", ScrapeProtocols = [] }, isGlobal: true);
    }

    /// <summary>Declares and takes one job.</summary>
    /// <param name="section">An item of <c>scrape_configs</c>.</param>
    /// <param name="defaults">What <see cref="BindDefaults"/> gave.</param>
    /// <param name="places">The names of the jobs before, with their places; the job's own is added.</param>
    public static ScrapeJobOptions Bind(ConfigSection section, ScrapeJobOptions defaults, IDictionary<string, string> places)
    {
        ArgumentNullException.ThrowIfNull(section);
        ArgumentNullException.ThrowIfNull(defaults);
        ArgumentNullException.ThrowIfNull(places);
        var name = section.RequiredText("job_name", "The job's name, unique in the configuration.");
        if (name.Length > 0 && !places.TryAdd(name, section.Location.ToString()))
        {
            section.Fault("job_name", $"\"{name}\" is the name of another job ({places[name]}); choose another");
        }

        var job = BindShared(section, defaults with { JobName = name }, isGlobal: false);
        var relabel = RelabelBinding.Bind(section, "relabel_configs", "Rules for the labels of targets.");
        job = job with
        {
            MetricsPath = section.OptionalText("metrics_path", "/metrics", "The path of the address.") ?? "/metrics",
            Scheme = section.Choice("scheme", "http", s_schemes, "How targets are spoken to.", StringComparison.OrdinalIgnoreCase),
            Params = section.TextListMap("params", ParamsMax, "Keys of the address's query."),
            HonorLabels = section.Boolean("honor_labels", false, "A label of a sample wins over the target's; otherwise it becomes exported_…"),
            HonorTimestamps = section.Boolean("honor_timestamps", true, "Samples keep the times that the target gives."),
            TrackTimestampsStaleness = section.Boolean("track_timestamps_staleness", false, "Series with times of their own get staleness markers too."),
            FallbackScrapeProtocol = Fallback(section),
            EnableCompression = section.Boolean("enable_compression", true, "gzip is asked for."),
            NativeHistogramBucketLimit = Limit(section, "native_histogram_bucket_limit", 0, "Buckets of a native histogram; they are merged until it has no more."),
            NativeHistogramMinBucketFactor = section.Number("native_histogram_min_bucket_factor", 0, 0, double.PositiveInfinity, "The least growth from bucket to bucket; finer ones are merged. 0 for none."),
            RelabelConfigs = relabel,
            MetricRelabelConfigs = RelabelBinding.Bind(section, "metric_relabel_configs", "Rules for the labels of samples."),
            Http = HttpClientOptions.Bind(section),
            Discovery = DiscoveryBinding.Bind(section, relabel),
        };
        if (!job.MetricsPath.StartsWith('/'))
        {
            job = job with { MetricsPath = "/" + job.MetricsPath };
        }

        return job;
    }

    private static ScrapeJobOptions BindShared(ConfigSection section, ScrapeJobOptions basis, bool isGlobal)
    {
        var interval = Interval(section, "scrape_interval", basis.ScrapeInterval, "How often targets are scraped.", isGlobal ? "1m" : "that of global");
        var timeout = Interval(section, "scrape_timeout", basis.ScrapeTimeout < interval ? basis.ScrapeTimeout : interval, "How long a scrape may take; at most the interval.", isGlobal ? "10s" : "that of global");
        if (timeout > interval)
        {
            section.Fault("scrape_timeout", $"{ConfigUnits.FormatDuration((long)timeout.TotalMilliseconds)} is longer than the interval of {ConfigUnits.FormatDuration((long)interval.TotalMilliseconds)}; write a shorter one");
        }

        section.NotInForce("scrape_failure_log_file", "failed scrapes are shown with their targets; remove it");
        var native = section.Boolean("scrape_native_histograms", basis.ScrapeNativeHistograms, "Native histograms are taken.", isGlobal ? null : "that of global");
        var validation = section.Choice("metric_name_validation_scheme", basis.MetricNameValidationScheme == NameValidation.Legacy ? "legacy" : "utf8", s_validations, "Which names are taken.");
        var job = basis with
        {
            ScrapeInterval = interval,
            ScrapeTimeout = timeout,
            ScrapeNativeHistograms = native,
            ScrapeProtocols = Protocols(section, basis.ScrapeProtocols),
            MetricNameValidationScheme = validation,
            MetricNameEscapingScheme = Escaping(section, basis, validation),
            AlwaysScrapeClassicHistograms = section.Boolean("always_scrape_classic_histograms", basis.AlwaysScrapeClassicHistograms, "The classic buckets of a native histogram are taken too.", isGlobal ? null : "that of global"),
            ConvertClassicHistogramsToNhcb = section.Boolean("convert_classic_histograms_to_nhcb", basis.ConvertClassicHistogramsToNhcb, "Classic histograms are stored as native ones with custom buckets.", isGlobal ? null : "that of global"),
            ExtraScrapeMetrics = section.Boolean("extra_scrape_metrics", basis.ExtraScrapeMetrics, "scrape_timeout_seconds and others are written too.", isGlobal ? null : "that of global"),
            BodySizeLimit = section.Size("body_size_limit", basis.BodySizeLimit, 0, 1L << 40, "The most bytes of an answer, decompressed; 0 for no limit.", isGlobal ? "0" : "that of global") ?? 0,
            SampleLimit = Limit(section, "sample_limit", basis.SampleLimit, "Samples of a scrape."),
            LabelLimit = Limit(section, "label_limit", basis.LabelLimit, "Labels of a sample."),
            LabelNameLengthLimit = Limit(section, "label_name_length_limit", basis.LabelNameLengthLimit, "Bytes of a label's name."),
            LabelValueLengthLimit = Limit(section, "label_value_length_limit", basis.LabelValueLengthLimit, "Bytes of a label's value."),
            TargetLimit = Limit(section, "target_limit", basis.TargetLimit, "Targets of a job; with more none is scraped."),
            KeepDroppedTargets = Limit(section, "keep_dropped_targets", basis.KeepDroppedTargets, "Targets dropped by relabelling that are kept to be shown."),
        };
        if (section.Has("convert_classic_histograms_to_nhcb") && job.ConvertClassicHistogramsToNhcb)
        {
            section.NoteNotInForce("convert_classic_histograms_to_nhcb", "classic histograms are stored as they are; nothing is to be done");
        }

        return isGlobal || job.ScrapeProtocols.Count > 0
            ? job
            : job with { ScrapeProtocols = native ? NativeHistogramProtocols : DefaultProtocols };
    }

    private static NameEscaping Escaping(ConfigSection section, ScrapeJobOptions basis, NameValidation validation)
    {
        var isInherited = validation == basis.MetricNameValidationScheme;
        var standard = validation == NameValidation.Legacy ? NameEscaping.Underscores : NameEscaping.AllowUtf8;
        var escaping = section.OptionalChoice("metric_name_escaping_scheme", s_escapings, "What a target is asked to do with names of other characters; without it that of global, else allow-utf-8, with the validation legacy underscores.");
        if (escaping == NameEscaping.AllowUtf8 && validation == NameValidation.Legacy)
        {
            section.Fault("metric_name_escaping_scheme", "lets names of UTF-8 through, which metric_name_validation_scheme: legacy refuses; write underscores, dots or values");
        }

        return escaping ?? (isInherited && basis.MetricNameEscapingScheme != NameEscaping.AllowUtf8 ? basis.MetricNameEscapingScheme : standard);
    }

    private static ValueList<ScrapeProtocol> Protocols(ConfigSection section, ValueList<ScrapeProtocol> fallback)
    {
        var protocols = new List<ScrapeProtocol>();
        foreach (var text in section.Texts("scrape_protocols", s_protocols.Length, "Formats that are offered, best first.", "OpenMetricsText1.0.0, OpenMetricsText0.0.1, PrometheusText1.0.0, PrometheusText0.0.4; with native histograms PrometheusProto before them"))
        {
            if (Array.Find(s_protocols, known => known.Item1 == text) is not { Item1: not null } found)
            {
                section.Fault("scrape_protocols", $"\"{text}\" is not known; write of {string.Join(", ", s_protocols.Select(static known => known.Item1))}");
            }
            else if (protocols.Contains(found.Item2))
            {
                section.Fault("scrape_protocols", $"names {text} twice; remove one");
            }
            else
            {
                protocols.Add(found.Item2);
            }
        }

        return protocols.Count > 0 ? protocols.ToValueList() : fallback;
    }

    private static ScrapeProtocol? Fallback(ConfigSection section) => section.OptionalChoice<ScrapeProtocol?>(
        "fallback_scrape_protocol", [.. s_protocols.Select(static known => (known.Item1, (ScrapeProtocol?)known.Item2))], "How an answer is read whose Content-Type says nothing usable; without it such an answer is refused.");

    private static int Limit(ConfigSection section, string key, int fallback, string what) =>
        section.Integer(key, fallback, 0, int.MaxValue, $"{what} 0 for no limit.", fallback.ToString(CultureInfo.InvariantCulture));

    /// <summary>An interval of 0 is one that is not given, as in Prometheus.</summary>
    private static TimeSpan Interval(ConfigSection section, string key, TimeSpan fallback, string description, string defaultText)
    {
        var given = section.Duration(key, fallback, TimeSpan.Zero, s_intervalMax, description, defaultText);
        return given == TimeSpan.Zero ? fallback : given;
    }
}
