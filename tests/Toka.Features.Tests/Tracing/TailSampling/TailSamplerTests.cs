using Toka.Core.Spans;
using Toka.Tracing.Sampling;
using Toka.Tracing.TailSampling;

namespace Toka.Features.Tests.Tracing.TailSampling;

public sealed class TailSamplerTests
{
    [Fact]
    public async Task A_trace_is_held_until_it_is_quiet_and_then_kept_whole_or_dropped_whole()
    {
        using var bench = new SamplerBench(Options(new AttributePolicy("vip", TailSamplingOptions.ConditionOf("user.tier", ["gold"]))));
        await bench.AddAsync(TestTrace.Span(1, 1, 0, 0, 5), TestTrace.Span(2, 1, 0, 0, 5));
        await bench.WaitAsync(3);
        await bench.AddAsync(TestTrace.Span(1, 2, 1, 0, 5));
        await bench.WaitAsync(3);
        Assert.Empty(bench.Stored);
        Assert.Equal(1, bench.Sampler.Status.HeldTraces); // Trace 2 is dropped.
        await bench.AddAsync(TestTrace.Span(1, 3, 1, 0, 5, attributes: """{"user.tier":"gold"}"""));
        Assert.Null(await bench.WaitAsync(0));
        Assert.Equal([1UL, 2, 3], bench.Stored.Select(static span => span.SpanId.Value));
        Assert.Equal((1, 1), (bench.Sampler.Status.DroppedTraces, bench.Sampler.Status.EarlyDecisions));
        Assert.Equal(new PolicyTally("vip", 1, 3), Assert.Single(bench.Sampler.Status.Kept));
        Assert.Equal((0, 0), (bench.Sampler.Status.HeldTraces, bench.Sampler.Status.HeldBytes));
        Assert.Equal(1, bench.Metric("toka_dropped_total", ("signal", "spans"), ("reason", "tail_sampling")));
    }

    [Fact]
    public async Task Errors_and_slow_traces_are_kept_early_and_late_spans_follow_either_decision()
    {
        using var bench = new SamplerBench(Options(new ErrorPolicy("errors"), new LatencyPolicy("slow", TimeSpan.FromSeconds(1))));
        await bench.AddAsync(TestTrace.Span(1, 1, 9, 0, 5, status: SpanStatus.Error), TestTrace.Span(2, 1, 9, 0, 600), TestTrace.Span(3, 1, 9, 0, 600));
        await bench.AddAsync(TestTrace.Span(2, 2, 9, 500, 600));
        Assert.Null(await bench.WaitAsync(0));
        Assert.Equal([1UL, 2], bench.Traces);
        await bench.WaitAsync(10);
        Assert.Equal(3, (await bench.AddAsync(TestTrace.Span(1, 5, 9, 0, 5), TestTrace.Span(3, 5, 9, 0, 5), TestTrace.Span(2, 5, 9, 0, 5))).Accepted);
        Assert.Equal([1UL, 2], bench.Traces);
        Assert.Equal(5, bench.Stored.Count);
        Assert.Equal(3, bench.Sampler.Status.LateSpans);
        Assert.Equal(2, bench.Sampler.Status.DroppedSpans);
    }

    [Fact]
    public async Task An_attempt_that_failed_is_no_error_where_the_root_alone_counts()
    {
        using var bench = new SamplerBench(Options(new ErrorPolicy("errors", RootOnly: true)));
        await bench.AddAsync(TestTrace.Span(1, 1, 0, 0, 5), TestTrace.Span(1, 2, 1, 0, 5, status: SpanStatus.Error));
        await bench.AddAsync(TestTrace.Span(2, 1, 0, 0, 5, status: SpanStatus.Error));
        await bench.WaitAsync(10);
        Assert.Equal([2UL], bench.Traces);
    }

    [Fact]
    public async Task Rare_operations_are_kept_until_they_are_no_longer_rare_and_again_after_two_windows()
    {
        using var bench = new SamplerBench(Options(new RarePolicy("rare", 3, TimeSpan.FromMinutes(1))));
        for (var i = 1UL; i <= 5; i++)
        {
            await bench.AddAsync(TestTrace.Span(i, 1, 0, 0, 5, name: "common"));
        }

        await bench.AddAsync(TestTrace.Span(9, 1, 0, 0, 5, name: "once"));
        await bench.WaitAsync(10);
        Assert.Equal(4, bench.Traces.Count());
        Assert.Contains(9UL, bench.Traces);
        await bench.WaitAsync(200);
        await bench.AddAsync(TestTrace.Span(20, 1, 0, 0, 5, name: "common"));
        await bench.WaitAsync(10);
        Assert.Contains(20UL, bench.Traces);
    }

