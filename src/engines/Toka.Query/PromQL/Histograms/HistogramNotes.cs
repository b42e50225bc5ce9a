namespace Toka.Query.PromQL.Histograms;

/// <summary>What an operation on histograms wants to be said beside its result.</summary>
[Flags]
internal enum HistogramNotes
{
    None = 0,

    /// <summary>One histogram began anew and another one says that it did not.</summary>
    ResetHintCollision = 1,

    /// <summary>Custom bounds differed: only those that all have are left.</summary>
    BoundsReconciled = 2,
}

/// <summary>What a quantile of a histogram with observations of NaN wants to be said.</summary>
[Flags]
internal enum HistogramQuantileNotes
{
    None = 0,

    /// <summary>The quantile lies among the observations of NaN.</summary>
    NaNResult = 1,

    /// <summary>Observations of NaN count as +∞, so the quantile is higher than without them.</summary>
    NaNSkew = 2,
}
