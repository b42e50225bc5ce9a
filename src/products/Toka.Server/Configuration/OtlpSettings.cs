using Toka.Configuration.Binding;
using Toka.Protocols.Otlp;

namespace Toka.Server.Configuration;

/// <summary>The section <c>otlp</c>, which has the keys that it has in <c>prometheus.yml</c>.</summary>
public static class OtlpSettings
{
    private static readonly (string, OtlpTranslationStrategy)[] s_strategies =
    [
        ("UnderscoreEscapingWithSuffixes", OtlpTranslationStrategy.UnderscoreEscapingWithSuffixes),
        ("UnderscoreEscapingWithoutSuffixes", OtlpTranslationStrategy.UnderscoreEscapingWithoutSuffixes),
        ("NoUTF8EscapingWithSuffixes", OtlpTranslationStrategy.NoUTF8EscapingWithSuffixes),
        ("NoTranslation", OtlpTranslationStrategy.NoTranslation),
    ];

    /// <summary>Binds the section.</summary>
    /// <param name="section">The section.</param>
    /// <param name="standard">What holds where a key is not given: <see cref="OtlpTranslationOptions.Default"/> for <c>toka.yaml</c>, <see cref="OtlpTranslationOptions.Prometheus"/> for <c>prometheus.yml</c>.</param>
    public static OtlpTranslationOptions Bind(ConfigSection section, OtlpTranslationOptions standard)
    {
        ArgumentNullException.ThrowIfNull(section);
        ArgumentNullException.ThrowIfNull(standard);
        var options = new OtlpTranslationOptions
        {
            Strategy = section.Choice("translation_strategy", standard.Strategy.ToString(), s_strategies, "Whether characters of OTLP's names that need quotes in PromQL become underscores, and whether metric names get the suffixes of unit and type."),
            PromoteResourceAttributes = Attributes(section, "promote_resource_attributes", "Attributes of the resource that all its series get as labels."),
            PromoteAllResourceAttributes = section.Boolean("promote_all_resource_attributes", standard.PromoteAllResourceAttributes, "All attributes of the resource become labels of its series."),
            IgnoreResourceAttributes = Attributes(section, "ignore_resource_attributes", "Attributes of the resource that do not become labels where all the others do."),
            KeepIdentifyingResourceAttributes = section.Boolean("keep_identifying_resource_attributes", standard.KeepIdentifyingResourceAttributes, "service.name, service.namespace and service.instance.id stay labels of target_info, besides being its job and instance."),
            PromoteScopeMetadata = section.Boolean("promote_scope_metadata", standard.PromoteScopeMetadata, "The scope's name, version, schema and attributes are labels (otel_scope_)."),
            ConvertHistogramsToNhcb = section.Boolean("convert_histograms_to_nhcb", standard.ConvertHistogramsToNhcb, "Histograms with explicit bounds become native histograms with custom bounds."),
            LabelNameUnderscoreSanitization = section.Boolean("label_name_underscore_sanitization", standard.LabelNameUnderscoreSanitization, "The word key is put before a label name that would begin with one underscore."),
            LabelNamePreserveMultipleUnderscores = section.Boolean("label_name_preserve_multiple_underscores", standard.LabelNamePreserveMultipleUnderscores, "Underscores beside each other stay in label names."),
        };
        if (options.PromoteAllResourceAttributes && options.PromoteResourceAttributes.Count > 0)
        {
            section.Fault("promote_resource_attributes", "names some where promote_all_resource_attributes takes all; remove one of the two");
        }

        if (!options.PromoteAllResourceAttributes && options.IgnoreResourceAttributes.Count > 0)
        {
            section.Fault("ignore_resource_attributes", "has a meaning only where promote_all_resource_attributes is true; set it, or remove this");
        }

        return options;
    }

    private static string[] Attributes(ConfigSection section, string key, string description)
    {
        var names = section.Texts(key, OtlpTranslationOptions.AttributesMax, description).Select(static name => name.Trim()).ToArray();
        if (names.GroupBy(static name => name).FirstOrDefault(static group => group.Count() > 1) is { } twice)
        {
            section.Fault(key, $"names \"{twice.Key}\" twice; remove one");
        }

        return names;
    }
}
