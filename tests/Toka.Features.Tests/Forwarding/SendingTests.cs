using Toka.Configuration.Http;
using Toka.Core.Forwarding;
using Toka.Core.Labels;
using Toka.Core.Labels.Relabelling;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Features.Tests.Monitoring.Scraping.Support;
using Toka.Forwarding.Options;
using static Toka.Features.Tests.Forwarding.ForwardingFixture;

namespace Toka.Features.Tests.Forwarding;

public sealed class SendingTests
{
    [Theory]
    [InlineData(RemoteWriteProtocol.V1)]
    [InlineData(RemoteWriteProtocol.V2)]
    public async Task Everything_that_the_store_takes_arrives_once_and_a_series_in_its_order(RemoteWriteProtocol protocol)
    {
        await using var toka = new ForwardingFixture();
        var remote = Remote() with { Protocol = protocol, SendExemplars = true, SendNativeHistograms = true };
        await toka.ApplyAsync(remote with { Queue = remote.Queue with { MinShards = 3 } });
        await toka.WriteSamplesAsync(40, series: 7);
        using var batch = new WriteBatch();
        var histogram = new NativeHistogram(new HistogramLayout(2, 0.001, [new(0, 2), new(3, 1)], [new(-1, 1)], []), HistogramResetHint.NoReset, 1, 11, 3.5, [2, 3, 4, 1]);
        batch.Add(Series(1), TimeOf(41), 5);
        batch.AddCreatedOfLastRow(TimeOf(1));
        batch.AddHistogram(Series(2), TimeOf(41), histogram);
        batch.AddExemplar(Series(1), new Exemplar(LabelSet.Of(("trace_id", "abc")), TimeOf(40), 0.25));
        batch.Add(Series(2), TimeOf(42), StaleMarker.Value);
        await toka.Forwarder.WriteAsync(batch, CancellationToken.None);
        await toka.UntilAllSentAsync();

        var expected = protocol == RemoteWriteProtocol.V2 ? toka.Stored : [.. toka.Stored.Select(static taken => taken with { CreatedMs = 0 })];
        Assert.Equivalent(expected, toka.One.All, strict: true);
        Assert.Equal(toka.Stored.Count, toka.Metric("toka_forward_sent_total", ("remote", "one")));
        Assert.All(toka.One.All.Where(static taken => taken.Kind == "sample").GroupBy(static taken => taken.Series), static series =>
            Assert.Equal(series.OrderBy(static taken => taken.TimeMs), series));
        Assert.All(toka.One.Requests, request => Assert.Equal(protocol == RemoteWriteProtocol.V2, request.IsV2));
    }

