using System.Globalization;
using System.Net.Http.Headers;
using CsCheck;
using Snappier;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Edges.Tests.Otlp;
using Toka.Protocols.RemoteWrite;
using Toka.TimeSeries;
using Toka.Web.Ingest;

namespace Toka.Edges.Tests.RemoteWrite;

public sealed class RemoteWriteApiTests
{
    private const long NowMs = RemoteWriteHost.NowMs;
    private const string Type1 = "application/x-protobuf;proto=prometheus.WriteRequest";
    private const string Type2 = "application/x-protobuf;proto=io.prometheus.write.v2.Request";

    private static readonly LabelSet Up = LabelSet.Of(("__name__", "up"), ("job", "j"));
    private static readonly LabelSet Latency = LabelSet.Of(("__name__", "latency"), ("job", "j"));

    private static readonly NativeHistogram Histogram =
        new(new HistogramLayout(3, 0.5, [new(-2, 2)], [], []), HistogramResetHint.Unknown, 1, 6, 4.5, [3, 2]);

    [Fact]
    public async Task A_request_of_1_0_is_stored_and_answered_with_204_and_nothing_else()
    {
        await using var host = await RemoteWriteHost.StartAsync();
        var (status, text, headers) = await host.SendAsync(RemoteWriteVersion.V1, Everything);
        Assert.Equal((204, ""), (status, text));
        Assert.DoesNotContain(headers, static header => header.Key.StartsWith("X-Prometheus", StringComparison.OrdinalIgnoreCase));
        Assert.Equal([(NowMs - 1000, 1.0), (NowMs, 2.0)], await SamplesAsync(host, Up));
        Assert.Equal(3, host.Metric("toka_ingest_samples_total", ("protocol", "remote_write")));
        Assert.Equal(1, host.Metric("toka_ingest_requests_total", ("protocol", "remote_write"), ("outcome", "ok")));
    }

    [Fact]
    public async Task An_answer_to_2_0_counts_what_is_stored_now_also_when_it_comes_again()
    {
        await using var host = await RemoteWriteHost.StartAsync();
        for (var time = 0; time < 2; time++)
        {
            var (status, text, headers) = await host.SendAsync(RemoteWriteVersion.V2, Everything);
            Assert.Equal((204, ""), (status, text));
            Assert.Equal((2, 1, 1), Written(headers));
        }

        Assert.Equal([(NowMs - 1000, 1.0), (NowMs, 2.0)], await SamplesAsync(host, Up));
    }

    [Theory]
    [InlineData(RemoteWriteVersion.V1)]
    [InlineData(RemoteWriteVersion.V2)]
    public async Task Samples_that_can_never_be_stored_are_a_400_that_counts_them_and_the_others_are_stored(RemoteWriteVersion version)
    {
        await using var host = await RemoteWriteHost.StartAsync(options: new MetricStoreOptions { Retention = TimeSpan.FromDays(1) });
        await host.SendAsync(version, static batch => batch.Add(Up, NowMs, 1));
        var (status, text, headers) = await host.SendAsync(version, static batch =>
        {
            batch.Add(Up, NowMs - (long)TimeSpan.FromDays(3).TotalMilliseconds, 1);
            batch.AddSameSeries(NowMs - 500, 3);
            batch.AddSameSeries(NowMs, 9); // Conflicts with what stands there.
            batch.Add(LabelSet.Of(("job", "no name")), NowMs, 1);
        });
        Assert.Equal(400, status);
        Assert.StartsWith("3 of 4 samples were not stored, the others were: 1 sample refused, the first of series {job=\"no name\"}: the label __name__ is missing", text, StringComparison.Ordinal);
        Assert.Contains("2 refused by the store, the first was up{job=\"j\"} at ", text, StringComparison.Ordinal);
        Assert.Equal([(NowMs - 500, 3.0), (NowMs, 1.0)], await SamplesAsync(host, Up));
        Assert.Equal(version == RemoteWriteVersion.V2 ? (1, 0, 0) : null, Written(headers));
        Assert.Null(headers.RetryAfter);
        Assert.Equal(1, host.Metric("toka_ingest_requests_total", ("outcome", "partial")));
        Assert.Equal(3, host.Metric("toka_ingest_refused_total", ("protocol", "remote_write")));
        Assert.Equal(1, host.Metric("toka_dropped_total", ("signal", "metrics"), ("reason", "no_name")));
    }

