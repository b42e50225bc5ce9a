using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Toka.Tests.Shared;

namespace Toka.Crash;

/// <summary><c>kill -9</c> at random moments while spans come: what was acknowledged is there afterwards, once.</summary>
public sealed class SpanKillTests(ITestOutputHelper output)
{
    private const int Senders = 4;
    private const int SpansOfTrace = 10;

    private static readonly int s_rounds = TokaProcess.Long ? 50 : 4;

    [Theory]
    [InlineData("")]
    [InlineData("tracing: { tail_sampling: { enabled: true, quiet: 100ms, wait_max: 1s, policies: [{ name: all, type: probabilistic, ratio: 1 }] } }")]
    public async Task Kill_at_a_random_moment_under_load_loses_no_acknowledged_span_and_doubles_none(string configuration)
    {
        using var data = new TemporaryDirectory();
        using var place = new TemporaryDirectory();
        var file = Path.Combine(place.Path, "toka.yaml");
        await File.WriteAllTextAsync(file, configuration);
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var acknowledged = new ConcurrentQueue<string>();
        for (var round = 0; round < s_rounds; round++)
        {
            await using var toka = await TokaProcess.StartAsync(data.Path, file);
            using var stop = new CancellationTokenSource();
            var target = acknowledged.Count + random.Next(5, 100);
            var senders = Enumerable.Range(0, Senders).Select(_ => SendAsync(toka, acknowledged, stop.Token)).ToArray();
            await toka.WaitForAsync("acknowledged traces", () => Task.FromResult(acknowledged.Count >= target));
            await toka.KillAsync();
            await stop.CancelAsync();
            await Task.WhenAll(senders);
            output.WriteLine($"round {round}: {acknowledged.Count} traces acknowledged");
        }

        await using var last = await TokaProcess.StartAsync(data.Path, file);
        foreach (var trace in acknowledged)
        {
            var found = default(JsonElement);
            await last.WaitForAsync($"trace {trace}", async () => (found = await TraceAsync(last, trace)).ValueKind == JsonValueKind.Object);
            Assert.Equal(SpansOfTrace, found.GetProperty("count").GetInt32());
            Assert.Equal(0, found.GetProperty("oddities").GetProperty("repeated").GetInt32());
        }

        Assert.True(acknowledged.Count >= s_rounds * 5);
    }

    private static async Task<JsonElement> TraceAsync(TokaProcess toka, string id)
    {
        using var answer = await toka.Http.GetAsync($"/api/toka/v1/traces/{id}");
        return answer.IsSuccessStatusCode ? JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement : default;
    }

    /// <summary>Sends a trace after the other, and notes those that were acknowledged.</summary>
    private static async Task SendAsync(TokaProcess toka, ConcurrentQueue<string> acknowledged, CancellationToken stop)
    {
        using var http = new HttpClient();
        while (!stop.IsCancellationRequested)
        {
            var id = Guid.NewGuid().ToString("n");
            using var content = new ByteArrayContent(TraceOf(id)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
            try
            {
                using var answer = await http.PostAsync(new Uri(toka.OtlpHttpUrl + "/v1/traces"), content, stop);
                if (answer.IsSuccessStatusCode)
                {
                    acknowledged.Enqueue(id);
                }
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                // Killed: whether it is there is not known, and not asked.
            }
        }
    }

    private static byte[] TraceOf(string id)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var spans = Enumerable.Range(1, SpansOfTrace).Select(span => string.Create(
            CultureInfo.InvariantCulture,
            $$$"""{"traceId":"{{{id}}}","spanId":"{{{span:x16}}}","parentSpanId":"{{{(span == 1 ? "" : "0000000000000001")}}}","name":"work","kind":1,"startTimeUnixNano":"{{{now}}}000000","endTimeUnixNano":"{{{now + span}}}000000"}"""));
        return Encoding.UTF8.GetBytes(
            $$$"""{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"crash"}}]},"scopeSpans":[{"spans":[{{{string.Join(',', spans)}}}]}]}]}""");
    }
}
