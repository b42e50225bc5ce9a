using System.Diagnostics.CodeAnalysis;
using Toka.Core.Samples;
using Toka.Query.PromQL.Histograms;

namespace Toka.Query.PromQL.Scripts.Reading;

/// <summary>Goes from one histogram of <c>{{…}}+{{…}}x3</c> to the next.</summary>
internal static class HistogramSeries
{
    public static NativeHistogram Next(LineReader line, int start, NativeHistogram current, NativeHistogram delta, bool isFalling)
    {
        // The series keeps the schema that it begins with.
        return current.Layout.Schema <= delta.Layout.Schema && TryJoin(current, delta, isFalling, out var next)
            ? next.WithHint(HistogramHints.Join(current.ResetHint, delta.ResetHint))
            : throw line.Fault(start, "the two histograms do not go together: the second one must have a schema as fine as the first one's, or custom bounds, too");
    }

    private static bool TryJoin(NativeHistogram current, NativeHistogram delta, bool isFalling, [NotNullWhen(true)] out NativeHistogram? next)
    {
        var notes = HistogramNotes.None;
        return isFalling
            ? HistogramArithmetic.TrySubtract(current.View, delta.View, ref notes, out next)
            : HistogramArithmetic.TryAdd(current.View, delta.View, ref notes, out next);
    }
}
