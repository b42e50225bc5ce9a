using Toka.Core.Labels;

namespace Toka.Core.Samples;

/// <summary>One observation that stands for many, with what leads to its trace.</summary>
/// <param name="Labels">Its own labels, not those of the series: mostly <c>trace_id</c> and <c>span_id</c>.</param>
/// <param name="TimestampMs">When it was observed, in ms since the Unix epoch.</param>
/// <param name="Value">The value observed.</param>
public readonly record struct Exemplar(LabelSet Labels, long TimestampMs, double Value);
