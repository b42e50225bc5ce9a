namespace Toka.Protocols.Otlp;

/// <summary>What becomes of OTLP's names: whether characters are escaped, and whether units and types are put behind them.</summary>
public enum OtlpTranslationStrategy
{
    /// <summary>Metric names of letters, digits, underscores and colons, with the suffixes of unit and type. The default.</summary>
    UnderscoreEscapingWithSuffixes,

    /// <summary>Escaped as above, without suffixes: metrics that differ in unit or type alone become one.</summary>
    UnderscoreEscapingWithoutSuffixes,

    /// <summary>Names as they come, with the suffixes of unit and type.</summary>
    NoUTF8EscapingWithSuffixes,

    /// <summary>Names as they come, without suffixes.</summary>
    NoTranslation,
}

/// <summary>
/// How OTLP metrics are named and labelled as series: the keys of the section <c>otlp</c> of Prometheus's configuration.
/// Immutable; a decoder is given another one between two requests.
/// </summary>
public sealed record OtlpTranslationOptions
{
    /// <summary>Attributes that one list may name. A longer one is looked through for every attribute of every resource.</summary>
    public const int AttributesMax = 256;

    /// <summary>Toka's own defaults.</summary>
    public static OtlpTranslationOptions Default { get; } = new();

    /// <summary>Prometheus's defaults, for a configuration that was written for it: the scope is not in the labels.</summary>
    public static OtlpTranslationOptions Prometheus { get; } = new() { PromoteScopeMetadata = false };

    /// <summary>
    /// <c>translation_strategy</c>. The default is the one that Prometheus has and that most dashboards and alerts are written
    /// for: names need no quotes in PromQL and say their unit.
    /// </summary>
    public OtlpTranslationStrategy Strategy { get; init; }

    /// <summary><c>promote_resource_attributes</c>: attributes of the resource that every series of it gets as labels. Default none.</summary>
    public IReadOnlyList<string> PromoteResourceAttributes { get; init; } = [];

    /// <summary><c>promote_all_resource_attributes</c>: all of them but <see cref="IgnoreResourceAttributes"/>. Default false.</summary>
    public bool PromoteAllResourceAttributes { get; init; }

    /// <summary><c>ignore_resource_attributes</c>: what is left out of all. Default none.</summary>
    public IReadOnlyList<string> IgnoreResourceAttributes { get; init; } = [];

    /// <summary>
    /// <c>keep_identifying_resource_attributes</c>: <c>service.name</c>, <c>service.namespace</c> and
    /// <c>service.instance.id</c> stay labels of <c>target_info</c>, besides being its <c>job</c> and <c>instance</c>. Default false.
    /// </summary>
    public bool KeepIdentifyingResourceAttributes { get; init; }

    /// <summary>
    /// <c>promote_scope_metadata</c>: every series says which scope it came from (<c>otel_scope_…</c>). Default true, as the
    /// specification asks: two libraries that use one metric name stay apart.
    /// </summary>
    public bool PromoteScopeMetadata { get; init; } = true;

    /// <summary><c>convert_histograms_to_nhcb</c>: histograms with explicit bounds become native histograms with custom bounds, one series each. Default false.</summary>
    public bool ConvertHistogramsToNhcb { get; init; }

    /// <summary><c>label_name_underscore_sanitization</c>: <c>key</c> is put before a label name that would begin with one underscore. Default true. Only where names are escaped.</summary>
    public bool LabelNameUnderscoreSanitization { get; init; } = true;

    /// <summary><c>label_name_preserve_multiple_underscores</c>: underscores beside each other stay in label names. Default true. Only where names are escaped.</summary>
    public bool LabelNamePreserveMultipleUnderscores { get; init; } = true;

    /// <summary>Whether characters that need quotes in PromQL become underscores.</summary>
    internal bool Escapes => Strategy is OtlpTranslationStrategy.UnderscoreEscapingWithSuffixes or OtlpTranslationStrategy.UnderscoreEscapingWithoutSuffixes;

    /// <summary>Whether names get the suffixes of unit and type.</summary>
    internal bool HasSuffixes => Strategy is OtlpTranslationStrategy.UnderscoreEscapingWithSuffixes or OtlpTranslationStrategy.NoUTF8EscapingWithSuffixes;
}
