using System.Text.Json;
using Toka.Configuration.Binding;
using Toka.Monitoring.Discovery.Options;
using Toka.Monitoring.Scraping.Options;
using Toka.Server.Configuration.Prometheus;

namespace Toka.Server.Hosting;

/// <summary>What is in force of <c>prometheus.yml</c>, and what is not, as JSON without secrets.</summary>
internal static class PrometheusJson
{
    public static void Write(Utf8JsonWriter json, PrometheusOptions prometheus)
    {
        if (prometheus.File is not { } file)
        {
            return;
        }

        json.WriteStartObject("prometheus");
        json.WriteString("file", file);
        json.WriteStartObject("external_labels");
        foreach (var (name, value) in prometheus.ExternalLabels.ToPairs())
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
        json.WriteStartArray("scrape_configs");
        foreach (var job in prometheus.ScrapeJobs)
        {
            Write(json, job);
        }

        json.WriteEndArray();
        json.WriteNumber("rule_groups", prometheus.RuleGroups.Count);
        json.WriteStartArray("not_in_force");
        foreach (var note in prometheus.NotInForce)
        {
            json.WriteStartObject();
            json.WriteString("file", note.Location.Source);
            json.WriteNumber("line", note.Location.Line);
            json.WriteNumber("column", note.Location.Column);
            json.WriteString("key", note.Key);
            json.WriteString("message", note.Message);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ScrapeJobOptions job)
    {
        json.WriteStartObject();
        json.WriteString("job_name", job.JobName);
        json.WriteString("scrape_interval", ConfigUnits.FormatDuration((long)job.ScrapeInterval.TotalMilliseconds));
        json.WriteString("scrape_timeout", ConfigUnits.FormatDuration((long)job.ScrapeTimeout.TotalMilliseconds));
        json.WriteString("scheme", job.Scheme);
        json.WriteString("metrics_path", job.MetricsPath);
        json.WriteBoolean("honor_labels", job.HonorLabels);
        json.WriteBoolean("honor_timestamps", job.HonorTimestamps);
        json.WriteNumber("sample_limit", job.SampleLimit);
        json.WriteNumber("relabel_configs", job.RelabelConfigs.Count);
        json.WriteNumber("metric_relabel_configs", job.MetricRelabelConfigs.Count);
        json.WriteStartArray("discovery");
        foreach (var discovery in job.Discovery)
        {
            json.WriteStringValue(discovery switch
            {
                StaticDiscoveryOptions => "static",
                FileDiscoveryOptions => "file",
                HttpDiscoveryOptions => "http",
                DnsDiscoveryOptions => "dns",
                _ => "other",
            });
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
