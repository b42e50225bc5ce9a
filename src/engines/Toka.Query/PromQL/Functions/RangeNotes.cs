using Toka.Core.Labels;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Execution;
using Toka.Query.PromQL.Histograms;

namespace Toka.Query.PromQL.Functions;

/// <summary>What is to tell of the samples of a series with native histograms.</summary>
/// <param name="annotations">Where it is told.</param>
/// <param name="place">What it is about.</param>
/// <param name="argumentPlace">What it is about where the function's first argument is meant.</param>
/// <param name="labels">The series.</param>
internal sealed class RangeNotes(Annotations annotations, PositionRange place, PositionRange argumentPlace, LabelSet labels)
{
    /// <summary>What a range function has to tell.</summary>
    /// <param name="call">The call.</param>
    /// <param name="rangeArgument">Which argument is the range vector.</param>
    /// <param name="labels">The series.</param>
    public RangeNotes(FunctionCall call, int rangeArgument, LabelSet labels)
        : this(call.Context.Annotations, call.Arguments[rangeArgument].Position, call.Arguments[0].Position, labels)
    {
    }

    private string Name => _name ??= labels[LabelSet.MetricName];

    private string? _name;

    private PositionRange Place { get; } = place;

    private Annotations Annotations { get; } = annotations;

    /// <summary>Both kinds in one window, for a function that needs all samples to be of one.</summary>
    public void Mixed() => Annotations.Warn(
        static name => $"encountered a mix of histograms and floats for metric name {ExprPrinter.Quote(name)}", Name, Place);

    /// <summary>Both kinds in one window, for a function of floats.</summary>
    public void IgnoredHistograms() => Annotations.Inform(
        static name => $"ignored histograms in a range containing both floats and histograms for metric name {ExprPrinter.Quote(name)}", Name, argumentPlace);

    /// <summary>A counter that began before the sample before, yet not when that one's did.</summary>
    public void StartOverlap() => Annotations.Warn(
        static name => $"sample has start time that overlaps with previous sample timestamp for metric {ExprPrinter.Quote(name)}", Name, Place);

    /// <summary>A gauge where a counter is wanted.</summary>
    public void NotACounter() => Annotations.Warn(
        static name => $"this native histogram metric is not a counter: {ExprPrinter.Quote(name)}", Name, Place);

    /// <summary>A counter where a gauge is wanted.</summary>
    public void NotAGauge() => Annotations.Warn(
        static name => $"this native histogram metric is not a gauge: {ExprPrinter.Quote(name)}", Name, Place);

    /// <summary>Exponential buckets beside custom ones.</summary>
    public void MixedSchemas() => HistogramNote.WarnOfMixedSchemas(Annotations, Name, Place);

    /// <summary>What an operation on histograms had to tell.</summary>
    public void Tell(HistogramNotes notes, string operation) => HistogramNote.Tell(Annotations, notes, operation, Place);
}
