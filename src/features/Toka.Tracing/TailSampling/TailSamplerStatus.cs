namespace Toka.Tracing.TailSampling;

/// <summary>What a policy has kept since the start.</summary>
/// <param name="Policy">The policy's name.</param>
/// <param name="Traces">Traces.</param>
/// <param name="Spans">Their spans, late ones too.</param>
public sealed record PolicyTally(string Policy, long Traces, long Spans);

/// <summary>What a tail sampler holds and has done since the start.</summary>
/// <param name="Kept">What each policy kept, in order.</param>
/// <param name="DroppedTraces">Traces that no policy kept.</param>
/// <param name="DroppedSpans">Their spans, late ones too.</param>
/// <param name="EarlyDecisions">Decisions made before the trace was quiet, as a policy held already.</param>
/// <param name="ForcedDecisions">Decisions made early for want of memory.</param>
/// <param name="LateSpans">Spans that came after the decision on their trace, and followed it.</param>
/// <param name="HeldTraces">Traces that are held now.</param>
/// <param name="HeldSpans">Their spans.</param>
/// <param name="HeldBytes">What they take, bytes.</param>
public sealed record TailSamplerStatus(
    IReadOnlyList<PolicyTally> Kept, long DroppedTraces, long DroppedSpans, long EarlyDecisions, long ForcedDecisions, long LateSpans, int HeldTraces, long HeldSpans, long HeldBytes);
