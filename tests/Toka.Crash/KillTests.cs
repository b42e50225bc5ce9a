using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Toka.Tests.Shared;

namespace Toka.Crash;

/// <summary><c>kill -9</c> at random moments, under load: what was acknowledged is there afterwards, and nothing else is.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int Senders = 4;
    private static readonly int Rounds = TokaProcess.Long ? 50 : 5;

    [Fact]
    public async Task Kill_at_a_random_moment_under_load_loses_no_acknowledged_sample()
    {
        using var data = new TemporaryDirectory();
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var load = new Load();
        for (var round = 0; round < Rounds; round++)
        {
            await using var toka = await TokaProcess.StartAsync(data.Path);
            await load.VerifyAsync(toka);

            using var stop = new CancellationTokenSource();
            var acknowledgedBefore = load.AcknowledgedCount;
            var target = acknowledgedBefore + random.Next(20, 400);
            var senders = Enumerable.Range(0, Senders).Select(sender => load.SendAsync(toka, sender, stop.Token)).ToArray();
            await toka.WaitForAsync("acknowledged samples", () => Task.FromResult(load.AcknowledgedCount >= target));
            await toka.KillAsync();
            await stop.CancelAsync();
            await Task.WhenAll(senders);
            output.WriteLine($"round {round}: {load.AcknowledgedCount - acknowledgedBefore} samples acknowledged before the kill");
        }

        await using var last = await TokaProcess.StartAsync(data.Path);
        await load.VerifyAsync(last);
        Assert.True(load.AcknowledgedCount > Rounds * 20);
    }

    /// <summary>Senders of OTLP points with ascending times, and what the server acknowledged of them.</summary>
    private sealed class Load
    {
        private readonly ConcurrentDictionary<(int Sender, long TimestampMs), double> _acknowledged = new();
        private readonly ConcurrentDictionary<(int Sender, long TimestampMs), double> _sent = new();
        private readonly long[] _nextMs = Enumerable.Repeat(DateTimeOffset.UtcNow.AddMinutes(-30).ToUnixTimeMilliseconds(), Senders).ToArray();

        public int AcknowledgedCount => _acknowledged.Count;

        public async Task SendAsync(TokaProcess toka, int sender, CancellationToken stop)
        {
            using var client = new HttpClient { BaseAddress = new Uri(toka.OtlpHttpUrl) };
            while (!stop.IsCancellationRequested)
            {
                var points = Enumerable.Range(0, 1 + (sender * 5)).Select(_ => (At: _nextMs[sender]++, Value: (double)Random.Shared.Next())).ToArray();
                foreach (var (at, value) in points)
                {
                    _sent[(sender, at)] = value;
                }

                try
                {
                    using var body = new StringContent(Body(sender, points), Encoding.UTF8, MediaTypeHeaderValue.Parse("application/json"));
                    using var response = await client.PostAsync("/v1/metrics", body, stop);
                    if (!response.IsSuccessStatusCode)
                    {
                        continue;
                    }
                }
                catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
                {
                    return; // The kill came before the acknowledgement.
                }

                foreach (var (at, value) in points)
                {
                    _acknowledged[(sender, at)] = value;
                }
            }
        }

        /// <summary>Everything acknowledged is stored with its value, and everything stored was sent.</summary>
        public async Task VerifyAsync(TokaProcess toka)
        {
            var stored = new Dictionary<(int Sender, long TimestampMs), double>();
            var data = await toka.QueryAsync("crash_value[1h]");
            foreach (var series in data.GetProperty("result").EnumerateArray())
            {
                var sender = int.Parse(series.GetProperty("metric").GetProperty("sender").GetString()!, CultureInfo.InvariantCulture);
                foreach (var point in series.GetProperty("values").EnumerateArray())
                {
                    var at = (long)Math.Round(point[0].GetDouble() * 1000);
                    stored.Add((sender, at), double.Parse(point[1].GetString()!, CultureInfo.InvariantCulture));
                }
            }

            var lost = _acknowledged.Where(sample => !stored.TryGetValue(sample.Key, out var value) || value != sample.Value).ToArray();
            Assert.True(lost.Length == 0, $"{lost.Length} of {_acknowledged.Count} acknowledged samples lost, the first: {lost.FirstOrDefault()}");
            var invented = stored.Where(sample => !_sent.TryGetValue(sample.Key, out var value) || value != sample.Value).ToArray();
            Assert.True(invented.Length == 0, $"{invented.Length} samples were never sent, the first: {invented.FirstOrDefault()}");
        }

        private static string Body(int sender, (long At, double Value)[] points)
        {
            using var stream = new MemoryStream();
            using (var json = new Utf8JsonWriter(stream))
            {
                json.WriteStartObject();
                json.WriteStartArray("resourceMetrics");
                json.WriteStartObject();
                json.WriteStartArray("scopeMetrics");
                json.WriteStartObject();
                json.WriteStartArray("metrics");
                json.WriteStartObject();
                json.WriteString("name", "crash_value");
                json.WriteStartObject("gauge");
                json.WriteStartArray("dataPoints");
                foreach (var (at, value) in points)
                {
                    json.WriteStartObject();
                    json.WriteString("timeUnixNano", (at * 1_000_000).ToString(CultureInfo.InvariantCulture));
                    json.WriteNumber("asDouble", value);
                    json.WriteStartArray("attributes");
                    json.WriteStartObject();
                    json.WriteString("key", "sender");
                    json.WriteStartObject("value");
                    json.WriteString("stringValue", sender.ToString(CultureInfo.InvariantCulture));
                    json.WriteEndObject();
                    json.WriteEndObject();
                    json.WriteEndArray();
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
                json.WriteEndObject();
                json.WriteEndArray();
                json.WriteEndObject();
                json.WriteEndArray();
                json.WriteEndObject();
                json.WriteEndArray();
                json.WriteEndObject();
            }

            return Encoding.UTF8.GetString(stream.ToArray());
        }
    }
}
