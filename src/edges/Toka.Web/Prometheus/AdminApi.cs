using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Toka.Web.Http;

namespace Toka.Web.Prometheus;

/// <summary>
/// Prometheus's admin API of the database under <c>api/v1/admin/tsdb</c>, and Toka's own words for the same. They change
/// data, so there is no GET: a link or an image on some page cannot call them. Source: Prometheus 3, "HTTP API".
/// </summary>
/// <param name="services">What the endpoints stand on.</param>
/// <param name="care">Does it.</param>
internal sealed class AdminApi(TokaWebServices services, IStoreCare care)
{
    private static readonly string[] PostAndPut = ["POST", "PUT"];
    private static readonly string[] Post = ["POST"];

    public void Map(IEndpointRouteBuilder endpoints, TokaEndpoint endpoint)
    {
        endpoints.MapMethods("/api/v1/admin/tsdb/snapshot", PostAndPut, endpoint.Unbounded(SnapshotAsync));
        endpoints.MapMethods("/api/v1/admin/tsdb/delete_series", PostAndPut, endpoint.Unbounded(DeleteAsync));
        endpoints.MapMethods("/api/v1/admin/tsdb/clean_tombstones", PostAndPut, endpoint.Unbounded(CleanAsync));
        endpoints.MapMethods("/api/toka/v1/backup", Post, endpoint.Unbounded(BackupAsync));
        endpoints.MapMethods("/api/toka/v1/delete_series", Post, endpoint.Unbounded(DeleteAndCountAsync));
    }

    private async Task SnapshotAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var backup = await care.BackupAsync(null, cancellationToken);
        await using var response = new JsonResponse(context);
        var json = response.Json;
        json.WriteStartObject();
        json.WriteString("status"u8, "success"u8);
        json.WriteStartObject("data"u8);
        json.WriteString("name"u8, Path.GetFileName(backup.Directory));
        json.WriteEndObject();
        json.WriteEndObject();
        await response.CompleteAsync();
    }

    private async Task DeleteAsync(HttpContext context, CancellationToken cancellationToken)
    {
        await DeleteSelectedAsync(context, cancellationToken);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task DeleteAndCountAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var samples = await DeleteSelectedAsync(context, cancellationToken);
        await using var response = new JsonResponse(context);
        response.Json.WriteStartObject();
        response.Json.WriteNumber("samples"u8, samples);
        response.Json.WriteEndObject();
        await response.CompleteAsync();
    }

    /// <summary>A deletion frees its space at once, so nothing is left to clean.</summary>
    private static Task CleanAsync(HttpContext context, CancellationToken cancellationToken)
    {
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private async Task BackupAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var directory = parameters.Required("directory");
        if (!Path.IsPathFullyQualified(directory) || directory.Contains('\0', StringComparison.Ordinal))
        {
            throw ApiParameters.Invalid("directory", $"{directory} is not an absolute path on the server's machine");
        }

        var backup = await care.BackupAsync(directory, cancellationToken);
        await using var response = new JsonResponse(context);
        var json = response.Json;
        json.WriteStartObject();
        json.WriteString("directory"u8, backup.Directory);
        json.WriteNumber("blocks"u8, backup.Blocks);
        json.WriteNumber("linkedBytes"u8, backup.LinkedBytes);
        json.WriteNumber("copiedBytes"u8, backup.CopiedBytes);
        json.WriteStartArray("notes"u8);
        foreach (var note in backup.Notes)
        {
            json.WriteStringValue(note);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        await response.CompleteAsync();
    }

    private async Task<long> DeleteSelectedAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var selectors = parameters.RequiredSelectors(services.Selectors);
        var (fromMs, toMs) = (parameters.Time("start", TimeText.FirstMs), parameters.Time("end", TimeText.LastMs));
        if (toMs < fromMs)
        {
            throw ApiParameters.Invalid("end", "end timestamp must not be before start time");
        }

        var samples = 0L;
        foreach (var matchers in selectors)
        {
            samples += await care.DeleteSeriesAsync(matchers, fromMs, toMs, cancellationToken);
        }

        return samples;
    }
}
