using Toka.Configuration.Binding;

namespace Toka.Server.Configuration.Prometheus;

/// <summary>Sections of Prometheus that steer what Toka has otherwise or not at all: each key that is given is listed with what to do instead.</summary>
internal static class ForeignSections
{
    private const string Otlp = "OTLP is received as toka.yaml says; see its reference";

    public static void Bind(ConfigSection root)
    {
        root.NotInForce("remote_read", "Toka asks no other store; query the other one itself, or write its samples here");
        root.NotInForce("tracing", "Toka sends no traces of itself; remove it");
        root.Section("runtime", "The runtime of Go.").NotInForce("gogc", "Toka does not run on Go; its memory is limited by --memory or storage.memory in toka.yaml");
        BindStorage(root.Section("storage", "What is kept."));
        var otlp = root.Section("otlp", "How OTLP is received.");
        foreach (var key in (ReadOnlySpan<string>)
        [
            "promote_all_resource_attributes", "promote_resource_attributes", "ignore_resource_attributes", "translation_strategy", "keep_identifying_resource_attributes",
            "convert_histograms_to_nhcb", "promote_scope_metadata", "label_name_underscore_sanitization", "label_name_preserve_multiple_underscores",
        ])
        {
            otlp.NotInForce(key, Otlp);
        }
    }

    private static void BindStorage(ConfigSection storage)
    {
        var tsdb = storage.Section("tsdb", "The store.");
        tsdb.NotInForce("out_of_order_time_window", "samples of any age within the retention are taken, so nothing needs to be set");
        tsdb.NotInForce("stale_series_compaction_threshold", "series that end leave the memory by themselves; nothing needs to be set");
        var retention = tsdb.Section("retention", "How long and how much is kept.");
        retention.NotInForce("time", "set storage.retention in toka.yaml");
        retention.NotInForce("size", "set storage.size in toka.yaml");
        retention.NotInForce("percentage", "set storage.size in toka.yaml");
        storage.Section("exemplars", "Exemplars.").NotInForce("max_exemplars", "exemplars are on disk and kept as long as samples, so nothing needs to be set");
    }
}
