using System.IO.Compression;
using System.Net;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Snappier;
using Toka.Web.Push;

namespace Toka.Edges.Tests.Push;

public sealed class TextPushTests
{
    private const string Import = "/api/v1/import/prometheus";

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    public async Task An_exposition_is_stored_with_the_time_and_labels_of_the_request(string method)
    {
        await using var host = await PushHost.StartAsync();
        var (status, body) = await host.SendAsync(method, Import + "?timestamp=1700000000123&extra_label=job=batch&extra_label=dc=eu", "a{job=\"own\"} 1\nb 2 1700000000999\n");

        Assert.Equal((HttpStatusCode.NoContent, ""), (status, body));
        Assert.Equal(["a{dc=\"eu\",job=\"batch\"} 1", "b{dc=\"eu\",job=\"batch\"} 2"], host.Stored);
        Assert.Equal([1_700_000_000_123, 1_700_000_000_999], host.Writer.Samples.Select(static s => s.Ms));
        Assert.Equal(2, host.Metric("toka_ingest_samples_total", ("protocol", "text_push")));
    }

    [Fact]
    public async Task A_bad_line_costs_no_line_beside_it_and_its_sender_learns_of_it()
    {
        await using var host = await PushHost.StartAsync();
        var (status, body) = await host.SendAsync("POST", Import, "a 1\nb nope\nc 3\n");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith("2 samples are stored; 1 lines and 0 samples are refused\n2:3: ", body, StringComparison.Ordinal);
        Assert.Equal(["a 1", "c 3"], host.Stored);
        Assert.Equal(1, host.Metric("toka_ingest_refused_total", ("protocol", "text_push"), ("reason", "malformed")));
        Assert.Equal(1, host.Metric("toka_ingest_requests_total", ("protocol", "text_push"), ("outcome", "partial")));
    }

    [Fact]
    public async Task What_the_store_refuses_is_told()
    {
        await using var host = await PushHost.StartAsync();
        host.Writer.Refuses = 1;
        var (status, body) = await host.SendAsync("POST", Import, "a 1\nb 2\n");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("the store: too old", body, StringComparison.Ordinal);
        Assert.Equal(1, host.Metric("toka_ingest_refused_total", ("protocol", "text_push"), ("reason", "too_old")));
    }

    [Fact]
    public async Task The_Content_Type_names_the_format_and_without_one_the_body_shows_it()
    {
        await using var host = await PushHost.StartAsync();
        foreach (var type in new[] { "application/openmetrics-text; version=1.0.0; charset=utf-8", "application/x-www-form-urlencoded", null })
        {
            Assert.Equal(HttpStatusCode.NoContent, (await host.SendAsync("POST", Import, "# TYPE c counter\nc_total 1 2.5\n# EOF\n", type)).Status);
        }

        Assert.All(host.Writer.Samples, static s => Assert.Equal(2500, s.Ms)); // Seconds, as OpenMetrics has them.
        byte[] family = [0x0a, 1, (byte)'g', 0x18, 1, 0x22, 0x0b, 0x12, 0x09, 0x09, 0, 0, 0, 0, 0, 0, 0, 0x40];
        var (status, body, response) = await host.SendAsync(
            HttpMethod.Post, Import, [(byte)family.Length, .. family], "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited");
        response.Dispose();
        Assert.Equal((HttpStatusCode.NoContent, ""), (status, body));
        Assert.Equal("g 2", host.Stored[^1]);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("zstd")]
    [InlineData("snappy")]
    public async Task Packed_bodies_are_taken_and_bombs_are_cut_off(string encoding)
    {
        await using var host = await PushHost.StartAsync(new PushLimits { RequestBytesMax = 64 * 1024 });
        var (status, _, response) = await host.SendAsync(HttpMethod.Post, Import, Packed(encoding, "a 1\n"u8.ToArray()), encoding: encoding);
        response.Dispose();
        Assert.Equal((HttpStatusCode.NoContent, 1), (status, host.Stored.Count));

        (status, _, response) = await host.SendAsync(HttpMethod.Post, Import, Packed(encoding, new byte[4 * 1024 * 1024]), encoding: encoding);
        response.Dispose();
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
        Assert.Single(host.Stored);
    }

    [Theory]
    [InlineData("?timestamp=now", "timestamp")]
    [InlineData("?extra_label=job", "extra_label")]
    [InlineData("?extra_label=__name__=x", "extra_label")]
    public async Task A_parameter_that_cannot_be_read_is_named(string query, string expected)
    {
        await using var host = await PushHost.StartAsync();
        var (status, body) = await host.SendAsync("POST", Import + query, "a 1\n");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(expected, body, StringComparison.Ordinal);
        Assert.Empty(host.Stored);
    }

    [Fact]
    public async Task A_store_that_cannot_write_asks_the_sender_to_come_again()
    {
        await using var host = await PushHost.StartAsync();
        host.Writer.Fails = true;
        var (status, _, response) = await host.SendAsync(HttpMethod.Post, Import, "a 1\n"u8.ToArray());

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.NotNull(response.Headers.RetryAfter);
        response.Dispose();
    }

