using System.Globalization;
using System.Text;
using Toka.Monitoring.Scraping.Options;
using Toka.Protocols.Exposition;

namespace Toka.Monitoring.Scraping.Fetching;

/// <summary>What a scrape offers to read. Source: Prometheus, <c>scrape_protocols</c>.</summary>
internal static class AcceptHeader
{
    /// <summary>The header: the job's protocols with falling weights, and anything else last.</summary>
    public static string Of(ScrapeJobOptions job)
    {
        var text = new StringBuilder();
        var weight = job.ScrapeProtocols.Count + 1;
        foreach (var protocol in job.ScrapeProtocols)
        {
            text.Append(MediaTypeOf(protocol));
            if (protocol is ScrapeProtocol.PrometheusText100 or ScrapeProtocol.OpenMetricsText100)
            {
                text.Append(";escaping=").Append(EscapingOf(job.MetricNameEscapingScheme));
            }

            text.Append(CultureInfo.InvariantCulture, $";q=0.{weight--},");
        }

        return text.Append(CultureInfo.InvariantCulture, $"*/*;q=0.{weight}").ToString();
    }

    /// <summary>The format of a protocol.</summary>
    public static ExpositionFormat FormatOf(ScrapeProtocol protocol) => protocol switch
    {
        ScrapeProtocol.PrometheusProto => ExpositionFormat.Protobuf,
        ScrapeProtocol.OpenMetricsText001 or ScrapeProtocol.OpenMetricsText100 => ExpositionFormat.OpenMetrics,
        _ => ExpositionFormat.Text,
    };

    private static string MediaTypeOf(ScrapeProtocol protocol) => protocol switch
    {
        ScrapeProtocol.PrometheusProto => "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
        ScrapeProtocol.OpenMetricsText001 => "application/openmetrics-text;version=0.0.1",
        ScrapeProtocol.OpenMetricsText100 => "application/openmetrics-text;version=1.0.0",
        ScrapeProtocol.PrometheusText100 => "text/plain;version=1.0.0",
        _ => "text/plain;version=0.0.4",
    };

    private static string EscapingOf(NameEscaping escaping) => escaping switch
    {
        NameEscaping.Underscores => "underscores",
        NameEscaping.Dots => "dots",
        NameEscaping.Values => "values",
        _ => "allow-utf-8",
    };
}