    [Fact]
    public async Task What_the_configuration_leaves_out_is_counted()
    {
        await using var toka = new ForwardingFixture();
        await toka.ApplyAsync(Remote() with
        {
            ExternalLabels = [new("cluster", "a"), new("job", "never")],
            WriteRelabelConfigs =
            [
                new RelabelConfig { SourceLabels = ["instance"], Regex = "host-1", Action = RelabelAction.Drop },
                new RelabelConfig { SourceLabels = ["cluster", "instance"], Separator = "/", TargetLabel = "where" },
                new RelabelConfig { Regex = "instance", Action = RelabelAction.LabelDrop },
            ],
        });
        await toka.WriteSamplesAsync(5);
        using var batch = new WriteBatch();
        batch.AddExemplar(Series(0), new Exemplar(LabelSet.Empty, TimeOf(1), 1));
        batch.AddHistogram(Series(0), TimeOf(9), NativeHistogram.Stale);
        await toka.Forwarder.WriteAsync(batch, CancellationToken.None);
        await toka.UntilAllSentAsync();

        Assert.Equal(
            ["requests_total{cluster=\"a\",job=\"test\",where=\"a/host-0\"}", "requests_total{cluster=\"a\",job=\"test\",where=\"a/host-2\"}"],
            toka.One.All.Select(static taken => taken.Series).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(10, toka.One.All.Count);
        Assert.Equal((5, 1, 1), (toka.Dropped("relabelled"), toka.Dropped("exemplars_off"), toka.Dropped("native_histograms_off")));
    }

    [Fact]
    public async Task Failures_of_every_kind_lose_and_invent_nothing()
    {
        await using var toka = new ForwardingFixture();
        toka.One.Answer = (number, _) => (number % 6) switch
        {
            0 => Task.FromResult<HttpResponseMessage?>(FakeRemote.Status(500, "out of order")),
            1 => throw new HttpRequestException("connection refused"),
            2 => new TaskCompletionSource<HttpResponseMessage?>().Task, // never answers
            3 => Task.FromResult<HttpResponseMessage?>(FakeRemote.Status(503)),
            _ => Task.FromResult<HttpResponseMessage?>(null),
        };
        await toka.ApplyAsync(Remote() with { RemoteTimeout = TimeSpan.FromSeconds(1) });
        await toka.WriteSamplesAsync(20);
        await toka.UntilAllSentAsync();
        Assert.Equivalent(toka.Stored, toka.One.All, strict: true);
        Assert.Equal(0, toka.Forwarder.Remotes[0].Dropped.Sum(static pair => pair.Value));
        Assert.True(toka.Forwarder.Remotes[0].Retried > 0);
        Assert.NotNull(toka.Forwarder.Remotes[0].LastError);
        Assert.Equal(RemoteState.Sending, toka.Forwarder.Remotes[0].State);
    }

    [Fact]
    public async Task A_remote_that_asks_for_a_pause_is_left_alone_for_so_long()
    {
        await using var toka = new ForwardingFixture();
        toka.One.Answer = static (number, _) => Task.FromResult(number == 0 ? FakeRemote.Status(429, "slow down", TimeSpan.FromSeconds(7)) : null);
        await toka.ApplyAsync(Remote());
        await toka.WriteSamplesAsync(1);
        await toka.UntilAllSentAsync();
        Assert.True(toka.One.Requests[1].At - toka.One.Requests[0].At >= TimeSpan.FromSeconds(7));
        Assert.Equivalent(toka.Stored, toka.One.All, strict: true);
    }

    [Fact]
    public async Task What_a_remote_refuses_is_dropped_and_counted_and_the_rest_goes_on()
    {
        await using var toka = new ForwardingFixture();
        toka.One.Answer = static (number, _) => Task.FromResult(number == 0 ? FakeRemote.Status(400, "label name too long\nmore") : null);
        await toka.ApplyAsync(Remote());
        await toka.WriteSamplesAsync(1);
        await toka.UntilAllSentAsync();
        await toka.WriteSamplesAsync(2, from: 1);
        await toka.UntilAllSentAsync();
        Assert.Equal(3, toka.Dropped("refused"));
        Assert.Equal(6, toka.One.All.Count);
        Assert.Equal("it answered 400 label name too long", toka.Forwarder.Remotes[0].LastError);
        Assert.Contains(toka.Forwarder.Parts, static part => part.Name == "forwarding" && part.State == Core.Health.HealthState.Degraded && part.Reason.Contains("label name too long"));
    }

    [Fact]
    public async Task With_429_switched_to_drop_it_is_dropped()
    {
        await using var toka = new ForwardingFixture();
        toka.One.Answer = static (_, _) => Task.FromResult<HttpResponseMessage?>(FakeRemote.Status(429));
        await toka.ApplyAsync(Remote() with { Queue = Remote().Queue with { RetryOnHttp429 = false } });
        await toka.WriteSamplesAsync(1);
        await toka.UntilAllSentAsync();
        Assert.Equal(3, toka.Dropped("refused"));
    }

    [Fact]
    public async Task A_remote_that_does_not_know_2_0_gets_1_0()
    {
        await using var toka = new ForwardingFixture();
        toka.One.Answer = static (_, request) => Task.FromResult(request.IsV2 ? FakeRemote.Status(415) : null);
        await toka.ApplyAsync(Remote() with { Protocol = RemoteWriteProtocol.V2 });
        await toka.WriteSamplesAsync(3);
        await toka.UntilAllSentAsync();
        Assert.Equivalent(toka.Stored, toka.One.All, strict: true);
        Assert.Equal("1.0", toka.Forwarder.Remotes[0].Protocol);
        Assert.Single(toka.One.Requests, static request => request.IsV2);
    }

    [Fact]
    public async Task A_remote_that_swallows_2_0_without_a_word_gets_1_0()
    {
        await using var toka = new ForwardingFixture();
        toka.One.Knows2 = false;
        await toka.ApplyAsync(Remote() with { Protocol = RemoteWriteProtocol.V2 });
        await toka.WriteSamplesAsync(3);
        await toka.UntilAllSentAsync();
        Assert.Equivalent(toka.Stored, toka.One.All, strict: true);
    }

    [Theory]
    [InlineData(RemoteWriteProtocol.V1)]
    [InlineData(RemoteWriteProtocol.V2)]
    public async Task Metadata_goes_along(RemoteWriteProtocol protocol)
    {
        await using var toka = new ForwardingFixture();
        toka.Metadata.Add(new MetricMetadata("requests_total", MetricType.Counter, "Requests.", ""));
        await toka.ApplyAsync(Remote() with { Protocol = protocol, Metadata = new MetadataOptions { SendInterval = TimeSpan.FromSeconds(1) } });
        await toka.WriteSamplesAsync(1);
        await toka.UntilAsync("metadata", () => toka.One.Metadata.Count > 0);
        Assert.Equal(MetricType.Counter, toka.One.Metadata["requests_total"].Type);
        Assert.Equal("Requests.", toka.One.Metadata["requests_total"].Help);
    }

    [Fact]
    public async Task Samples_older_than_the_limit_are_dropped_and_counted()
    {
        await using var toka = new ForwardingFixture();
        await toka.ApplyAsync(Remote() with { Queue = Remote().Queue with { SampleAgeLimit = TimeSpan.FromHours(1) } });
        await toka.WriteSamplesAsync(2, from: -7200);
        await toka.WriteSamplesAsync(2);
        await toka.UntilAllSentAsync();
        Assert.Equal((6, 6), (toka.Dropped("too_old"), toka.One.All.Count));
    }

    [Fact]
    public async Task Each_remote_gets_everything_at_its_own_pace()
    {
        await using var toka = new ForwardingFixture();
        toka.Remotes["two"].Answer = static (_, _) => Task.FromResult<HttpResponseMessage?>(FakeRemote.Status(500));
        await toka.ApplyAsync(Remote(), Remote("two"));
        await toka.WriteSamplesAsync(30);
        await toka.UntilAsync("all at one", () => toka.Forwarder.Remotes[0].Pending == 0);
        Assert.Equivalent(toka.Stored, toka.One.All, strict: true);
        Assert.Equal(toka.Stored.Count, toka.Forwarder.Remotes[1].Pending);
        toka.Remotes["two"].Answer = static (_, _) => Task.FromResult<HttpResponseMessage?>(null);
        await toka.UntilAllSentAsync();
        Assert.Equivalent(toka.Stored, toka.Remotes["two"].All, strict: true);
    }

    [Fact]
    public async Task Where_answers_take_long_more_is_sent_at_the_same_time_and_order_holds()
    {
        await using var toka = new ForwardingFixture();
        toka.One.Answer = async (_, _) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(1), toka.Time);
            return null;
        };
        await toka.ApplyAsync(Remote());
        await toka.WriteSamplesAsync(150, series: 8);
        var shards = 0;
        await toka.UntilAsync("emptying of the queue", () =>
        {
            shards = Math.Max(shards, toka.Forwarder.Remotes[0].Shards);
            return toka.Forwarder.Remotes[0].Pending == 0;
        });
        Assert.Equal(4, shards);
        Assert.Equivalent(toka.Stored, toka.One.All, strict: true);
        Assert.All(toka.One.All.GroupBy(static taken => taken.Series), static series => Assert.Equal(series.OrderBy(static taken => taken.TimeMs), series));
    }

    [Fact]
    public async Task A_remote_that_is_behind_for_minutes_is_said_to_be()
    {
        await using var toka = new ForwardingFixture();
        toka.One.Answer = static (_, _) => Task.FromResult<HttpResponseMessage?>(FakeRemote.Status(502, "bad gateway"));
        await toka.ApplyAsync(Remote());
        await toka.WriteSamplesAsync(1);
        await toka.UntilAsync("a failure", () => toka.Forwarder.Remotes[0].LastError is not null);
        Assert.Equal(Core.Health.HealthState.Healthy, toka.Forwarder.Parts.Single().State);
        toka.Time.Advance(TimeSpan.FromMinutes(3));
        var part = toka.Forwarder.Parts.Single();
        Assert.Equal(Core.Health.HealthState.Degraded, part.State);
        Assert.Contains("the remote one is 3 minutes behind, 3 samples wait on disk: it answered 502 bad gateway", part.Reason, StringComparison.Ordinal);
        Assert.True(toka.Metric("toka_forward_lag_seconds", ("remote", "one")) >= 180);
    }

    [Fact]
    public async Task A_remote_whose_queue_cannot_be_read_is_said_to_be_behind()
    {
        await using var toka = new ForwardingFixture();
        await toka.ApplyAsync(Remote());
        await toka.WriteSamplesAsync(1);
        await toka.UntilAllSentAsync();
        toka.Time.Advance(TimeSpan.FromMinutes(20));
        toka.Disk.CannotRead = true;
        await toka.WriteSamplesAsync(1, from: 1200);
        await toka.UntilAsync("a failure", () => toka.Forwarder.Remotes[0].LastError is not null);
        Assert.Equal(Core.Health.HealthState.Healthy, toka.Forwarder.Parts.Single().State);
        toka.Time.Advance(TimeSpan.FromMinutes(3));
        var part = toka.Forwarder.Parts.Single();
        Assert.Equal(Core.Health.HealthState.Degraded, part.State);
        Assert.Contains("the remote one is 3 minutes behind, 3 samples wait on disk: the queue on disk cannot be read: Input/output error", part.Reason, StringComparison.Ordinal);
        Assert.InRange(toka.Metric("toka_forward_lag_seconds", ("remote", "one")), 180, 239);

        toka.Disk.CannotRead = false;
        await toka.UntilAllSentAsync();
        Assert.Equivalent(toka.Stored, toka.One.All, strict: true);
        await toka.UntilAsync("end of the lag", () => toka.Metric("toka_forward_lag_seconds", ("remote", "one")) == 0);
        Assert.Equal(Core.Health.HealthState.Healthy, toka.Forwarder.Parts.Single().State);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Headers_go_to_the_host_that_was_asked_and_not_to_where_it_redirects(bool isOwn)
    {
        await using var other = new TargetServer(Answer("200 OK"));
        await using var asked = new TargetServer();
        asked.Answer = (stream, stop) => (asked.Requests.Count == 1 || !isOwn
            ? Answer($"307 Temporary Redirect\r\nLocation: http://{(isOwn ? asked : other).Address}/moved")
            : Answer("200 OK"))(stream, stop);
        await using var toka = new ForwardingFixture(isOverNetwork: true);
        await toka.ApplyAsync(Remote() with
        {
            Url = new Uri($"http://{asked.Address}/write"),
            Headers = [new("X-Api-Key", "secret-key"), new("X-Both", "first")],
            Http = new HttpClientOptions { Headers = [new HttpHeaderOptions { Name = "X-Both", Values = ["second"] }] },
        });
        await toka.WriteSamplesAsync(1);
        await toka.UntilAllSentAsync();
        Assert.All(asked.Requests, static head =>
        {
            Assert.Contains("X-Api-Key: secret-key\r\n", head, StringComparison.Ordinal);
            Assert.Contains("X-Both: second\r\n", head, StringComparison.Ordinal);
        });
        Assert.NotEmpty(isOwn ? asked.Requests.Skip(1) : other.Requests);
        Assert.All(other.Requests, static head => Assert.DoesNotContain("secret-key", head, StringComparison.Ordinal));
    }

    /// <summary>Answers, and reads on until the other side closes: a connection that is closed with something unread is reset.</summary>
    private static Func<Stream, CancellationToken, Task> Answer(string head) => async (stream, stop) =>
    {
        await TargetServer.WriteAsync(stream, $"HTTP/1.1 {head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        await stream.CopyToAsync(Stream.Null, stop);
    };
}
