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
            new("frames", "true"),
            new("format", request.Format switch { ExportFormat.Csv => "csv", ExportFormat.Parquet => "parquet", _ => "openmetrics" }),
        };
        var report = await server.DownloadAsync("api/toka/v1/export", form, body => ExportFrames.ReadAsync(body, target, cancellationToken), cancellationToken);
        return report ?? throw new BadInputException($"{url} ended the export before it was whole; its log says more");
    }

    private static string Seconds(long ms) => ((decimal)ms / 1000).ToString(CultureInfo.InvariantCulture);
}
