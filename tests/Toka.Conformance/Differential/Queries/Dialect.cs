namespace Toka.Conformance.Differential.Queries;

/// <summary>Rules that 3.x replaced; each can be levelled in a query to see whether it alone makes a difference.</summary>
[Flags]
internal enum Rule
{
    None = 0,

    /// <summary>How far a counter is stretched to a window's start. Our engine follows 2.42.</summary>
    Stretch = 1,

    /// <summary>A dot of a regular expression does not match a line feed. Our engine follows 2.42.</summary>
    Dot = 2,

    /// <summary>Parts of the date of what is no date. Our engine follows 2.42.</summary>
    NoDate = 4,

    /// <summary><c>atan2</c> drops the metric's name. 2.42 follows 3.x.</summary>
    Atan2 = 8,

    /// <summary>A second match is an error also where a comparison leaves the pair out. 2.42 follows 3.x.</summary>
    SecondMatch = 16,

    /// <summary>Which of equal values topk and bottomk take. Both take all of them.</summary>
    Ties = 32,

    /// <summary>2.42 is asked for each step of a range by itself.</summary>
    PinnedPrediction = 64,

    /// <summary>How avg_over_time adds up. Our engine follows 2.42.</summary>
    Mean = 128,

    /// <summary>The variance of one value that is no number. 2.42 follows 3.x.</summary>
    Variance = 256,

    /// <summary>Labels of count_values behind the label that it makes, by their order. 2.42 follows 3.x.</summary>
    CountedLabels = 512,

    /// <summary>timestamp of a selector with both an @ and an offset. 2.42 gets one @.</summary>
    PinnedTimestamp = 1024,

    /// <summary>Sums of nothing but minus zero. 2.42 follows 3.x.</summary>
    MinusZero = 2048,

    /// <summary>Series of the same labels at other steps. 2.42 is asked for each step of a range by itself.</summary>
    Joined = 4096,

    /// <summary>What is levelled by asking step by step.</summary>
    ByStep = PinnedPrediction | Joined,
}

/// <summary>How a query is written.</summary>
/// <param name="IsPrometheus">For 2.42; otherwise for our engine.</param>
/// <param name="Rules">The rules to level.</param>
/// <param name="Nudge">A number above 0 has our engine change each computed value by a rounding error or so, by chance of this seed.</param>
internal sealed record Dialect(bool IsPrometheus, Rule Rules = Rule.None, int Nudge = 0)
{
    public static readonly Dialect Prometheus = new(true);

    public static readonly Dialect Toka = new(false);

    /// <summary>Whether our engine is to follow a rule of 2.42.</summary>
    public bool IsOld(Rule rule) => !IsPrometheus && Has(rule);

    /// <summary>Whether 2.42 is to follow a rule of 3.x.</summary>
    public bool IsNew(Rule rule) => IsPrometheus && Has(rule);

    public bool Has(Rule rule) => (Rules & rule) != 0;
}
