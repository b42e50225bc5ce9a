using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Query;
using Toka.TimeSeries;

namespace Toka.Edges.Tests.Web.Prometheus;

/// <summary>What the HTTP API tells of answers from summaries, with a store behind it.</summary>
public sealed class SummariesApiTests : IAsyncLifetime
{
    private const long Hour = 3_600_000;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("toka-summaries-");
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private MetricStore _store = null!;
    private WebHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        _store = MetricStore.Open(
            new MetricStoreOptions { Directory = _directory.FullName, IsManual = true, Kept = new() { RawKeep = TimeSpan.FromDays(2), DiskReserveBytes = 0 } }, _time, new SelfMetrics());
        for (var hour = 0; hour < 4 * 24; hour++)
        {
            _time.Advance(TimeSpan.FromHours(1));
            using var batch = new WriteBatch();
            var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
            for (var time = now - Hour + 60_000; time <= now; time += 60_000)
            {
                batch.Add(LabelSet.Of((LabelSet.MetricName, "temperature")), time, time / 60_000 % 100);
            }

            await _store.WriteAsync(batch, TestContext.Current.CancellationToken);
            _store.Maintain();
        }

        _host = await WebHost.StartAsync(services => services with { Series = _store, Queries = new QueryEngine(_store, QueryOptions.Default, _time), Time = _time });
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _store.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("&resolution=auto", true)]
    [InlineData("&resolution=raw", false)]
    public async Task A_long_step_over_days_with_summaries_tells_so_unless_raw_samples_are_asked_for(string parameter, bool tells)
    {
        var answer = await AskAsync("max_over_time(temperature[4h])", "2026-01-03T04:00:00Z", "2026-01-05T00:00:00Z", "4h", parameter);

        Assert.Equal(12, answer.GetProperty("data").GetProperty("result")[0].GetProperty("values").GetArrayLength());
        Assert.All(answer.GetProperty("data").GetProperty("result")[0].GetProperty("values").EnumerateArray(), static point => Assert.Equal("99", point[1].GetString()));
        Assert.Equal(tells ? ["answered from 1h summaries up to 2026-01-03T23:59:59Z (step 4h, range 4h); raw samples, where they are still kept, with resolution=raw"] : [], Texts(answer, "infos"));
        Assert.Empty(Texts(answer, "warnings"));
    }

    [Fact]
    public async Task A_short_step_over_raw_samples_tells_nothing()
    {
        var answer = await AskAsync("temperature", "2026-01-03T04:00:00Z", "2026-01-03T05:00:00Z", "15s", "");
        Assert.Equal(241, answer.GetProperty("data").GetProperty("result")[0].GetProperty("values").GetArrayLength());
        Assert.Empty(Texts(answer, "infos"));
        Assert.Empty(Texts(answer, "warnings"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("&resolution=raw")]
    public async Task Where_raw_samples_are_gone_the_answer_warns(string parameter)
    {
        var answer = await AskAsync("temperature", "2026-01-01T04:00:00Z", "2026-01-01T05:00:00Z", "15s", parameter);
        Assert.Equal(241, answer.GetProperty("data").GetProperty("result")[0].GetProperty("values").GetArrayLength());
        Assert.Equal(["raw samples from before 2026-01-01T05:00:00Z are no longer kept: answered from 10s summaries"], Texts(answer, "warnings"));
        Assert.Empty(Texts(answer, "infos"));
    }

    private Task<JsonElement> AskAsync(string query, string start, string end, string step, string more) =>
        _host.GetJsonAsync($"api/v1/query_range?query={Uri.EscapeDataString(query)}&start={start}&end={end}&step={step}{more}");

    private static string[] Texts(JsonElement answer, string name) =>
        answer.TryGetProperty(name, out var texts) ? [.. texts.EnumerateArray().Select(static text => text.GetString()!)] : [];
}