    [Fact]
    public async Task Each_service_has_its_rate_and_what_is_more_goes_to_the_next_policy()
    {
        using var bench = new SamplerBench(Options(new RatePolicy("rate", 2), new AttributePolicy("x", TailSamplingOptions.ConditionOf("x", []))));
        for (var i = 1UL; i <= 5; i++)
        {
            await bench.AddAsync(TestTrace.Span(i, 1, 0, 0, 5, "a"), TestTrace.Span(100 + i, 1, 0, 0, 5, "b"));
        }

        await bench.WaitAsync(10);
        Assert.Equal(4, bench.Traces.Count());
        Assert.Equal(new PolicyTally("rate", 4, 4), bench.Sampler.Status.Kept[0]);
    }

    [Fact]
    public async Task The_probabilistic_rest_says_for_how_many_it_counts_and_counts_stay_right()
    {
        using var bench = new SamplerBench(Options(new ErrorPolicy("errors"), new ProbabilisticPolicy("rest", 0.25)));
        var random = new Random(1);
        const int Count = 2000;
        await bench.AddAsync([.. Enumerable.Range(0, Count).Select(i => TestTrace.Span((ulong)random.NextInt64(), 1, 0, 0, 5, status: i % 10 == 0 ? SpanStatus.Error : SpanStatus.Ok))]);
        await bench.WaitAsync(10);
        Assert.InRange(bench.Stored.Count, (Count / 10) + 350, (Count / 10) + 550);
        var counts = bench.Stored.Select(static span => TraceStateSampling.AdjustedCount(System.Text.Encoding.UTF8.GetBytes(span.TraceState))).ToArray();
        Assert.Equal([1.0, 4.0], counts.Distinct().Order());
        Assert.InRange(counts.Sum(), Count * 0.85, Count * 1.15);
    }

    [Fact]
    public async Task A_threshold_that_a_sender_gave_is_kept_where_it_is_higher()
    {
        using var bench = new SamplerBench(Options(new ProbabilisticPolicy("rest", 0.5)));
        const ulong Random = 0x00FF_FFFF_FFFF_FFFF;
        await bench.AddAsync(TestTrace.Span(Random, 1, 0, 0, 5, traceState: "ot=th:c,x=1"), TestTrace.Span(Random, 2, 1, 0, 5, traceState: "ot=th:4"));
        await bench.WaitAsync(10);
        Assert.Equal(["ot=th:c,x=1", "ot=th:8"], bench.Stored.Select(static span => span.TraceState));
    }

    [Fact]
    public async Task Where_memory_is_full_the_oldest_trace_is_decided_on_at_once()
    {
        using var bench = new SamplerBench(Options(new ProbabilisticPolicy("all", 1)) with { TracesMax = 100 });
        await bench.AddAsync([.. Enumerable.Range(1, 150).Select(static i => TestTrace.Span((ulong)i, 1, 0, 0, 5))]);
        await bench.WaitAsync(0);
        Assert.Equal(Enumerable.Range(1, 50).Select(static i => (ulong)i), bench.Traces);
        Assert.Equal(50, bench.Sampler.Status.ForcedDecisions);
    }

    [Fact]
    public async Task What_the_store_does_not_take_stays_held_and_senders_are_refused_when_memory_is_full_of_it()
    {
        using var bench = new SamplerBench(Options(new ErrorPolicy("errors")) with { BytesMax = 1 << 20 });
        bench.Fails = true;
        var big = $$"""{"k":"{{new string('x', 100_000)}}"}""";
        for (var i = 1UL; i <= 11; i++)
        {
            await bench.AddAsync(TestTrace.Span(i, 1, 0, 0, 5, status: SpanStatus.Error, attributes: big));
        }

        Assert.IsType<IOException>(await bench.WaitAsync(1));
        await Assert.ThrowsAsync<IOException>(async () => await bench.AddAsync(TestTrace.Span(99, 1, 0, 0, 5)));
        bench.Fails = false;
        Assert.Null(await bench.WaitAsync(1));
        Assert.Equal(11, bench.Traces.Count());
        await bench.AddAsync(TestTrace.Span(99, 1, 0, 0, 5));
    }

    [Fact]
    public async Task The_longest_wait_ends_a_trace_that_is_never_quiet()
    {
        using var bench = new SamplerBench(Options(new ProbabilisticPolicy("all", 1)));
        for (var i = 1UL; i <= 11; i++)
        {
            await bench.AddAsync(TestTrace.Span(1, i, 0, 0, 5));
            await bench.WaitAsync(3);
        }

        Assert.Equal(10, bench.Stored.Count(static span => span.SpanId.Value <= 10));
    }

    [Fact]
    public async Task A_clean_stop_decides_on_all_that_is_held()
    {
        using var bench = new SamplerBench(Options(new ProbabilisticPolicy("all", 1)), hasJournal: true);
        await bench.AddAsync(TestTrace.Span(1, 1, 0, 0, 5));
        await bench.Sampler.DisposeAsync();
        Assert.Equal([1UL], bench.Traces);
        Assert.Empty(Directory.GetFiles(bench.Folder!));
    }

    internal static TailSamplingOptions Options(params SamplingPolicy[] policies) => new() { IsEnabled = true, Policies = policies };
}
