using Microsoft.Extensions.Time.Testing;
using Toka.Core.Spans;
using Toka.Core.Telemetry;
using Toka.Events;

namespace Toka.Conformance.Jaeger;

public sealed class JaegerQueryTests
{
    public static TheoryData<string> Captions => [.. JaegerCases.Captions];

    [Theory]
    [MemberData(nameof(Captions))]
    public async Task Every_query_finds_the_traces_it_must_and_no_others_in_memory(string caption)
    {
        Assert.SkipWhen(caption.Length == 0, "TOKA_REFERENCE_DATA is not set: Jaeger's queries are not here.");
        var ring = new SpanRing();
        await JaegerCases.CheckAsync(caption, ring, ring, TestContext.Current.CancellationToken);
    }

    [Theory]
    [MemberData(nameof(Captions))]
    public async Task Every_query_finds_the_traces_it_must_and_no_others_in_the_store(string caption)
    {
        Assert.SkipWhen(caption.Length == 0, "TOKA_REFERENCE_DATA is not set: Jaeger's queries are not here.");
        var folder = Directory.CreateTempSubdirectory("toka-jaeger-").FullName;
        try
        {
            var clock = new FakeTimeProvider(new DateTimeOffset(2017, 1, 26, 18, 0, 0, TimeSpan.Zero));
            await using var store = EventStore.Open(new EventStoreOptions { Directory = folder }, clock, new SelfMetrics());
            await JaegerCases.CheckAsync(caption, store.Spans, store.Spans, TestContext.Current.CancellationToken);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
