using System.Globalization;
using Toka.Cli.Querying;
using Toka.Core.Errors;
using Toka.Protocols.Export;

namespace Toka.Cli.Exporting;

/// <summary>Where an export comes from.</summary>
internal static class ExportSource
{
    /// <summary>Out of a stopped server's data.</summary>
    public static async Task<ExportReport> OfStoredAsync(string directory, ExportRequest request, Stream target, CliContext context, CancellationToken cancellationToken)
    {
        await using var store = StoredData.OpenToRead(directory, context);
        using var export = new SeriesExport(store, request);
        await export.PrepareAsync(cancellationToken);
        var report = await export.WriteAsync(target, cancellationToken);
        return report with { Warnings = [.. store.Recovery.Faults, .. report.Warnings] };
    }

    /// <summary>From a running server.</summary>
    public static async Task<ExportReport> OfServerAsync(
        string url, string selector, ExportRequest request, Stream target, CliContext context, CancellationToken cancellationToken)
    {
        using var server = new ServerClient(url, context);
        var form = new List<KeyValuePair<string, string>>
        {
            new("match[]", selector),
            new("start", Seconds(request.FromMs)),
            new("end", Seconds(request.ToMs)),
            new("format", request.Format switch { ExportFormat.Csv => "csv", ExportFormat.Parquet => "parquet", _ => "openmetrics" }),
        };
        var trailers = await server.DownloadAsync("api/toka/v1/export", form, target, cancellationToken);
        if (!trailers.ContainsKey(ExportTrailers.Samples))
        {
            throw new BadInputException($"{url} ended the export before it was whole; its log says more");
        }

        return new ExportReport(
            Count(ExportTrailers.Series),
            Count(ExportTrailers.Samples),
            Count(ExportTrailers.StaleMarkers),
            Count(ExportTrailers.SeriesLeftOut),
            Uri.UnescapeDataString(trailers.GetValueOrDefault(ExportTrailers.Warnings, "")).Split('\n', StringSplitOptions.RemoveEmptyEntries));

        long Count(string trailer) => long.TryParse(trailers.GetValueOrDefault(trailer), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0;
    }

    private static string Seconds(long ms) => ((decimal)ms / 1000).ToString(CultureInfo.InvariantCulture);
}
