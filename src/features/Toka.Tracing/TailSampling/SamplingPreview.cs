using Toka.Core.Searching;
using Toka.Core.Spans;

namespace Toka.Tracing.TailSampling;

/// <summary>What a policy would have kept.</summary>
/// <param name="Policy">The policy's name.</param>
/// <param name="Traces">Traces.</param>
/// <param name="Spans">Their spans.</param>
/// <param name="Bytes">What they take as they came, estimated.</param>
public sealed record PolicyPreview(string Policy, int Traces, long Spans, long Bytes);

/// <summary>What policies would have kept of stored traces.</summary>
/// <param name="Traces">Traces that were looked at.</param>
/// <param name="Spans">Their spans.</param>
/// <param name="Bytes">What they take as they came, estimated.</param>
/// <param name="Errors">Those of the traces with an error.</param>
/// <param name="ErrorsKept">How many of these would have been kept.</param>
/// <param name="Kept">What each policy would have kept, in order; the first that holds counts.</param>
/// <param name="Cost">What was read for it. Cut: there were more traces.</param>
public sealed record SamplingPreviewResult(int Traces, long Spans, long Bytes, int Errors, int ErrorsKept, IReadOnlyList<PolicyPreview> Kept, SearchCost Cost)
{
    /// <summary>Traces that would have been kept.</summary>
    public int TracesKept => Kept.Sum(static kept => kept.Traces);

    /// <summary>The share of the spans that would have been kept, 0 to 1.</summary>
    public double SpanShare => Spans == 0 ? 0 : Kept.Sum(static kept => kept.Spans) / (double)Spans;
}

/// <summary>Says what policies would have kept of the traces that are stored, before they are put in force.</summary>
/// <param name="reader">Where traces are.</param>
/// <remarks>
/// Traces are judged whole and by when they began; so rates and what is rare are as they would have been, but that nothing is known of
/// traces which sampling had dropped already.
/// </remarks>
public sealed class SamplingPreview(ISpanReader reader)
{
    /// <summary>Traces that are looked at where nothing else is said.</summary>
    public const int DefaultTracesMax = 2000;

    /// <summary>Traces that are read at once.</summary>
    private const int TracesPerRead = 200;

    /// <summary>The most spans of so many traces.</summary>
    private const int SpansPerReadMax = 200_000;

    /// <summary>What a span takes besides its texts.</summary>
    private const int SpanBytes = 80;

    /// <summary>Judges the newest traces of a stretch of time.</summary>
    /// <param name="policies">The policies, in order; at most <see cref="TailSamplingOptions.PoliciesMax"/>.</param>
    /// <param name="range">When.</param>
    /// <param name="tracesMax">The most traces to look at; 1 to 100,000.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public async Task<SamplingPreviewResult> RunAsync(IReadOnlyList<SamplingPolicy> policies, EventRange range, int tracesMax, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(policies);
        ArgumentOutOfRangeException.ThrowIfLessThan(tracesMax, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tracesMax, 100_000);
        var judge = new PolicyJudge(policies);
        var found = await reader.FindTracesAsync(new SpanQuery { Range = range, Limit = tracesMax, SpansPerTrace = 1 }, cancellationToken);
        var cost = found.Cost;
        var all = new List<(TraceFacts Facts, long Bytes)>();
        foreach (var part in found.Traces.Select(static trace => trace.TraceId).Chunk(TracesPerRead))
        {
            var page = await reader.TracesAsync(part, range, SpansPerReadMax, cancellationToken);
            cost += page.Cost;
            foreach (var trace in page.Spans.GroupBy(static span => span.TraceId))
            {
                var facts = new TraceFacts(trace.Key);
                var bytes = 0L;
                foreach (var span in trace)
                {
                    facts.Add(span, judge.HasConditions ? judge.Match(span) : 0);
                    bytes += SpanBytes + span.Name.Length + span.Attributes.Length + span.Events.Length + span.Links.Length;
                }

                all.Add((facts, bytes));
            }
        }

        return Judge(policies, judge, [.. all.OrderBy(static trace => trace.Facts.StartNs)], cost);
    }

    private static SamplingPreviewResult Judge(IReadOnlyList<SamplingPolicy> policies, PolicyJudge judge, (TraceFacts Facts, long Bytes)[] all, SearchCost cost)
    {
        var kept = policies.Select(static policy => new PolicyPreview(policy.Name, 0, 0, 0)).ToArray();
        var errorsKept = 0;
        foreach (var (facts, bytes) in all)
        {
            var policy = judge.Decide(facts, facts.StartNs / 1_000_000);
            if (policy != PolicyJudge.None)
            {
                var before = kept[policy];
                kept[policy] = before with { Traces = before.Traces + 1, Spans = before.Spans + facts.Spans, Bytes = before.Bytes + bytes };
                errorsKept += facts.Errors > 0 ? 1 : 0;
            }
        }

        return new SamplingPreviewResult(
            all.Length, all.Sum(static trace => (long)trace.Facts.Spans), all.Sum(static trace => trace.Bytes), all.Count(static trace => trace.Facts.Errors > 0), errorsKept, kept, cost);
    }
}
