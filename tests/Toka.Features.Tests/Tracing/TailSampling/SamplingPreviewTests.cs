using Toka.Configuration.Binding;
using Toka.Configuration.Faults;
using Toka.Configuration.Tree;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Tracing.TailSampling;

namespace Toka.Features.Tests.Tracing.TailSampling;

public sealed class SamplingPreviewTests
{
    [Fact]
    public async Task A_preview_says_what_policies_would_have_kept_of_stored_traces()
    {
        var ring = new SpanRing();
        await ring.WriteAsync(TestTrace.BatchOf(Enumerable.Range(1, 100).SelectMany(static i => new[]
        {
            TestTrace.Span((ulong)i, 1, 0, i, i == 7 ? 2000 : 5, name: "GET", status: i % 20 == 0 ? SpanStatus.Error : SpanStatus.Ok),
            TestTrace.Span((ulong)i, 2, 1, i, 1, name: i == 50 ? "odd" : "SELECT"),
        })), CancellationToken.None);
        var preview = await new SamplingPreview(ring).RunAsync(
            [new ErrorPolicy("errors", RootOnly: true), new LatencyPolicy("slow", TimeSpan.FromSeconds(1)), new RarePolicy("rare", 3, TimeSpan.FromHours(1))], EventRange.All, 1000, CancellationToken.None);
        Assert.Equal((100, 200L, 5, 5), (preview.Traces, preview.Spans, preview.Errors, preview.ErrorsKept));
        Assert.Equal([5, 1, 4], preview.Kept.Select(static kept => kept.Traces)); // The first three, and the odd one.
        Assert.Equal(0.1, preview.SpanShare, 9);
        Assert.True(preview.Kept[0].Bytes > 0 && preview.Bytes > preview.Kept.Sum(static kept => kept.Bytes));
        Assert.Equal(10, preview.TracesKept);
    }

    [Fact]
    public void Policies_are_read_from_a_configuration_and_every_fault_is_named()
    {
        var (options, faults) = Bind("""
            enabled: true
            quiet: 2s
            wait_max: 20s
            policies:
              - name: errors
                type: error
                root_only: true
              - name: gold
                type: attribute
                key: user.tier
                values: [gold, platinum]
              - name: rest
                type: probabilistic
                ratio: 0.05
            """);
        Assert.Empty(faults);
        Assert.True(options.IsEnabled);
        Assert.Equal(TimeSpan.FromSeconds(2), options.Quiet);
        Assert.Equal([new ErrorPolicy("errors", true), new ProbabilisticPolicy("rest", 0.05)], options.Policies.Where(static policy => policy is not AttributePolicy));
        Assert.IsType<AttributePolicy>(options.Policies[1]);

        var (_, wrong) = Bind("""
            quiet: 40s
            policies:
              - name: a b
                type: error
              - name: x
                type: attribute
              - name: x
                type: colour
            """);
        Assert.Equal(
            ["tail_sampling.policies[0].name", "tail_sampling.policies[1].key", "tail_sampling.policies[2].name", "tail_sampling.policies[2].type", "tail_sampling.quiet"],
            wrong.Select(static fault => fault.Key).Order());
    }

    private static (TailSamplingOptions Options, IReadOnlyList<ConfigFault> Faults) Bind(string yaml)
    {
        var faults = new ConfigFaults();
        var text = "tail_sampling:\n" + string.Join('\n', yaml.Split('\n').Select(static line => "  " + line));
        var root = ConfigSection.Root(YamlReader.Read(text, "toka.yaml", faults), "toka.yaml", faults);
        var options = TailSamplingOptions.Bind(root.Section("tail_sampling", ""));
        root.Complete();
        return (options, faults.All);
    }
}
