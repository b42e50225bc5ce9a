using Toka.Core.Telemetry;

namespace Toka.Tracing.TailSampling;

/// <summary>Counts what sampling does, by policy. Thread-safe.</summary>
internal sealed class SamplingTally
{
    private const string TracesHelp = "Traces on which tail sampling decided, by decision and the policy that kept them.";
    private const string SpansHelp = "Spans on which tail sampling decided, by decision and the policy that kept them.";

    private readonly string[] _names;
    private readonly SelfCounter[] _keptTraces;
    private readonly SelfCounter[] _keptSpans;
    private readonly SelfCounter _droppedTraces;
    private readonly SelfCounter _droppedSpans;
    private readonly SelfCounter _dropped;

    public SamplingTally(IReadOnlyList<SamplingPolicy> policies, SelfMetrics metrics)
    {
        _names = [.. policies.Select(static policy => policy.Name)];
        _keptTraces = [.. _names.Select(name => metrics.Counter("toka_tail_sampling_traces_total", TracesHelp, ("decision", "kept"), ("policy", name)))];
        _keptSpans = [.. _names.Select(name => metrics.Counter("toka_tail_sampling_spans_total", SpansHelp, ("decision", "kept"), ("policy", name)))];
        _droppedTraces = metrics.Counter("toka_tail_sampling_traces_total", TracesHelp, ("decision", "dropped"), ("policy", ""));
        _droppedSpans = metrics.Counter("toka_tail_sampling_spans_total", SpansHelp, ("decision", "dropped"), ("policy", ""));
        _dropped = metrics.Dropped("spans", "tail_sampling");
        Early = metrics.Counter("toka_tail_sampling_early_decisions_total", "Decisions made before a trace was quiet, as a policy held already.");
        Forced = metrics.Counter("toka_tail_sampling_forced_decisions_total", "Decisions made before a trace was quiet for want of memory.");
        Late = metrics.Counter("toka_tail_sampling_late_spans_total", "Spans that came after the decision on their trace, and followed it.");
        Unreadable = metrics.Dropped("spans", "held_journal_unreadable");
    }

    public SelfCounter Early { get; }

    public SelfCounter Forced { get; }

    public SelfCounter Late { get; }

    public SelfCounter Unreadable { get; }

    public void Decided(SamplingDecision decision, int spans, int traces = 1)
    {
        if (decision.IsKept)
        {
            _keptTraces[decision.Policy].Add(traces);
            _keptSpans[decision.Policy].Add(spans);
            return;
        }

        _droppedTraces.Add(traces);
        _droppedSpans.Add(spans);
        _dropped.Add(spans);
    }

    public TailSamplerStatus Status(int heldTraces, long heldSpans, long heldBytes) => new(
        [.. _names.Select((name, i) => new PolicyTally(name, _keptTraces[i].Value, _keptSpans[i].Value))],
        _droppedTraces.Value, _droppedSpans.Value, Early.Value, Forced.Value, Late.Value, heldTraces, heldSpans, heldBytes);
}
