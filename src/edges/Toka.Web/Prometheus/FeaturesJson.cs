using System.Text.Json;
using Toka.Query;

namespace Toka.Web.Prometheus;

/// <summary><c>api/v1/features</c>: what this server can do, by Prometheus's categories and names.</summary>
internal static class FeaturesJson
{
    /// <summary>Writes categories of features, each with whether it is there.</summary>
    public static void Write(Utf8JsonWriter json, QueryOptions language)
    {
        json.WriteStartObject();
        Category(json, "api"u8,
        [
            ("admin", true), ("exclude_alerts", true), ("label_values_match", true), ("lifecycle", true),
            ("query_stats", true), ("query_warnings", true), ("remote_write_receiver", false), ("time_range_labels", true), ("time_range_series", true),
        ]);
        Category(json, "otlp_receiver"u8, [("delta_conversion", true), ("native_delta_ingestion", false)]);
        Category(json, "promql"u8,
        [
            ("at_modifier", true), ("bool", true), ("by", true), ("delayed_name_removal", language.DelayedNameRemoval),
            ("experimental_functions", language.ExperimentalFunctions), ("extended_range_selectors", language.ExtendedRangeSelectors),
            ("binop_fill_modifiers", language.FillModifiers), ("group_left", true), ("group_right", true), ("ignoring", true),
            ("negative_offset", true), ("offset", true), ("on", true), ("subqueries", true), ("type_and_unit_labels", language.TypeAndUnitLabels), ("without", true),
        ]);
        Category(json, "scrape"u8, [("enabled", false)]);
        Category(json, "tsdb"u8, [("exemplar_storage", true), ("native_histograms", true), ("out_of_order_samples", true), ("start_timestamps", language.StartTimestamps)]);
        json.WriteEndObject();
    }

    private static void Category(Utf8JsonWriter json, ReadOnlySpan<byte> name, ReadOnlySpan<(string Name, bool IsThere)> features)
    {
        json.WriteStartObject(name);
        foreach (var (feature, isThere) in features)
        {
            json.WriteBoolean(feature, isThere);
        }

        json.WriteEndObject();
    }
}
