using Toka.Analysis.Statistics;
using Toka.Core.Searching;

namespace Toka.Tracing.Comparing;

/// <summary>How sure a difference is.</summary>
/// <param name="P">The chance of a difference at least as large, were there none.</param>
/// <param name="AdjustedP">The same, corrected for the number of questions by Benjamini and Hochberg.</param>
/// <param name="Certainty">The corrected chance in a word.</param>
public readonly record struct Significance(double P, double AdjustedP, Certainty Certainty);

/// <summary>An operation in two sets of traces. Times and counts are sums over each trace, 0 for a trace without the operation.</summary>
/// <param name="Service">The service.</param>
/// <param name="Name">The operation.</param>
/// <param name="FirstTraces">In how many traces of the first set it is.</param>
/// <param name="SecondTraces">In how many traces of the second set it is.</param>
/// <param name="FirstCritical">The share of the first set's traces on whose critical path it is, 0 to 1.</param>
/// <param name="SecondCritical">The same of the second set.</param>
/// <param name="CriticalSeconds">The difference of its mean time on the critical path, seconds a trace, with the 95 % interval. These differences add up to that of the traces' mean durations.</param>
/// <param name="SelfSeconds">The difference of its mean own time, seconds a trace, with the 95 % interval.</param>
/// <param name="SelfSuperiority">The chance that a trace of the second set spends more own time in it than one of the first: 0.5 for no difference.</param>
/// <param name="SelfSignificance">How sure the difference of own time is: Mann and Whitney's test.</param>
/// <param name="FirstCount">Spans a trace of the first set, mean.</param>
/// <param name="SecondCount">Spans a trace of the second set, mean.</param>
/// <param name="CountSignificance">How sure the difference of their number is.</param>
/// <param name="FirstErrors">The share of its spans that failed in the first set.</param>
/// <param name="SecondErrors">The same of the second set.</param>
public sealed record ComparedOperation(
    string Service, string Name, int FirstTraces, int SecondTraces, double FirstCritical, double SecondCritical, Estimate CriticalSeconds, Estimate SelfSeconds,
    double SelfSuperiority, Significance SelfSignificance, double FirstCount, double SecondCount, Significance CountSignificance, double FirstErrors, double SecondErrors);

/// <summary>An attribute with a value that traces of the two sets have more or less often.</summary>
/// <param name="Service">The service whose spans have it.</param>
/// <param name="Key">Its key; those of the resource begin with <c>resource.</c>.</param>
/// <param name="Value">Its value, as text.</param>
/// <param name="First">In how many traces of the first set at least one span has it.</param>
/// <param name="Second">In how many traces of the second set at least one span has it.</param>
/// <param name="LogOdds">The logarithm of the odds in the second set over those in the first, with the 95 % interval.</param>
/// <param name="Significance">How sure the difference is: Fisher's exact test.</param>
public sealed record ComparedAttribute(string Service, string Key, string Value, int First, int Second, Estimate LogOdds, Significance Significance);

/// <summary>How two sets of traces differ.</summary>
/// <param name="First">Traces of the first set that were looked at.</param>
/// <param name="Second">Traces of the second set that were looked at.</param>
/// <param name="FirstDurations">The 50th, 95th and 99th percentile of the durations of the first set's roots, seconds.</param>
/// <param name="SecondDurations">The same of the second set.</param>
/// <param name="MedianSeconds">The difference of the medians, seconds, with the 95 % interval.</param>
/// <param name="MeanSeconds">The difference of the means, seconds, with the 95 % interval.</param>
/// <param name="Duration">How sure it is that the durations differ: one question.</param>
/// <param name="Operations">Operations, those first whose time on the critical path differs most.</param>
/// <param name="OperationsLeftOut">Operations with less own time that were not compared.</param>
/// <param name="Attributes">Attributes whose difference is at least likely, the surest first; no more than <see cref="SetComparer.AttributesMax"/>.</param>
/// <param name="AttributesTested">How many attributes with a value were compared.</param>
/// <param name="KeysLeftOut">Keys of more values than are counted, such as ids.</param>
/// <param name="Cost">What was read for it.</param>
public sealed record SetDifference(
    int First, int Second, IReadOnlyList<double> FirstDurations, IReadOnlyList<double> SecondDurations, Estimate MedianSeconds, Estimate MeanSeconds, Significance Duration,
    IReadOnlyList<ComparedOperation> Operations, int OperationsLeftOut, IReadOnlyList<ComparedAttribute> Attributes, int AttributesTested, int KeysLeftOut, SearchCost Cost);
