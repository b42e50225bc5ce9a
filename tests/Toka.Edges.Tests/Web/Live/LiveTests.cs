using System.Net;
using System.Net.WebSockets;
using Microsoft.Extensions.Time.Testing;
using Toka.Core.Labels;
using Toka.Query.Results;

namespace Toka.Edges.Tests.Web.Live;

public sealed class LiveTests
{
    // Ten ms after the evaluation of second 1 700 000 000.
    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_210));

    [Fact]
    public async Task A_page_gets_the_status_the_whole_range_and_then_increments_that_repeat_the_last_steps()
    {
        await using var host = await StartAsync();
        using var page = await LiveClient.ConnectAsync(host);
        var status = await page.ReadAnyAsync();
        Assert.Equal((4, 0u), (status.Kind, status.Id));
        Assert.Equal("Healthy", status.Json.GetProperty("health").GetProperty("state").GetString());

        await page.SubscribeAsync(7, "ramp");
        var series = await page.ReadAsync();
        Assert.Equal(7u, series.Id);
        Assert.Equal("""{"__name__":"ramp"}""", series.Series()[0]);
        var range = (await page.ReadAsync()).Data();
        Assert.Equal((1_699_999_990_000, 1000u, 11), (range.StartMs, range.StepMs, range.Points));
        Assert.Equal(Enumerable.Range(1_699_999_990, 11).Select(static s => (double)s), range.Columns[0]);

        for (var second = 1; second <= 3; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            var increment = (await page.ReadAsync()).Data();
            Assert.Equal((1_700_000_000_000 + ((second - 2) * 1000), 3), (increment.StartMs, increment.Points));
            Assert.Equal(1_700_000_000 + second, increment.Columns[0][2]);
        }
    }

    [Fact]
    public async Task Two_pages_that_watch_the_same_share_each_evaluation()
    {
        await using var host = await StartAsync();
        using var first = await LiveClient.ConnectAsync(host);
        using var second = await LiveClient.ConnectAsync(host);
        await first.SubscribeAsync(1, "ramp");
        await ReadDataAsync(first);
        await second.SubscribeAsync(9, "ramp");
        await ReadDataAsync(second);
        host.Engine.Ranges.Clear();
        for (var i = 1; i <= 5; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            var ofFirst = await first.ReadAsync();
            var ofSecond = await second.ReadAsync();
            Assert.Equal((1u, 9u), (ofFirst.Id, ofSecond.Id));
            Assert.Equal(ofFirst.Payload, ofSecond.Payload);
            Assert.Equal(i, host.Engine.Ranges.Count);
        }
    }

    [Fact]
    public async Task A_missed_evaluation_is_made_up_for_by_a_longer_increment()
    {
        await using var host = await StartAsync();
        using var page = await LiveClient.ConnectAsync(host);
        await page.SubscribeAsync(1, "ramp");
        var range = await ReadDataAsync(page);
        _time.Advance(TimeSpan.FromSeconds(6));
        var increment = await ReadDataAsync(page);
        while (increment.EndMs < range.EndMs + 6000)
        {
            var next = await ReadDataAsync(page);
            Assert.True(next.StartMs <= increment.EndMs + 1000);
            increment = next;
        }

        Assert.Equal(range.EndMs + 6000, increment.EndMs);
        Assert.DoesNotContain(double.NaN, increment.Columns[0]);
    }

    [Fact]
    public async Task A_series_that_appears_later_gets_its_index_before_its_first_point_and_absent_points_are_NaN()
    {
        await using var host = await StartAsync();
        var both = false;
        host.Engine.Range = (_, start, end, step, _) => new(both
            ? new MatrixValue([.. FakeQueryEngine.Ramp(start, end, step).Series, .. FakeQueryEngine.Ramp(end, end, step, "late").Series])
            : FakeQueryEngine.Ramp(start, end, step));
        using var page = await LiveClient.ConnectAsync(host);
        await page.SubscribeAsync(1, "x");
        Assert.Equal([0u], (await page.ReadAsync()).Series().Keys);
        await ReadDataAsync(page);
        both = true;
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("""{"__name__":"late"}""", (await page.ReadAsync()).Series()[1]);
        var increment = (await page.ReadAsync()).Data();
        Assert.Equal([double.NaN, double.NaN, 1_700_000_001], increment.Columns[1]);
    }

    [Fact]
    public async Task An_expression_that_fails_ends_its_subscription_alone_and_the_id_may_be_used_again()
    {
        await using var host = await StartAsync();
        host.Engine.Range = static (expression, start, end, step, _) => expression == "bad"
            ? throw new QueryException(QueryErrorType.BadData, "1:1: parse error")
            : new(FakeQueryEngine.Ramp(start, end, step));
        using var page = await LiveClient.ConnectAsync(host);
        await page.SubscribeAsync(1, "good");
        await ReadDataAsync(page);
        await page.SubscribeAsync(2, "bad");
        var error = await page.ReadAsync();
        Assert.Equal((3, 2u), (error.Kind, error.Id));
        Assert.Equal("bad_data", error.Json.GetProperty("errorType").GetString());
        Assert.Equal("1:1: parse error", error.Json.GetProperty("error").GetString());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1u, (await page.ReadAsync()).Id);
        await page.SubscribeAsync(2, "good", 1000, 5000);
        Assert.Equal((1, 2u), ((await page.ReadAsync()) is var f ? (f.Kind, f.Id) : default));
        Assert.Equal(6, (await page.ReadAsync()).Data().Points);
    }

    [Fact]
    public async Task After_unsubscribing_nothing_comes_and_nothing_is_evaluated()
    {
        await using var host = await StartAsync();
        using var page = await LiveClient.ConnectAsync(host);
        await page.SubscribeAsync(1, "one");
        await ReadDataAsync(page);
        await page.SendAsync("""{"op":"unsubscribe","id":1}""");
        await page.SubscribeAsync(2, "two");
        await ReadDataAsync(page);
        host.Engine.Ranges.Clear();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2u, (await page.ReadAsync()).Id);
        Assert.Equal("two", host.Engine.Ranges.Single().Expression);
    }

    [Theory]
    [InlineData("""{"op":"subscribe","id":0,"expr":"x","stepMs":1000,"rangeMs":1}""", 0)]
    [InlineData("""{"op":"subscribe","id":2147483648,"expr":"x","stepMs":1000,"rangeMs":1}""", 0)]
    [InlineData("""{"op":"subscribe","id":"1","expr":"x","stepMs":1000,"rangeMs":1}""", 0)]
    [InlineData("""[1]""", 0)]
    [InlineData("""{"op":"shout","id":3}""", 3)]
    [InlineData("""{"op":"subscribe","id":3,"stepMs":1000,"rangeMs":1}""", 3)]
    [InlineData("""{"op":"subscribe","id":3,"expr":"x","stepMs":249,"rangeMs":1}""", 3)]
    [InlineData("""{"op":"subscribe","id":3,"expr":"x","stepMs":3600001,"rangeMs":1}""", 3)]
    [InlineData("""{"op":"subscribe","id":3,"expr":"x","stepMs":1000,"rangeMs":-1}""", 3)]
    [InlineData("""{"op":"subscribe","id":3,"expr":"x","stepMs":1000,"rangeMs":11000000}""", 3)]
    [InlineData("""{"op":"subscribe","id":3,"expr":"x","stepMs":1000.5,"rangeMs":1}""", 3)]
    public async Task A_wrong_message_is_answered_with_an_error_and_the_connection_lives(string message, uint id)
    {
        await using var host = await StartAsync();
        using var page = await LiveClient.ConnectAsync(host);
        await page.SendAsync(message);
        var error = await page.ReadAsync();
        Assert.Equal((3, id), (error.Kind, error.Id));
        await page.SubscribeAsync(3, "fine");
        await ReadDataAsync(page);
    }

    [Fact]
    public async Task Limits_of_messages_and_subscriptions_are_errors_and_an_id_in_use_stays_in_use()
    {
        await using var host = await StartAsync(2);
        using var page = await LiveClient.ConnectAsync(host);
        await page.SendAsync("{\"op\":\"" + new string('x', 100_000) + "\"}");
        Assert.Contains("4096 bytes", (await page.ReadAsync()).Json.GetProperty("error").GetString(), StringComparison.Ordinal);
        await page.SubscribeAsync(1, "a");
        await ReadDataAsync(page);
        await page.SubscribeAsync(1, "b");
        var inUse = await page.ReadAsync();
        Assert.Equal((3, 0u), (inUse.Kind, inUse.Id));
        await page.SubscribeAsync(2, "b");
        await ReadDataAsync(page);
        await page.SubscribeAsync(3, "c");
        var tooMany = await page.ReadAsync();
        Assert.Equal((3, 3u), (tooMany.Kind, tooMany.Id));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([1u, 2u], new[] { (await page.ReadAsync()).Id, (await page.ReadAsync()).Id }.Order());
    }

    [Theory]
    [InlineData("hello", WebSocketMessageType.Text)]
    [InlineData("", WebSocketMessageType.Text)]
    [InlineData("{\"op\":", WebSocketMessageType.Text)]
    [InlineData("{}", WebSocketMessageType.Binary)]
    public async Task What_is_not_a_JSON_text_ends_the_connection(string message, WebSocketMessageType type)
    {
        await using var host = await StartAsync();
        using var page = await LiveClient.ConnectAsync(host);
        await page.Socket.SendAsync(System.Text.Encoding.UTF8.GetBytes(message), type, true, CancellationToken.None);
        Assert.Equal(0, (await page.ReadAsync()).Kind);
        Assert.Equal(WebSocketCloseStatus.PolicyViolation, page.Socket.CloseStatus);
    }

    [Fact]
    public async Task A_page_that_does_not_read_loses_increments_and_gets_its_whole_range_again()
    {
        const int SeriesCount = 4000;
        const int LooksMax = 50;
        await using var host = await StartAsync();
        using var evaluated = new SemaphoreSlim(0);
        var names = Enumerable.Range(0, SeriesCount).Select(static i => LabelSet.Of(("i", $"{i}"))).ToArray();
        host.Engine.Range = (_, start, end, step, _) =>
        {
            evaluated.Release();
            var one = FakeQueryEngine.Ramp(start, end, step).Series[0];
            return new(new MatrixValue([.. names.Select(n => one with { Labels = n })]));
        };
        using var page = await LiveClient.ConnectAsync(host);
        await page.SubscribeAsync(1, "wide");
        await evaluated.WaitAsync();
        await page.ReadAsync();
        var whole = await ReadDataAsync(page);
        var dropped = host.Services.Self.Counter("toka_live_dropped_frames_total", "");
        var seconds = 0;
        for (; dropped.Value == 0; seconds++)
        {
            Assert.True(seconds < 2000, "the increments vanish without having been read");
            _time.Advance(TimeSpan.FromSeconds(1));

            // A page whose increments were dropped is not evaluated for, so either of the two is looked for. Nor for long: an
            // evaluation that was late has made up for this second too.
            for (var looks = 0; looks < LooksMax && !await evaluated.WaitAsync(TimeSpan.FromMilliseconds(20)) && dropped.Value == 0; looks++)
            {
            }
        }

        var last = whole;
        var again = 0;
        while (again == 0)
        {
            var next = await ReadDataAsync(page);
            again += next.Points == whole.Points ? 1 : 0;
            Assert.Equal(SeriesCount, next.Columns.Count);
            last = next;
        }

        // What was sent is always right, and with the range the page is where the clock is.
        Assert.Equal(Enumerable.Range(0, last.Points).Select(i => (last.StartMs + (1000.0 * i)) / 1000), last.Columns[SeriesCount - 1]);
        Assert.True(last.EndMs >= whole.EndMs + (1000 * (seconds - 1)));
    }

    [Fact]
    public async Task An_evaluation_that_takes_too_long_ends_with_a_timeout()
    {
        await using var host = await StartAsync();
        var started = new TaskCompletionSource();
        host.Engine.Range = async (_, _, _, _, cancellationToken) =>
        {
            started.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return new MatrixValue([]);
        };
        using var page = await LiveClient.ConnectAsync(host);
        await page.SubscribeAsync(1, "slow");
        await started.Task;
        _time.Advance(host.Services.Limits.LiveEvaluationTimeout);
        var error = await page.ReadAsync();
        Assert.Equal((3, "timeout"), (error.Kind, error.Json.GetProperty("errorType").GetString()));
    }

    [Fact]
    public async Task When_the_server_stops_pages_are_told_so()
    {
        await using var host = await StartAsync();
        using var page = await LiveClient.ConnectAsync(host);
        await page.SubscribeAsync(1, "ramp");
        await ReadDataAsync(page);
        var stopping = host.StopAsync();
        Assert.Equal(0, (await page.ReadAsync()).Kind);
        Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, page.Socket.CloseStatus);
        await page.Socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        await stopping;
    }

    [Fact]
    public async Task More_connections_than_allowed_are_refused_until_one_closes()
    {
        await using var host = await StartAsync(connections: 1);
        using var page = await LiveClient.ConnectAsync(host);
        using var second = new ClientWebSocket();
        second.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => second.ConnectAsync(new Uri($"ws://127.0.0.1:{host.Address.Port}/api/toka/v1/live"), CancellationToken.None));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, second.HttpStatusCode);
    }

    [Fact]
    public async Task Without_an_upgrade_the_endpoint_says_what_it_is()
    {
        await using var host = await StartAsync();
        Assert.Equal(HttpStatusCode.UpgradeRequired, (await host.GetAsync("api/toka/v1/live")).Status);
    }

    private Task<WebHost> StartAsync(int subscriptions = 64, int connections = 256) => WebHost.StartAsync(s => s with
    {
        Time = _time,
        Limits = new Toka.Web.WebLimits { MaxSubscriptions = subscriptions, MaxLiveConnections = connections },
    });

    private static async Task<DataFrame> ReadDataAsync(LiveClient page)
    {
        while (true)
        {
            var frame = await page.ReadAsync();
            Assert.NotEqual(3, frame.Kind);
            Assert.NotEqual(0, frame.Kind);
            if (frame.Kind == 2)
            {
                return frame.Data();
            }
        }
    }
}
