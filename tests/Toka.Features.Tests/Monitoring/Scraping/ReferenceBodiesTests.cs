using Microsoft.Extensions.Time.Testing;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Features.Tests.Monitoring.Scraping.Support;
using Toka.Protocols.Exposition;
using Toka.TimeSeries;

namespace Toka.Features.Tests.Monitoring.Scraping;

/// <summary>Whole bodies of real exporters, scraped into a real store: everything in them is stored, counted or refused.</summary>
public sealed class ReferenceBodiesTests
{
    private const string Missing = "TOKA_REFERENCE_DATA is not set: the reference bodies are not here.";

    private static string Folder => Environment.GetEnvironmentVariable("TOKA_REFERENCE_DATA") ?? "";

    [Theory]
    [InlineData("node_exporter/e2e-output.txt")]
    [InlineData("node_exporter/e2e-64k-page-output.txt")]
    [InlineData("parse/alltypes.237mfs.prom.txt")]
    [InlineData("parse/alltypes.5mfs.om.txt")]
    public async Task Everything_in_a_body_is_in_the_store_counted_or_refused(string file)
    {
        Assert.SkipWhen(Folder.Length == 0, Missing);
        var body = await File.ReadAllTextAsync(Path.Combine(Folder, file), TestContext.Current.CancellationToken);
        var isOpenMetrics = file.Contains(".om.", StringComparison.Ordinal);
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
        await using var store = MetricStore.Open(new MetricStoreOptions(), time, new SelfMetrics());
        await using var bench = new ScrapeBench(store);
        await using var target = TargetServer.Of(body);
        if (isOpenMetrics)
        {
            target.ContentType = "application/openmetrics-text; version=1.0.0";
        }

        // Times of the samples are those of long ago, which the store would refuse.
        await bench.ApplyAsync(ScrapeBench.Job(target.Address) with { HonorTimestamps = false });
        var inBody = Count(System.Text.Encoding.UTF8.GetBytes(body), isOpenMetrics);
        const int Reports = 5;
        for (var scrapes = 1; scrapes <= 3; scrapes++)
        {
            time.Advance(ScrapeBench.Interval);
            var status = await bench.NextAsync();
            Assert.Equal("", status.LastError);
            Assert.Equal(inBody.Samples, status.Samples);
            Assert.Equal(0, inBody.Faults);
            Assert.Equal(
                scrapes * (inBody.Samples + Reports),
                bench.Counter("toka_ingest_samples_total", ("protocol", "scrape")) + bench.Refused + bench.Duplicates);
        }

        Assert.Equal(0, bench.Refused);
        var all = new SelectRequest { FromMs = 0, ToMs = time.GetUtcNow().ToUnixTimeMilliseconds() };
        using var series = await store.SelectAsync(all, TestContext.Current.CancellationToken);
        Assert.Equal(bench.Rows.Select(static row => row.Series).Distinct().Count(), series.Count);
        Assert.Equal(0, bench.EndedCount);
    }

    private static (int Samples, int Faults) Count(byte[] body, bool isOpenMetrics)
    {
        var (samples, faults) = (0, 0);
        var reader = new ExpositionTextReader(body, isOpenMetrics);
        while (reader.Next())
        {
            samples += reader.Entry == ExpositionEntry.Sample ? 1 : 0;
            faults += reader.Entry == ExpositionEntry.Fault ? 1 : 0;
        }

        return (samples, faults);
    }
}
