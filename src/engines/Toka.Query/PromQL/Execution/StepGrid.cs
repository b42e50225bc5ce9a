namespace Toka.Query.PromQL.Execution;

/// <summary>The moments that an expression is evaluated at: start, start + step, … One point for an instant query.</summary>
/// <param name="StartMs">The first moment, ms since the Unix epoch.</param>
/// <param name="StepMs">The distance of two moments in ms, above 0.</param>
/// <param name="Count">How many; 0 for none.</param>
internal readonly record struct StepGrid(long StartMs, long StepMs, int Count)
{
    /// <summary>
    /// Loops over steps see a cancellation where <c>(step &amp; CheckMask) == CheckMask</c>: a subquery has millions of steps, and
    /// so many take a millisecond at most.
    /// </summary>
    public const int CheckMask = 0x3fff;

    public long EndMs => StartMs + ((Count - 1) * StepMs);

    public long TimeAt(int step) => StartMs + (step * StepMs);

    public StepGrid First => this with { Count = Math.Min(1, Count) };
}

/// <summary>
/// The value that stands in a column where a series has no sample: the stale marker, which is never a sample's value, so
/// columns need no second array and every other NaN keeps its meaning.
/// </summary>
internal static class Absent
{
    public static readonly double Value = Core.Samples.StaleMarker.Value;

    public static bool Is(double value) => Core.Samples.StaleMarker.Is(value);
}
