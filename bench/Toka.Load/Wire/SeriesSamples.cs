using Toka.Core.Labels;

namespace Toka.Load.Wire;

/// <summary>Samples of one series, on their way to each of the stores.</summary>
/// <param name="Labels">The series.</param>
/// <param name="Times">Times, ms, ascending.</param>
/// <param name="Values">As many values.</param>
internal readonly record struct SeriesSamples(LabelSet Labels, ReadOnlyMemory<long> Times, ReadOnlyMemory<double> Values);
