using System.Text.Json;
using Toka.Forwarding.Options;
using Toka.Monitoring.StatsD;
using Toka.Protocols.Otlp;
using Toka.Server.Configuration;

namespace Toka.Server.Hosting;

/// <summary>The configuration in force, as JSON with the keys of <c>toka.yaml</c>; secrets are left out.</summary>
internal static class EffectiveConfiguration
{
    public static ReadOnlyMemory<byte> ToJson(TokaOptions options)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("environment", Lower(options.Environment));
            Write(json, options.Performance);
            Write(json, options.Monitoring);
            Write(json, options.Dashboard);
            Write(json, options.Alerting);
            Write(json, options.Storage);
            EventsJson.Write(json, options.Events);
            TracingJson.Write(json, options.Tracing);
            Write(json, options.StatsD);
            Write(json, options.Query);
            Write(json, options.Otlp);
            PrometheusJson.Write(json, options.Prometheus);
            Write(json, options.Forwarding);
            ForwardingJson.WriteRemotes(json, options.RemoteWrite);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static void Write(Utf8JsonWriter json, PerformanceOptions performance)
    {
        json.WriteStartObject("performance");
        json.WriteBoolean("metrics_enabled", performance.MetricsEnabled);
        json.WriteBoolean("tracing_enabled", performance.TracingEnabled);
        json.WriteBoolean("monitoring_enabled", performance.MonitoringEnabled);
        json.WriteBoolean("benchmarking_enabled", performance.BenchmarkingEnabled);
        json.WriteBoolean("regression_detection_enabled", performance.RegressionDetectionEnabled);
        json.WriteBoolean("dashboard_enabled", performance.DashboardEnabled);
        json.WriteNumber("metrics_interval_seconds", performance.MetricsInterval.TotalSeconds);
        json.WriteNumber("tracing_sample_rate", performance.TracingSampleRate);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, StatsDOptions statsD)
    {
        json.WriteStartObject("statsd");
        json.WriteString("interval", Seconds(statsD.Interval));
        json.WriteString("idle", Seconds(statsD.Idle));
        json.WriteNumber("series_max", statsD.SeriesMax);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, MonitoringSettings monitoring)
    {
        var thresholds = monitoring.Thresholds;
        json.WriteStartObject("monitoring");
        json.WriteBoolean("enabled", monitoring.Enabled);
        json.WriteNumber("interval_seconds", monitoring.Interval.TotalSeconds);
        json.WriteNumber("history_retention_minutes", monitoring.HistoryRetention.TotalMinutes);
        json.WriteStartObject("thresholds");
        foreach (var (name, pair) in new[] { ("cpu", thresholds.Cpu), ("memory", thresholds.Memory), ("disk", thresholds.Disk), ("network", thresholds.Network) })
        {
            json.WriteNumber(name + "_warning_percent", pair.Warning);
            json.WriteNumber(name + "_critical_percent", pair.Critical);
        }

        json.WriteString("warning_for", Seconds(thresholds.WarningFor));
        json.WriteString("critical_for", Seconds(thresholds.CriticalFor));
        json.WriteString("cooldown", Seconds(thresholds.Cooldown));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, DashboardOptions dashboard)
    {
        json.WriteStartObject("dashboard");
        json.WriteBoolean("enabled", dashboard.Enabled);
        json.WriteNumber("refresh_interval_seconds", dashboard.RefreshInterval.TotalSeconds);
        json.WriteNumber("max_data_points", dashboard.MaxDataPoints);
        json.WriteString("theme", dashboard.Theme == DashboardTheme.HighContrast ? "high_contrast" : Lower(dashboard.Theme));
        json.WriteStartArray("widgets");
        foreach (var widget in dashboard.Widgets)
        {
            json.WriteStartObject();
            json.WriteString("id", widget.Id);
            json.WriteString("type", Lower(widget.Type));
            json.WriteString("metric_name", widget.MetricName);
            if (widget.Title is { } title)
            {
                json.WriteString("title", title);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Alerting.Options.AlertingOptions alerting)
    {
        json.WriteStartObject("alerting");
        json.WriteStartArray("webhooks");
        foreach (var webhook in alerting.Webhooks)
        {
            json.WriteStartObject();
            json.WriteString("url", webhook.Url.GetLeftPart(UriPartial.Authority)); // A path may hold a secret.
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("rules");
        foreach (var rule in alerting.Rules)
        {
            json.WriteStartObject();
            json.WriteString("name", rule.Name);
            json.WriteString("metric", rule.Metric);
            json.WriteString("severity", Lower(rule.Severity));
            json.WriteString("for", Seconds(rule.For));
            json.WriteString("cooldown", Seconds(rule.Cooldown));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, StorageOptions storage)
    {
        json.WriteStartObject("storage");
        json.WriteString("retention", Seconds(storage.Retention));
        json.WriteStartObject("tiers");
        json.WriteString("10s", Seconds(storage.Tier10s));
        json.WriteString("1m", Seconds(storage.Tier1m));
        json.WriteString("1h", Seconds(storage.Tier1h));
        json.WriteEndObject();
        json.WriteStartArray("rules");
        foreach (var rule in storage.Rules)
        {
            json.WriteStartObject();
            json.WriteString("match", rule.Match);
            json.WriteString("keep", Seconds(rule.Keep));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (storage.SizeBytes is { } size)
        {
            json.WriteNumber("size", size);
        }

        json.WriteNumber("disk_reserve", storage.DiskReserveBytes);
        json.WriteString("sync_interval", string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{storage.SyncInterval.TotalMilliseconds}ms"));
        if (storage.MemoryBytes is { } bytes)
        {
            json.WriteNumber("memory", bytes);
        }

        json.WriteNumber("series_max", storage.SeriesMax);
        json.WriteNumber("series_per_job_hour", storage.SeriesPerJobHour);
        json.WriteNumber("series_per_job_day", storage.SeriesPerJobDay);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, QuerySettings query)
    {
        var engine = query.Engine;
        json.WriteStartObject("query");
        json.WriteNumber("samples_max", engine.SamplesMax);
        json.WriteNumber("series_max", engine.SeriesMax);
        json.WriteNumber("points_per_series_max", engine.PointsPerSeriesMax);
        json.WriteNumber("heavy_samples", engine.HeavySamples);
        if (query.MemoryBytes is { } bytes)
        {
            json.WriteNumber("memory_max", bytes);
        }

        json.WriteString("timeout", Seconds(engine.Timeout));
        json.WriteNumber("concurrency_max", query.ConcurrencyMax);
        json.WriteNumber("threads_max", engine.ThreadsMax);
        json.WriteString("lookback_delta", Seconds(engine.LookbackDelta));
        json.WriteString("default_subquery_step", Seconds(engine.DefaultSubqueryStep));
        json.WriteNumber("expression_length_max", engine.ExpressionLengthMax);
        json.WriteNumber("expression_depth_max", engine.ExpressionDepthMax);
        if (query.LogFile is { } file)
        {
            json.WriteString("log_file", file);
        }

        json.WriteNumber("log_size", query.LogBytes);
        json.WriteBoolean("experimental_functions", engine.ExperimentalFunctions);
        json.WriteBoolean("delayed_name_removal", engine.DelayedNameRemoval);
        json.WriteBoolean("extended_range_selectors", engine.ExtendedRangeSelectors);
        json.WriteBoolean("fill_modifiers", engine.FillModifiers);
        json.WriteBoolean("start_timestamps", engine.StartTimestamps);
        json.WriteBoolean("type_and_unit_labels", engine.TypeAndUnitLabels);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ForwardingOptions forwarding)
    {
        json.WriteStartObject("forwarding");
        json.WriteNumber("buffer_size", forwarding.BufferBytes);
        json.WriteString("buffer_age", Seconds(forwarding.BufferAge));
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, OtlpTranslationOptions otlp)
    {
        json.WriteStartObject("otlp");
        json.WriteString("translation_strategy", otlp.Strategy.ToString());
        WriteTexts(json, "promote_resource_attributes", otlp.PromoteResourceAttributes);
        json.WriteBoolean("promote_all_resource_attributes", otlp.PromoteAllResourceAttributes);
        WriteTexts(json, "ignore_resource_attributes", otlp.IgnoreResourceAttributes);
        json.WriteBoolean("keep_identifying_resource_attributes", otlp.KeepIdentifyingResourceAttributes);
        json.WriteBoolean("promote_scope_metadata", otlp.PromoteScopeMetadata);
        json.WriteBoolean("convert_histograms_to_nhcb", otlp.ConvertHistogramsToNhcb);
        json.WriteBoolean("label_name_underscore_sanitization", otlp.LabelNameUnderscoreSanitization);
        json.WriteBoolean("label_name_preserve_multiple_underscores", otlp.LabelNamePreserveMultipleUnderscores);
        json.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter json, string key, IEnumerable<string> texts)
    {
        json.WriteStartArray(key);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    internal static string Seconds(TimeSpan duration) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{duration.TotalSeconds}s");

    private static string Lower<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
