using System.Net;

namespace Toka.Tests.Shared;

/// <summary>Sends samples of a gauge by a protocol of lines, a sample a line, whose answer 204 says that all were taken.</summary>
/// <param name="toka">The server.</param>
/// <param name="path">Where lines are posted.</param>
/// <param name="line">The line of a sample, with its line feed.</param>
internal sealed class LineGauge(TokaProcess toka, string path, Func<GaugeSample, string> line) : IGauge
{
    private readonly HttpClient _client = new() { BaseAddress = new Uri(toka.Url), Timeout = TimeSpan.FromSeconds(60) };

    /// <summary>As text that is pushed.</summary>
    public static LineGauge OfExposition(TokaProcess toka, string name) => new(
        toka, "/api/v1/import/prometheus", sample => FormattableString.Invariant($"{name}{{series=\"{sample.Series}\"}} {sample.Value} {sample.At}\n"));

    /// <summary>As Influx line protocol.</summary>
    public static LineGauge OfInflux(TokaProcess toka, string name) => new(
        toka, "/write?precision=ms", sample => FormattableString.Invariant($"{name},series={sample.Series} value={sample.Value} {sample.At}\n"));

    /// <inheritdoc/>
    public async Task<(HttpStatusCode Status, bool SaysWhen, string Body)> SendAsync(IEnumerable<GaugeSample> samples, CancellationToken stop = default)
    {
        using var content = new StringContent(string.Concat(samples.Select(line)));
        using var response = await _client.PostAsync(path, content, stop);
        return (response.StatusCode, response.Headers.RetryAfter is not null, await response.Content.ReadAsStringAsync(stop));
    }

    /// <inheritdoc/>
    public bool IsWhole(HttpStatusCode status, string body) => status == HttpStatusCode.NoContent;

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();
}
