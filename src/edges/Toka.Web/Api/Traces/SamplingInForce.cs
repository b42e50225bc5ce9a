using Toka.Tracing.TailSampling;

namespace Toka.Web.Api.Traces;

/// <summary>Tail sampling as it is in force.</summary>
/// <param name="Options">Its policies and limits.</param>
/// <param name="Status">What it did since the start.</param>
public sealed record SamplingInForce(TailSamplingOptions Options, Func<TailSamplerStatus> Status);
