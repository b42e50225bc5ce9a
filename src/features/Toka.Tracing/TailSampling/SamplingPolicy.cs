using Toka.Core.Searching;

namespace Toka.Tracing.TailSampling;

/// <summary>A reason to keep a trace. Policies are asked in order, and the first that holds keeps it. Immutable.</summary>
/// <param name="Name">Its name in counters and answers: 1 to 64 letters, digits, '_' or '-'.</param>
public abstract record SamplingPolicy(string Name);

/// <summary>Keeps traces with an error.</summary>
/// <param name="Name">Its name.</param>
/// <param name="RootOnly">Whether the root must have failed: an attempt that failed and was made again is then none. Default false: any span.</param>
public sealed record ErrorPolicy(string Name, bool RootOnly = false) : SamplingPolicy(Name);

/// <summary>Keeps traces that take long, from the begin of the first span to the end of the last.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Least">How long at least.</param>
public sealed record LatencyPolicy(string Name, TimeSpan Least) : SamplingPolicy(Name);

/// <summary>Keeps traces with an operation that is rare: fewer traces than this with it in this window and the one before.</summary>
/// <param name="Name">Its name.</param>
/// <param name="TracesMin">The number of traces from which on an operation is not rare; at least 1.</param>
/// <param name="Window">How long a window is.</param>
public sealed record RarePolicy(string Name, int TracesMin, TimeSpan Window) : SamplingPolicy(Name);

/// <summary>Keeps traces with a span that holds a condition.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Condition">What must hold.</param>
public sealed record AttributePolicy(string Name, Condition Condition) : SamplingPolicy(Name);

/// <summary>Keeps so many traces a second of each service that traces begin at; what is more is left to the policies behind it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="TracesPerSecond">How many; above 0.</param>
public sealed record RatePolicy(string Name, double TracesPerSecond) : SamplingPolicy(Name);

/// <summary>
/// Keeps a share of traces by their random value, the same ones as every consistent sampler. Their spans say by how much they count,
/// so that counts stay right: the policies before it keep traces that stand for themselves.
/// </summary>
/// <param name="Name">Its name.</param>
/// <param name="Ratio">The share, 0 to 1.</param>
public sealed record ProbabilisticPolicy(string Name, double Ratio) : SamplingPolicy(Name);
