namespace Toka.Monitoring.Scraping.Options;

/// <summary>A format in which a target may answer, by Prometheus's names.</summary>
public enum ScrapeProtocol
{
    /// <summary><c>PrometheusProto</c>: protobuf, the only one with native histograms.</summary>
    PrometheusProto,

    /// <summary><c>PrometheusText0.0.4</c>.</summary>
    PrometheusText004,

    /// <summary><c>PrometheusText1.0.0</c>: as 0.0.4, with names of UTF-8 in quotes.</summary>
    PrometheusText100,

    /// <summary><c>OpenMetricsText0.0.1</c>.</summary>
    OpenMetricsText001,

    /// <summary><c>OpenMetricsText1.0.0</c>.</summary>
    OpenMetricsText100,
}

/// <summary>Which names of metrics and labels are taken.</summary>
public enum NameValidation
{
    /// <summary><c>utf8</c>: every text of UTF-8.</summary>
    Utf8,

    /// <summary><c>legacy</c>: letters, digits and underscores, for metrics colons too.</summary>
    Legacy,
}

/// <summary>What a target is asked to do with names that are not letters, digits and underscores: <c>escaping</c> of the Accept header.</summary>
public enum NameEscaping
{
    /// <summary><c>allow-utf-8</c>: leave them as they are.</summary>
    AllowUtf8,

    /// <summary><c>underscores</c>: each other character becomes an underscore.</summary>
    Underscores,

    /// <summary><c>dots</c>: a dot becomes <c>_dot_</c>, an underscore two.</summary>
    Dots,

    /// <summary><c>values</c>: <c>U__</c> before the name, and each other character as its number.</summary>
    Values,
}
