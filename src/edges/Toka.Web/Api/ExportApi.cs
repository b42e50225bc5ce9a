using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Toka.Protocols.Export;
using Toka.Web.Http;
using Toka.Web.Prometheus;

namespace Toka.Web.Api;

/// <summary>
/// <c>api/toka/v1/export</c>: series as OpenMetrics, CSV or Parquet, sent while they are read. An answer that fails midway ends
/// with a cut connection. With <c>frames=true</c>, which the command asks for, a report of what was left out comes at the end;
/// without, that is in the log.
/// </summary>
internal sealed class ExportApi(TokaWebServices services)
{
    /// <summary>The most exports at one time. Each reads as fast as it can, and queries must be answered beside it.</summary>
    private const int ExportsMax = 2;

    private static readonly string[] GetAndPost = ["GET", "POST"];
    private int _running;

    public void Map(IEndpointRouteBuilder endpoints, TokaEndpoint endpoint) =>
        endpoints.MapMethods("/api/toka/v1/export", GetAndPost, endpoint.Unbounded(ExportAsync));

    private async Task ExportAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var selectors = parameters.RequiredSelectors(services.Selectors);
        var request = new ExportRequest(
            FormatOf(parameters),
            selectors[0],
            parameters.Time("start", 0),
            parameters.Time("end", services.Time.GetUtcNow().ToUnixTimeMilliseconds()));
        if (selectors.Count > 1)
        {
            throw ApiParameters.Invalid("match[]", "one selector is exported at a time; use a regular expression for several names");
        }

        if (request.ToMs < request.FromMs)
        {
            throw ApiParameters.Invalid("end", "end timestamp must not be before start time");
        }

        if (Interlocked.Increment(ref _running) > ExportsMax)
        {
            Interlocked.Decrement(ref _running);
            await ErrorResponse.SendAsync(context, StatusCodes.Status503ServiceUnavailable, "unavailable", $"{ExportsMax} exports are running; try again when one has ended");
            return;
        }

        try
        {
            await SendAsync(context, request, parameters.First("frames") == "true", cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    private async Task SendAsync(HttpContext context, ExportRequest request, bool framed, CancellationToken cancellationToken)
    {
        using var export = new SeriesExport(services.Series, request);
        await export.PrepareAsync(cancellationToken);
        var response = context.Response;
        if (framed)
        {
            response.ContentType = ExportFrames.ContentType;
            var report = await export.WriteAsync(ExportFrames.Begin(response.Body), cancellationToken);
            await ExportFrames.EndAsync(response.Body, report, cancellationToken);
            return;
        }

        response.ContentType = request.Format switch
        {
            ExportFormat.OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            ExportFormat.Csv => "text/csv; charset=utf-8; header=present",
            _ => "application/vnd.apache.parquet",
        };
        Tell(await export.WriteAsync(response.Body, cancellationToken), request.Format);
    }

    /// <summary>
    /// Has the log say what the answer cannot: its formats have no place for it, it is known at the end alone, and Kestrel sends
    /// no trailers over HTTP/1.1.
    /// </summary>
    private void Tell(ExportReport report, ExportFormat format)
    {
        if (report.Histograms > 0 || report.SeriesLeftOut > 0)
        {
            services.Log.LogWarning(
                "an export as {Format} left out {Histograms} native histograms and {Series} series that the format has no form for", format, report.Histograms, report.SeriesLeftOut);
        }

        if (report.Warnings.Count > 0)
        {
            services.Log.LogWarning("an export as {Format} was answered with a reserve: {Warnings}", format, string.Join("; ", report.Warnings));
        }
    }

    private static ExportFormat FormatOf(ApiParameters parameters) => parameters.First("format") switch
    {
        null or "openmetrics" => ExportFormat.OpenMetrics,
        "csv" => ExportFormat.Csv,
        "parquet" => ExportFormat.Parquet,
        var other => throw ApiParameters.Invalid("format", $"{other} is not one of openmetrics, csv and parquet"),
    };
}
