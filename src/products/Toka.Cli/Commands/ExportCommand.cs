using System.CommandLine;
using Toka.Cli.Exporting;
using Toka.Cli.Querying;
using Toka.Core.Errors;
using Toka.Protocols.Export;

namespace Toka.Cli.Commands;

/// <summary><c>toka export</c>: series out of a running server or a stopped server's data, in formats that others read.</summary>
internal static class ExportCommand
{
    public static Command Build(CliContext context)
    {
        var match = SharedOptions.Match();
        var from = new Option<string?>("--from") { Description = "The first moment: RFC 3339, Unix seconds, now or now-5m. Default: everything that is stored.", HelpName = "TIME" };
        var to = new Option<string?>("--to") { Description = "The last moment. Default: now.", HelpName = "TIME" };
        var format = new Option<string>("--format") { Description = "openmetrics, csv or parquet.", HelpName = "FORMAT", DefaultValueFactory = static _ => "openmetrics" };
        format.AcceptOnlyFromAmong("openmetrics", "csv", "parquet");
        var output = new Option<string?>("--output", "-o") { Description = "The file to write; it appears when it is whole. Default: stdout.", HelpName = "FILE" };
        var url = SharedOptions.Url();
        var data = SharedOptions.StoppedData();
        var verb = new Verb("export", "Exports the samples of series as OpenMetrics, CSV or Parquet.", "toka export --match 'node_cpu_seconds_total{mode=\"idle\"}' --from now-1h --format csv --output idle.csv")
        {
            match, from, to, format, output, url, data,
        };
        verb.Validators.Add(result => SharedOptions.CheckUrlOrData(result, url, data));
        verb.SetAction(async (parsed, cancellationToken) =>
        {
            var nowMs = context.Time.GetUtcNow().ToUnixTimeMilliseconds();
            var request = new ExportRequest(
                parsed.GetRequiredValue(format) switch { "csv" => ExportFormat.Csv, "parquet" => ExportFormat.Parquet, _ => ExportFormat.OpenMetrics },
                Selectors.Parse(parsed.GetRequiredValue(match), "--match"),
                parsed.GetValue(from) is { } first ? Moments.Parse(first, "--from", nowMs) : 0,
                parsed.GetValue(to) is { } last ? Moments.Parse(last, "--to", nowMs) : nowMs);
            if (request.ToMs < request.FromMs)
            {
                throw new BadInputException("--from: the range ends before it begins; --to must not be before --from");
            }

            var report = await ExportOutput.WriteAsync(parsed.GetValue(output), request.Format, context, target => parsed.GetValue(data) is { } directory
                ? ExportSource.OfStoredAsync(directory, request, target, context, cancellationToken)
                : ExportSource.OfServerAsync(parsed.GetRequiredValue(url), parsed.GetRequiredValue(match), request, target, context, cancellationToken));
            await PrintAsync(report, context);
        });
        return verb;
    }

    private static async Task PrintAsync(ExportReport report, CliContext context)
    {
        foreach (var warning in report.Warnings)
        {
            await context.Error.WriteLineAsync($"toka: {warning}");
        }

        if (report.StaleMarkers > 0)
        {
            await context.Error.WriteLineAsync($"toka: {report.StaleMarkers} stale markers left out: they say that a series ended, and the format has no word for it");
        }

        if (report.Histograms > 0)
        {
            await context.Error.WriteLineAsync($"toka: {report.Histograms} native histograms left out: the format has no form for them; toka backup keeps them");
        }

        if (report.SeriesLeftOut > 0)
        {
            await context.Error.WriteLineAsync($"toka: {report.SeriesLeftOut} series left out: without a name, which OpenMetrics needs, or with a label that appeared after the columns were laid out");
        }

        await context.Error.WriteLineAsync($"toka: {report.Samples} samples of {report.Series} series exported");
    }
}
