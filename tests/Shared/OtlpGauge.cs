using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Toka.Tests.Shared;

/// <summary>A sample of one of a test's series.</summary>
/// <param name="Series">The value of the label <c>series</c>.</param>
/// <param name="At">ms since the Unix epoch.</param>
/// <param name="Value">The value.</param>
internal readonly record struct GaugeSample(int Series, long At, double Value);

/// <summary>Sends samples of a gauge as an app would: OTLP over HTTP, as JSON.</summary>
internal sealed class OtlpGauge(TokaProcess toka, string name) : IGauge
{
    private readonly HttpClient _client = new() { BaseAddress = new Uri(toka.OtlpHttpUrl), Timeout = TimeSpan.FromSeconds(60) };

    /// <inheritdoc/>
    public async Task<(HttpStatusCode Status, bool SaysWhen, string Body)> SendAsync(IEnumerable<GaugeSample> samples, CancellationToken stop = default)
    {
        using var content = new ByteArrayContent(Body(samples));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await _client.PostAsync("/v1/metrics", content, stop);
        return (response.StatusCode, response.Headers.RetryAfter is not null, await response.Content.ReadAsStringAsync(stop));
    }

    /// <summary>Sends what must be taken.</summary>
    public async Task MustSendAsync(IEnumerable<GaugeSample> samples)
    {
        var (status, _, body) = await SendAsync(samples);
        Assert.True(status == HttpStatusCode.OK, body);
        Assert.DoesNotContain("rejected", body, StringComparison.OrdinalIgnoreCase);
    }

    /// <inheritdoc/>
    public bool IsWhole(HttpStatusCode status, string body) => status == HttpStatusCode.OK && body == "{}";

    public void Dispose() => _client.Dispose();

    private byte[] Body(IEnumerable<GaugeSample> samples)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            Begin(json, "resourceMetrics");
            Begin(json, "scopeMetrics");
            Begin(json, "metrics");
            json.WriteString("name", name);
            json.WriteStartObject("gauge");
            json.WriteStartArray("dataPoints");
            foreach (var (series, at, value) in samples)
            {
                json.WriteStartObject();
                json.WriteString("timeUnixNano", (at * 1_000_000).ToString(CultureInfo.InvariantCulture));
                json.WriteNumber("asDouble", value);
                Begin(json, "attributes");
                json.WriteString("key", "series");
                json.WriteStartObject("value");
                json.WriteString("stringValue", series.ToString(CultureInfo.InvariantCulture));
                json.WriteEndObject();
                End(json);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
            End(json);
            End(json);
            End(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>An array of one object.</summary>
    private static void Begin(Utf8JsonWriter json, string property)
    {
        json.WriteStartArray(property);
        json.WriteStartObject();
    }

    private static void End(Utf8JsonWriter json)
    {
        json.WriteEndObject();
        json.WriteEndArray();
    }
}
