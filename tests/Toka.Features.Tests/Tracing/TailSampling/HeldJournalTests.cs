using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using Toka.Core.Spans;
using Toka.Tracing.TailSampling;

namespace Toka.Features.Tests.Tracing.TailSampling;

public sealed class HeldJournalTests
{
    [Fact]
    public async Task What_was_acknowledged_is_there_after_the_process_died_and_is_stored_once()
    {
        using var bench = new SamplerBench(TailSamplerTests.Options(new ErrorPolicy("errors"), new LatencyPolicy("slow", TimeSpan.FromSeconds(1))), hasJournal: true);
        var span = TestTrace.Span(1, 1, 0, 0, 600, "shop", "GET", SpanKind.Server, attributes: """{"a":"b"}""", traceState: "x=1", links: """[{"i":"1","s":"2"}]""", instance: "i") with
        {
            StatusMessage = "said", Flags = 257, Dropped = 3, Events = """[{"t":1,"n":"e"}]"""u8.ToArray(),
        };
        await bench.AddAsync(span, TestTrace.Span(2, 1, 0, 0, 5, status: SpanStatus.Error), TestTrace.Span(3, 1, 0, 0, 5));
        await bench.WaitAsync(0);
        Assert.Equal([2UL], bench.Traces);
        bench.Kill();
        Assert.Equal(2, bench.Sampler.Status.HeldTraces);
        await bench.AddAsync(TestTrace.Span(1, 2, 1, 600, 600));
        bench.Kill();
        await bench.WaitAsync(10);
        Assert.Equal([1UL, 2], bench.Traces);
        Assert.Equal(3, bench.Stored.Count);
        var stored = bench.Stored.Single(static stored => stored.TraceId.Value == 1 && stored.SpanId.Value == 1);
        Assert.Equal(
            (span.Name, span.Kind, "said", "x=1", 257U, 3U, span.StartNs, span.DurationNs), (stored.Name, stored.Kind, stored.StatusMessage, stored.TraceState, stored.Flags, stored.Dropped, stored.StartNs, stored.DurationNs));
        Assert.Equal(span.Origin, stored.Origin);
        Assert.Equal(span.Attributes.ToArray(), stored.Attributes.ToArray());
        Assert.Equal(span.Events.ToArray(), stored.Events.ToArray());
        Assert.Equal(span.Links.ToArray(), stored.Links.ToArray());
        Assert.Empty(Directory.GetFiles(bench.Folder!));
        bench.Kill();
        Assert.Equal(0, bench.Sampler.Status.HeldTraces);
    }

    [Fact]
    public async Task What_the_store_did_not_take_before_the_process_died_is_stored_after()
    {
        using var bench = new SamplerBench(TailSamplerTests.Options(new ErrorPolicy("errors")), hasJournal: true) { Fails = true };
        await bench.AddAsync(TestTrace.Span(1, 1, 0, 0, 5, status: SpanStatus.Error));
        Assert.NotNull(await bench.WaitAsync(1));
        bench.Fails = false;
        bench.Kill();
        Assert.Null(await bench.WaitAsync(0));
        Assert.Equal([1UL], bench.Traces);
    }

    [Fact]
    public async Task Where_sampling_is_off_now_all_that_is_left_is_passed_on()
    {
        using var bench = new SamplerBench(TailSamplerTests.Options(new ErrorPolicy("errors")), hasJournal: true);
        await bench.AddAsync(TestTrace.Span(1, 1, 0, 0, 5), TestTrace.Span(2, 1, 0, 0, 5));
        Assert.True(TailSampler.IsLeftIn(bench.Folder!));
        await TailSampler.PassOnAsync(bench.Folder!, bench, bench.Self, bench.Time, NullLogger.Instance);
        Assert.Equal([1UL, 2], bench.Traces);
        Assert.All(bench.Stored, static span => Assert.Equal("", span.TraceState));
        Assert.False(TailSampler.IsLeftIn(bench.Folder!));
    }

    [Fact]
    public Task A_file_that_is_cut_or_spoilt_anywhere_gives_what_is_before_it() =>
        Gen.Select(Gen.Double[0, 1], Gen.Bool, Gen.Int[1, 5]).SampleAsync(
            static async sample =>
            {
                var (place, isCut, records) = sample;
                using var bench = new SamplerBench(TailSamplerTests.Options(new ErrorPolicy("errors")), hasJournal: true);
                for (var i = 1; i <= records; i++)
                {
                    await bench.AddAsync(TestTrace.Span((ulong)i, 1, 0, 0, 5));
                }

                var file = Assert.Single(Directory.GetFiles(bench.Folder!));
                byte[] bytes;
                await using (var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
                {
                    bytes = new byte[stream.Length];
                    await stream.ReadExactlyAsync(bytes);
                }

                var at = (int)(place * (bytes.Length - 1));
                var spoilt = isCut ? bytes[..at] : [.. bytes[..at], (byte)(bytes[at] ^ 0x55), .. bytes[(at + 1)..]];
                File.Delete(file);
                await File.WriteAllBytesAsync(file, spoilt);
                bench.Kill();
                Assert.Equal(at * records / bytes.Length, bench.Sampler.Status.HeldTraces);
            },
            iter: 100);
}
