using Toka.Configuration.Binding;
using Toka.Configuration.Http;
using Toka.Core.Labels.Relabelling;
using Toka.Monitoring.Discovery.Options;

namespace Toka.Monitoring.Scraping.Options;

/// <summary>
/// One job of <c>scrape_configs</c>, the defaults of <c>global</c> applied. Immutable; two are equal when they say the same, so that a
/// reload leaves alone the jobs that did not change. Source: Prometheus, "Configuration", <c>scrape_config</c>.
/// </summary>
/// <remarks>A limit of 0 is none, as in Prometheus.</remarks>
public sealed partial record ScrapeJobOptions
{
    /// <summary><c>job_name</c>: the label <c>job</c> of all its series, unless relabelling says otherwise. Unique.</summary>
    public required string JobName { get; init; }

    /// <summary><c>scrape_interval</c>. Default 1 min; 1 ms to 1 year.</summary>
    public TimeSpan ScrapeInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary><c>scrape_timeout</c>: for all of a scrape, not above the interval. Default 10 s, or the interval where that is shorter.</summary>
    public TimeSpan ScrapeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary><c>metrics_path</c>. Default <c>/metrics</c>.</summary>
    public string MetricsPath { get; init; } = "/metrics";

    /// <summary><c>scheme</c>: <c>http</c> or <c>https</c>. Default <c>http</c>.</summary>
    public string Scheme { get; init; } = "http";

    /// <summary><c>params</c>: keys of the address's query with their values. Default none.</summary>
    public ValueList<KeyValuePair<string, ValueList<string>>> Params { get; init; } = [];

    /// <summary><c>honor_labels</c>: a label of the sample wins over one of the target; otherwise it is renamed to <c>exported_…</c>. Default false.</summary>
    public bool HonorLabels { get; init; }

    /// <summary><c>honor_timestamps</c>: samples keep the times that the target gives. Default true.</summary>
    public bool HonorTimestamps { get; init; } = true;

    /// <summary><c>track_timestamps_staleness</c>: series with times of their own get staleness markers too. Default false.</summary>
    public bool TrackTimestampsStaleness { get; init; }

    /// <summary><c>scrape_protocols</c>: what the header Accept offers, best first; never empty.</summary>
    public ValueList<ScrapeProtocol> ScrapeProtocols { get; init; } = DefaultProtocols;

    /// <summary><c>fallback_scrape_protocol</c>: how an answer is read whose Content-Type says nothing usable; null refuses it. Default null.</summary>
    public ScrapeProtocol? FallbackScrapeProtocol { get; init; }

    /// <summary><c>scrape_native_histograms</c>: native histograms are taken. Default false, as in Prometheus 3.</summary>
    public bool ScrapeNativeHistograms { get; init; }

    /// <summary><c>always_scrape_classic_histograms</c>: the classic buckets of a histogram that is native too are taken beside it. Default false.</summary>
    public bool AlwaysScrapeClassicHistograms { get; init; }

    /// <summary><c>convert_classic_histograms_to_nhcb</c>: classic histograms are stored as native ones with custom buckets. Default false.</summary>
    public bool ConvertClassicHistogramsToNhcb { get; init; }

    /// <summary><c>enable_compression</c>: gzip is asked for. Default true.</summary>
    public bool EnableCompression { get; init; } = true;

    /// <summary><c>body_size_limit</c>, in bytes after decompression: a larger answer fails the scrape. Default 0, which is none.</summary>
    public long BodySizeLimit { get; init; }

    /// <summary><c>sample_limit</c>, after relabelling: more fail the scrape. Default 0, which is none.</summary>
    public int SampleLimit { get; init; }

    /// <summary><c>label_limit</c> of a series, after relabelling: more fail the scrape. Default 0, which is none.</summary>
    public int LabelLimit { get; init; }

    /// <summary><c>label_name_length_limit</c>, in bytes of UTF-8: longer names fail the scrape. Default 0, which is none.</summary>
    public int LabelNameLengthLimit { get; init; }

    /// <summary><c>label_value_length_limit</c>, in bytes of UTF-8: longer values fail the scrape. Default 0, which is none.</summary>
    public int LabelValueLengthLimit { get; init; }

    /// <summary><c>target_limit</c>, after relabelling: with more none is scraped. Default 0, which is none.</summary>
    public int TargetLimit { get; init; }

    /// <summary><c>native_histogram_bucket_limit</c>: buckets of a native histogram are merged until it has no more. Default 0, which is none.</summary>
    public int NativeHistogramBucketLimit { get; init; }

    /// <summary><c>native_histogram_min_bucket_factor</c>: the least growth from bucket to bucket; finer ones are merged. Default 0, which is none.</summary>
    public double NativeHistogramMinBucketFactor { get; init; }

    /// <summary><c>keep_dropped_targets</c>: targets dropped by relabelling that are kept to be shown, count. Default 0, which is no limit.</summary>
    public int KeepDroppedTargets { get; init; }

    /// <summary><c>extra_scrape_metrics</c>: <c>scrape_timeout_seconds</c>, <c>scrape_sample_limit</c> and <c>scrape_body_size_bytes</c> are written too. Default false.</summary>
    public bool ExtraScrapeMetrics { get; init; }

    /// <summary><c>metric_name_validation_scheme</c>. Default <c>utf8</c>.</summary>
    public NameValidation MetricNameValidationScheme { get; init; }

    /// <summary><c>metric_name_escaping_scheme</c>. Default <c>allow-utf-8</c>; with the validation <c>legacy</c> it is <c>underscores</c>.</summary>
    public NameEscaping MetricNameEscapingScheme { get; init; }

    /// <summary><c>relabel_configs</c>, for targets. Default none.</summary>
    public ValueList<RelabelConfig> RelabelConfigs { get; init; } = [];

    /// <summary><c>metric_relabel_configs</c>, for samples. Default none.</summary>
    public ValueList<RelabelConfig> MetricRelabelConfigs { get; init; } = [];

    /// <summary>How targets are asked.</summary>
    public HttpClientOptions Http { get; init; } = HttpClientOptions.Default;

    /// <summary>Where targets are found, in the order of the file.</summary>
    public ValueList<DiscoveryOptions> Discovery { get; init; } = [];

    /// <summary>What is offered without <c>scrape_protocols</c>: OpenMetrics first, then text.</summary>
    public static ValueList<ScrapeProtocol> DefaultProtocols { get; } =
        [ScrapeProtocol.OpenMetricsText100, ScrapeProtocol.OpenMetricsText001, ScrapeProtocol.PrometheusText100, ScrapeProtocol.PrometheusText004];

    /// <summary>The same with protobuf first, where native histograms are wanted.</summary>
    public static ValueList<ScrapeProtocol> NativeHistogramProtocols { get; } = [ScrapeProtocol.PrometheusProto, .. DefaultProtocols];
}
