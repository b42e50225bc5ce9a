using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Histograms;

namespace Toka.Query.PromQL.Execution;

/// <summary>The words for what operations on native histograms have to tell.</summary>
internal static class HistogramNote
{
    public const string Addition = "addition";

    public const string Subtraction = "subtraction";

    public const string Aggregation = "aggregation";

    public static void WarnOfMixedSchemas(Annotations annotations, string metric, PositionRange place) => annotations.Warn(
        static metric => $"vector contains a mix of histograms with exponential and custom buckets schemas for metric name {ExprPrinter.Quote(metric)}", metric, place);

    public static void Tell(Annotations annotations, HistogramNotes notes, string operation, PositionRange place)
    {
        if ((notes & HistogramNotes.ResetHintCollision) != 0)
        {
            annotations.Warn(static operation => $"conflicting counter resets during histogram {operation}", operation, place);
        }

        if ((notes & HistogramNotes.BoundsReconciled) != 0)
        {
            annotations.Inform(static operation => $"mismatched custom buckets were reconciled during {operation}", operation, place);
        }
    }
}