    [Theory]
    [InlineData(null, 204)]
    [InlineData("application/x-protobuf", 204)]
    [InlineData(Type1, 204)]
    [InlineData("Application/X-Protobuf; proto=\"prometheus.WriteRequest\"", 204)]
    [InlineData("application/x-protobuf;charset=utf-8", 204)]
    [InlineData("application/x-protobuf;proto=prometheus.ReadRequest", 415)]
    [InlineData("application/x-protobuf;proto=io.prometheus.write.v3.Request", 415)]
    [InlineData("application/json", 415)]
    [InlineData("nonsense", 415)]
    public async Task The_content_type_says_which_message_it_is(string? type, int status)
    {
        await using var host = await RemoteWriteHost.StartAsync();
        var message = RemoteWriteHost.Message(RemoteWriteVersion.V1, Everything);
        var answer = await host.SendAsync(type, "snappy", Snappy.CompressToArray(message));
        Assert.True(status == answer.Status, answer.Text);
        Assert.Equal(status == 204 ? 2 : 0, (await SamplesAsync(host, Up)).Count);
        if (status != 204)
        {
            Assert.Contains(type!, answer.Text, StringComparison.Ordinal);
            Assert.Equal(1, host.Metric("toka_ingest_requests_total", ("outcome", "unsupported")));
        }
    }

    [Theory]
    [InlineData("", 204)]
    [InlineData("snappy", 204)]
    [InlineData("gzip", 204)]
    [InlineData("zstd", 204)]
    [InlineData("identity", 204)]
    [InlineData("br", 415)]
    public async Task Bodies_are_packed_with_Snappy_where_nothing_else_is_said(string encoding, int status)
    {
        await using var host = await RemoteWriteHost.StartAsync();
        var answer = await host.SendAsync(Type2, encoding, RemoteWriteHost.Pack(encoding, RemoteWriteHost.Message(RemoteWriteVersion.V2, Everything)));
        Assert.True(status == answer.Status, answer.Text);
        Assert.Equal(status == 204 ? (2, 1, 1) : (0, 0, 0), Written(answer.Headers));
    }

    [Theory]
    [InlineData("no snappy", new byte[] { 5, 1, 2, 3 }, 400)]
    [InlineData("nothing", new byte[0], 400)]
    [InlineData("4 GiB announced", new byte[] { 0xff, 0xff, 0xff, 0xff, 0x0f, 0 }, 413)]
    [InlineData("64 MiB announced", new byte[] { 0x80, 0x80, 0x80, 0x20, 0 }, 413)]
    [InlineData("more announced than there is", new byte[] { 9, 0, 0x0a }, 400)]
    [InlineData("less announced than there is", new byte[] { 1, 8, 0x0a, 1, 2 }, 400)]
    [InlineData("a copy from before the beginning", new byte[] { 8, 0, 0x0a, 1 << 2 | 1, 200 }, 400)]
    [InlineData("no protobuf", new byte[] { 1, 0, 0xff }, 400)]
    [InlineData("a series cut off", new byte[] { 3, 8, 0x0a, 9, 1 }, 400)]
    [InlineData("symbols cut off", new byte[] { 3, 8, 0x22, 9, 1 }, 400)]
    public async Task What_is_no_request_is_refused_by_name_and_stores_nothing(string what, byte[] body, int status)
    {
        await using var host = await RemoteWriteHost.StartAsync();
        foreach (var type in new[] { Type1, Type2 })
        {
            var answer = await host.SendAsync(type, "snappy", body);
            Assert.True(status == answer.Status, $"{what}: {answer.Status} {answer.Text}");
            Assert.NotEqual("", answer.Text);
            Assert.Equal(type == Type2 ? (0, 0, 0) : null, Written(answer.Headers));
        }

        Assert.Equal(0, host.Metric("toka_ingest_samples_total"));
        Assert.Equal(2, host.Metric("toka_ingest_requests_total", ("outcome", status == 413 ? "too_large" : "bad_request")));
    }

