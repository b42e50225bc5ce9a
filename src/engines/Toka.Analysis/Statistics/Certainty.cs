namespace Toka.Analysis.Statistics;

/// <summary>How sure a difference is, in a word, by its chance adjusted for the number of questions.</summary>
public enum Certainty
{
    /// <summary>More than 0.05: it may well be chance.</summary>
    NotShown,

    /// <summary>At most 0.05.</summary>
    Likely,

    /// <summary>At most 0.01.</summary>
    Strong,

    /// <summary>At most 0.001.</summary>
    AlmostCertain,
}

/// <summary>Names how sure something is.</summary>
public static class Certainties
{
    /// <summary>The word for an adjusted chance.</summary>
    /// <param name="adjusted">0 to 1; NaN is not shown.</param>
    public static Certainty Of(double adjusted) =>
        adjusted <= 0.001 ? Certainty.AlmostCertain : adjusted <= 0.01 ? Certainty.Strong : adjusted <= 0.05 ? Certainty.Likely : Certainty.NotShown;

    /// <summary>The word as it is written: <c>almost certain</c>, <c>strong</c>, <c>likely</c>, <c>not shown</c>.</summary>
    /// <param name="certainty">How sure it is.</param>
    public static string Word(this Certainty certainty) => certainty switch
    {
        Certainty.AlmostCertain => "almost certain",
        Certainty.Strong => "strong",
        Certainty.Likely => "likely",
        _ => "not shown",
    };
}