    [Fact]
    public async Task A_replacement_marks_what_is_gone_and_an_addition_only_what_has_the_same_name()
    {
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1000));
        await using var host = await PushHost.StartAsync(time: time);
        const string Group = "/metrics/job/backup/path@base64/L3Zhcg";
        Assert.Equal(HttpStatusCode.OK, (await host.SendAsync("PUT", Group, "a{x=\"1\",job=\"own\"} 1\nb 2\n")).Status);
        Assert.Equal(
            ["a{job=\"backup\",path=\"/var\",x=\"1\"} 1", "b{job=\"backup\",path=\"/var\"} 2", "push_time_seconds{job=\"backup\",path=\"/var\"} 1000"],
            host.Stored);

        Assert.Equal(HttpStatusCode.OK, (await host.SendAsync("POST", Group, "a{x=\"2\"} 3\n")).Status);
        Assert.Equal(
            ["a{job=\"backup\",path=\"/var\",x=\"2\"} 3", "a{job=\"backup\",path=\"/var\",x=\"1\"} stale", "push_time_seconds{job=\"backup\",path=\"/var\"} 1000.001"],
            host.Stored[3..]);

        Assert.Equal(HttpStatusCode.OK, (await host.SendAsync("PUT", Group, "")).Status);
        Assert.Equal(
            ["a{job=\"backup\",path=\"/var\",x=\"2\"} stale", "b{job=\"backup\",path=\"/var\"} stale"],
            host.Stored[6..8].Order(StringComparer.Ordinal));
        Assert.Equal(1_000_002, host.Writer.Samples[^1].Ms); // One millisecond after the other, though the clock stood still.
    }

    [Fact]
    public async Task A_deletion_marks_all_series_of_its_group_and_of_no_other()
    {
        await using var host = await PushHost.StartAsync();
        await host.SendAsync("POST", "/metrics/job/a", "x 1\n");
        await host.SendAsync("POST", "/metrics/job/a/instance/i", "x 2\n");
        Assert.Equal(HttpStatusCode.Accepted, (await host.SendAsync("DELETE", "/metrics/job/a", "")).Status);

        Assert.Equal(["x{job=\"a\"} stale", "push_time_seconds{job=\"a\"} stale"], host.Stored[4..]);
        Assert.Equal(HttpStatusCode.Accepted, (await host.SendAsync("DELETE", "/metrics/job/never", "")).Status);
        Assert.Equal(6, host.Stored.Count);
        Assert.Equal(1, host.Metric("toka_push_groups"));
    }

    [Fact]
    public async Task A_push_with_faults_takes_nothing_out_of_its_group()
    {
        await using var host = await PushHost.StartAsync();
        await host.SendAsync("PUT", "/metrics/job/a", "x 1\ny 1\n");
        var (status, body) = await host.SendAsync("PUT", "/metrics/job/a", "x 2\ny\n");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith("1 samples are stored; 1 lines", body, StringComparison.Ordinal);
        Assert.Equal("x{job=\"a\"} 2", host.Stored[3]);
        Assert.StartsWith("push_failure_time_seconds{job=\"a\"} ", host.Stored[4], StringComparison.Ordinal);
        Assert.Equal(5, host.Stored.Count);
    }

    [Fact]
    public async Task Groups_beyond_the_limit_are_stored_and_counted_as_not_remembered()
    {
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1000));
        await using var host = await PushHost.StartAsync(new PushLimits { GroupsMax = 2, GroupSeriesMax = 100 }, time);
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await host.SendAsync("PUT", $"/metrics/job/j{i}", "x 1\n")).Status);
        }

        Assert.Equal((2, 3), (host.Metric("toka_push_groups"), host.Metric("toka_push_groups_forgotten_total")));
        time.Advance(TimeSpan.FromHours(2));
        await host.SendAsync("PUT", "/metrics/job/other", "x 1\n");
        Assert.Equal((1, 1), (host.Metric("toka_push_groups"), host.Metric("toka_push_group_series")));
    }

    [Fact]
    public async Task A_path_that_names_no_group_is_refused()
    {
        await using var host = await PushHost.StartAsync();
        Assert.Equal(HttpStatusCode.BadRequest, (await host.SendAsync("PUT", "/metrics/job/a/b", "x 1\n")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await host.SendAsync("PUT", "/metrics/job@base64/!!", "x 1\n")).Status);
        Assert.Empty(host.Stored);
    }

    private static byte[] Packed(string encoding, byte[] body)
    {
        if (encoding == "snappy")
        {
            return Snappy.CompressToArray(body);
        }

        using var packed = new MemoryStream();
        using (Stream packing = encoding == "gzip" ? new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true) : new ZstdSharp.CompressionStream(packed, leaveOpen: true))
        {
            packing.Write(body);
        }

        return packed.ToArray();
    }
}
