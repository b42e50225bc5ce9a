using System.IO.Compression;
using System.Text;
using Toka.Core.Targets;
using Toka.Features.Tests.Monitoring.Scraping.Support;
using Toka.Monitoring.Scraping.Options;

namespace Toka.Features.Tests.Monitoring.Scraping;

public sealed class ScrapeFetchTests : IAsyncDisposable
{
    private readonly ScrapeBench _bench = new();
    private readonly TargetServer _target = new();

    public async ValueTask DisposeAsync()
    {
        await _bench.DisposeAsync();
        await _target.DisposeAsync();
    }

    [Fact]
    public async Task Gzip_is_read_in_as_many_parts_as_it_has()
    {
        AnswerPacked([.. Packed("a 1\n"), .. Packed("b 2\n")]);
        Assert.Equal((TargetHealth.Up, 2), await ScrapeAsync());
    }

    [Fact]
    public async Task A_body_that_unpacks_to_more_than_the_limit_is_cut_off()
    {
        AnswerPacked(Packed(new string('#', 1 << 24)));
        Assert.Equal((TargetHealth.Down, 0), await ScrapeAsync(Job with { BodySizeLimit = 1 << 20 }));
        Assert.StartsWith("body_size_limit: the body has more than the limit of 1048576 bytes; ", Error, StringComparison.Ordinal);
        Assert.Equal([-1], _bench.ValuesOf($$"""scrape_body_size_bytes{instance="{{_target.Address}}",job="app"}"""));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Gzip_that_is_none_or_is_cut_fails_the_scrape(bool isCut)
    {
        AnswerPacked(isCut ? Packed("a 1\nb 2\n")[..15] : Encoding.UTF8.GetBytes("a 1\nb 2\n"));
        Assert.Equal((TargetHealth.Down, 0), await ScrapeAsync());
        Assert.StartsWith("the body is not the gzip that its Content-Encoding says", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_encoding_is_refused_by_name()
    {
        _target.Answer = static (stream, _) => TargetServer.WriteAsync(stream, TargetServer.Head("Content-Encoding: br\r\nContent-Length: 4\r\n") + "a 1\n");
        Assert.Equal((TargetHealth.Down, 0), await ScrapeAsync());
        Assert.StartsWith("the target answered with Content-Encoding br, which was not asked for", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_without_an_end_is_cut_off_at_the_limit()
    {
        var hungUp = new TaskCompletionSource();
        _target.Answer = async (stream, stop) =>
        {
            try
            {
                await TargetServer.WriteAsync(stream, TargetServer.Head(""));
                var lines = string.Concat(Enumerable.Repeat("a_long_enough_name{with=\"labels\"} 1\n", 1000));
                while (!stop.IsCancellationRequested)
                {
                    await TargetServer.WriteAsync(stream, lines);
                }
            }
            catch (IOException)
            {
                hungUp.SetResult();
            }
        };
        Assert.Equal((TargetHealth.Down, 0), await ScrapeAsync(Job with { BodySizeLimit = 1 << 20 }));
        Assert.StartsWith("body_size_limit", Error, StringComparison.Ordinal);
        await hungUp.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_body_for_which_there_is_no_room_fails_its_scrape_and_gives_back_what_it_took()
    {
        await using var bench = new ScrapeBench(bodyBytesMax: 1 << 20);
        AnswerPacked(Packed(string.Concat(Enumerable.Repeat("# some words that are no sample\n", 40_000))));
        for (var i = 0; i < 2; i++)
        {
            await bench.ApplyAsync(ScrapeBench.Job(_target.Address) with { JobName = $"large{i}" });
            var status = await bench.NextAsync();
            Assert.StartsWith("memory: the bodies that are read at the same time have no room left of 1048576 bytes", status.LastError, StringComparison.Ordinal);
        }

        Assert.Equal(2, bench.Counter("toka_ingest_requests_total", ("protocol", "scrape"), ("outcome", "memory_limit")));
        Assert.Equal(0, bench.Metrics.Read().Single(static m => m.Labels.ToString() == "toka_scrape_body_bytes").Value);
    }

    [Fact]
    public async Task A_length_beyond_the_limit_is_refused_before_a_byte_is_read()
    {
        _target.Answer = static (stream, stop) => TargetServer.WriteAsync(stream, TargetServer.Head("Content-Length: 1099511627776\r\n"));
        Assert.Equal((TargetHealth.Down, 0), await ScrapeAsync());
        Assert.StartsWith("body_size_limit: the body has more than the limit of 67108864 bytes", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_is_shorter_than_its_length_fails_the_scrape()
    {
        _target.Answer = static (stream, _) => TargetServer.WriteAsync(stream, TargetServer.Head("Content-Length: 1000\r\n") + "a 1\n");
        Assert.Equal((TargetHealth.Down, 0), await ScrapeAsync());
        Assert.Equal(1, _bench.Counter("toka_ingest_requests_total", ("protocol", "scrape"), ("outcome", "connection")));
    }

    [Fact]
    public async Task A_body_that_is_longer_than_its_length_ends_where_it_said()
    {
        _target.Answer = static (stream, _) => TargetServer.WriteAsync(stream, TargetServer.Head("Content-Length: 4\r\n") + "a 1\nb 2\n");
        Assert.Equal((TargetHealth.Up, 1), await ScrapeAsync());
        Assert.Equal((TargetHealth.Up, 1), await ScrapeAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\na 1\n")]
    public async Task A_target_that_does_not_go_on_is_given_up_at_the_timeout(string begin)
    {
        _target.Answer = async (stream, stop) =>
        {
            await TargetServer.WriteAsync(stream, begin);
            await Task.Delay(Timeout.Infinite, stop);
        };
        await _bench.ApplyAsync(Job);
        _bench.Time.Advance(ScrapeBench.Interval);
        await _target.Asked.WaitAsync(TestContext.Current.CancellationToken);
        _bench.Time.Advance(Job.ScrapeTimeout);
        var status = await _bench.ScrapedAsync();
        Assert.Equal((TargetHealth.Down, "the target did not send all within scrape_timeout, 5 s"), (status.Health, status.LastError));
        Assert.Equal(1, _bench.Counter("toka_ingest_requests_total", ("protocol", "scrape"), ("outcome", "timeout")));
    }

    [Fact]
    public async Task A_target_that_is_not_there_is_down_with_the_reason()
    {
        var address = _target.Address;
        await _target.DisposeAsync();
        await _bench.ApplyAsync(ScrapeBench.Job(address));
        var status = await _bench.NextAsync();
        Assert.Equal(TargetHealth.Down, status.Health);
        Assert.Contains("refused", status.LastError, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("Content-Type: text/html\r\n", null, false)]
    [InlineData("", null, false)]
    [InlineData("", ScrapeProtocol.PrometheusText004, true)]
    [InlineData("Content-Type: text/html\r\n", ScrapeProtocol.PrometheusText004, true)]
    [InlineData("Content-Type: text/plain; charset=utf-8\r\n", null, true)]
    public async Task The_type_must_be_one_that_is_read_or_have_a_fallback(string type, ScrapeProtocol? fallback, bool isUp)
    {
        _target.Answer = (stream, _) => TargetServer.WriteAsync(stream, "HTTP/1.1 200 OK\r\n" + type + "Content-Length: 4\r\n\r\na 1\n");
        Assert.Equal((isUp ? TargetHealth.Up : TargetHealth.Down, isUp ? 1 : 0), await ScrapeAsync(Job with { FallbackScrapeProtocol = fallback }));
        Assert.Equal(!isUp, Error.EndsWith("set fallback_scrape_protocol of the job if it is one of these all the same", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Redirects_are_followed()
    {
        await using var other = TargetServer.Of("a 1\n");
        var location = other.Address;
        _target.Answer = (stream, _) => TargetServer.WriteAsync(stream, $"HTTP/1.1 302 Found\r\nLocation: http://{location}/metrics\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal((TargetHealth.Up, 1), await ScrapeAsync());
    }

    private ScrapeJobOptions Job => ScrapeBench.Job(_target.Address) with { ExtraScrapeMetrics = true };

    private string Error => Assert.Single(_bench.Manager.Active).LastError;

    private async Task<(TargetHealth Health, int Samples)> ScrapeAsync(ScrapeJobOptions? job = null)
    {
        await _bench.ApplyAsync(job ?? Job);
        var status = await _bench.NextAsync();
        return (status.Health, status.Samples);
    }

    private void AnswerPacked(byte[] packed) => _target.Answer = async (stream, stop) =>
    {
        await TargetServer.WriteAsync(stream, TargetServer.Head(FormattableString.Invariant($"Content-Encoding: gzip\r\nContent-Length: {packed.Length}\r\n")));
        await stream.WriteAsync(packed, stop);
    };

    private static byte[] Packed(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return packed.ToArray();
    }
}