    [Theory]
    [InlineData("snappy")]
    [InlineData("gzip")]
    [InlineData("zstd")]
    [InlineData("identity")]
    public async Task A_body_that_unpacks_to_more_than_allowed_is_a_413(string encoding)
    {
        await using var host = await RemoteWriteHost.StartAsync(limits: new RemoteWriteLimits { RequestBytesMax = 100_000 });
        var answer = await host.SendAsync(Type1, encoding, RemoteWriteHost.Pack(encoding, new byte[200_000]));
        Assert.True(answer.Status == 413, answer.Text);
    }

    [Fact]
    public async Task A_full_disk_is_a_503_that_says_when_to_come_again()
    {
        var writer = new MemoryWriter { Fails = true };
        await using var host = await RemoteWriteHost.StartAsync(writer);
        var (status, text, headers) = await host.SendAsync(RemoteWriteVersion.V2, Everything);
        Assert.Equal(503, status);
        Assert.Contains("the disk is full", text, StringComparison.Ordinal);
        Assert.NotNull(headers.RetryAfter);
        Assert.Equal((0, 0, 0), Written(headers));
    }

    [Fact]
    public async Task Full_memory_for_histograms_is_a_503_as_they_may_be_stored_later()
    {
        await using var host = await RemoteWriteHost.StartAsync(new FullWriter());
        var (status, text, headers) = await host.SendAsync(RemoteWriteVersion.V2, Everything);
        Assert.Equal(503, status);
        Assert.Contains("1 of 3 samples were not stored", text, StringComparison.Ordinal);
        Assert.NotNull(headers.RetryAfter);
        Assert.Equal((2, 0, 0), Written(headers));
    }

    [Fact]
    public async Task More_requests_than_places_are_a_503_that_says_when_to_come_again_as_senders_lose_what_is_answered_with_429()
    {
        var writer = new MemoryWriter { Hold = new TaskCompletionSource() };
        await using var host = await RemoteWriteHost.StartAsync(writer);
        var held = Enumerable.Range(0, IngestPlaces.Max).Select(_ => host.SendAsync(RemoteWriteVersion.V1, Everything)).ToArray();
        for (var i = 0; i < held.Length; i++)
        {
            await writer.Entered.WaitAsync(TestContext.Current.CancellationToken);
        }

        var (status, _, headers) = await host.SendAsync(RemoteWriteVersion.V1, Everything);
        Assert.Equal(503, status);
        Assert.NotNull(headers.RetryAfter);
        writer.Hold.SetResult();
        Assert.All(await Task.WhenAll(held), static answer => Assert.Equal(204, answer.Status));
    }

    [Fact]
    public async Task Metadata_alone_is_taken_too()
    {
        await using var host = await RemoteWriteHost.StartAsync();
        var (status, _, _) = await host.SendAsync(RemoteWriteVersion.V1, static batch => batch.AddMetadata(new MetricMetadata("up", MetricType.Gauge, "Whether it is.", "")));
        Assert.Equal(204, status);
        Assert.Equal("Whether it is.", host.Store.Metadata("up", 1).Single().Help);
    }

    [Fact]
    public async Task Whatever_is_sent_is_stored_or_there_already_or_counted_as_refused()
    {
        await using var host = await RemoteWriteHost.StartAsync(options: new MetricStoreOptions { Retention = TimeSpan.FromDays(1) });
        var (sent, there) = (0L, 0L);
        var requests = Gen.Select(Gen.Int[0, 3], Gen.Int[-3, 2], Gen.Int[0, 2]).Array[1, 30].Array[20].Single();
        foreach (var rows in requests)
        {
            foreach (var version in Enum.GetValues<RemoteWriteVersion>())
            {
                var before = host.Metric("toka_ingest_samples_total") + host.Metric("toka_ingest_refused_total");
                var (status, _, headers) = await host.SendAsync(version, batch =>
                {
                    foreach (var (series, day, value) in rows)
                    {
                        batch.Add(series == 0 ? LabelSet.Of(("job", "no name")) : LabelSet.Of(("__name__", "a"), ("i", series.ToString(CultureInfo.InvariantCulture))), NowMs + (day * 86_400_000L / 2), value);
                    }
                });
                sent += rows.Length;
                var counted = (long)(host.Metric("toka_ingest_samples_total") + host.Metric("toka_ingest_refused_total") - before);
                there += rows.Length - counted;
                Assert.True(status is 204 or 400);
                if (Written(headers) is { } written)
                {
                    Assert.InRange(written.Samples, rows.Length - counted, rows.Length);
                    Assert.Equal(status == 204, written.Samples == rows.Length);
                }
            }
        }

        Assert.Equal(sent, there + host.Metric("toka_ingest_samples_total") + host.Metric("toka_ingest_refused_total"));
        Assert.Equal(host.Metric("toka_ingest_samples_total"), host.Metric("toka_store_samples_total"));
        Assert.Equal(host.Metric("toka_ingest_refused_total"), host.Metric("toka_dropped_total", ("signal", "metrics")));
    }

    private static void Everything(WriteBatch batch)
    {
        batch.AddMetadata(new MetricMetadata("up", MetricType.Gauge, "Whether it is.", ""));
        batch.Add(Up, NowMs - 1000, 1);
        batch.AddSameSeries(NowMs, 2);
        batch.AddHistogram(Latency, NowMs, Histogram);
        batch.AddExemplar(Latency, new Exemplar(LabelSet.Of(("trace_id", "abc")), NowMs, 3));
    }

    private static (int Samples, int Histograms, int Exemplars)? Written(HttpResponseHeaders headers) =>
        headers.TryGetValues(RemoteWriteHeaders.SamplesWritten, out var samples)
            ? (int.Parse(samples.Single(), CultureInfo.InvariantCulture),
                int.Parse(headers.GetValues(RemoteWriteHeaders.HistogramsWritten).Single(), CultureInfo.InvariantCulture),
                int.Parse(headers.GetValues(RemoteWriteHeaders.ExemplarsWritten).Single(), CultureInfo.InvariantCulture))
            : null;

    private static async Task<List<(long Time, double Value)>> SamplesAsync(RemoteWriteHost host, LabelSet series)
    {
        var samples = new List<(long, double)>();
        var request = new SelectRequest { Matchers = [new LabelMatcher("__name__", MatchOperator.Equal, series["__name__"])], FromMs = 0, ToMs = NowMs + 1000 };
        using var set = await host.Store.SelectAsync(request, TestContext.Current.CancellationToken);
        using var column = new FloatColumn();
        for (var i = 0; i < set.Count; i++)
        {
            column.Clear();
            set.ReadFloats(i, column);
            for (var j = 0; j < column.Count; j++)
            {
                samples.Add((column.Timestamps[j], column.Values[j]));
            }
        }

        return samples;
    }

    /// <summary>Has no memory for histograms.</summary>
    private sealed class FullWriter : ISeriesWriter
    {
        public ValueTask<WriteResult> WriteAsync(WriteBatch batch, CancellationToken cancellationToken) =>
            ValueTask.FromResult(new WriteResult(batch.Count, OverMemory: batch.Histograms.Count, FirstReason: "memory is full"));
    }
}
