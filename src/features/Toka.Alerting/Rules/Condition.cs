using System.Globalization;

namespace Toka.Alerting.Rules;

/// <summary>How a rule's value is compared. Values that are NaN never hold.</summary>
public enum ConditionKind
{
    /// <summary>The value is above the threshold.</summary>
    Above,

    /// <summary>The value is below the threshold.</summary>
    Below,

    /// <summary>The value is below the lower bound or above the upper one.</summary>
    Outside,
}

/// <summary>When a rule holds.</summary>
/// <param name="Kind">How the value is compared.</param>
/// <param name="Low">The lower bound of <see cref="ConditionKind.Outside"/>, else the threshold.</param>
/// <param name="High">The upper bound of <see cref="ConditionKind.Outside"/>, else the threshold.</param>
/// <param name="IsRate">Whether the value's change per second is compared instead of the value.</param>
public readonly record struct Condition(ConditionKind Kind, double Low, double High, bool IsRate)
{
    /// <summary>Holds above a threshold.</summary>
    /// <param name="threshold">The threshold.</param>
    public static Condition Above(double threshold) => new(ConditionKind.Above, threshold, threshold, false);

    /// <summary>Holds below a threshold.</summary>
    /// <param name="threshold">The threshold.</param>
    public static Condition Below(double threshold) => new(ConditionKind.Below, threshold, threshold, false);

    /// <summary>Holds outside a range.</summary>
    /// <param name="low">The least value that is well.</param>
    /// <param name="high">The greatest value that is well.</param>
    public static Condition Outside(double low, double high) => new(ConditionKind.Outside, low, high, false);

    /// <summary>Holds where the change per second is above a threshold.</summary>
    /// <param name="threshold">The threshold, per second.</param>
    public static Condition RateAbove(double threshold) => new(ConditionKind.Above, threshold, threshold, true);

    /// <summary>Holds where the change per second is below a threshold.</summary>
    /// <param name="threshold">The threshold, per second.</param>
    public static Condition RateBelow(double threshold) => new(ConditionKind.Below, threshold, threshold, true);

    /// <summary>The single number that values are held against; NaN for a range.</summary>
    public double Threshold => Kind == ConditionKind.Outside ? double.NaN : Low;

    /// <summary>Whether a value holds.</summary>
    /// <param name="value">The value.</param>
    public bool Holds(double value) => Kind switch
    {
        ConditionKind.Above => value > Low,
        ConditionKind.Below => value < Low,
        _ => value < Low || value > High,
    };

    /// <summary>The whole rule as PromQL.</summary>
    /// <param name="expression">The expression without its comparison.</param>
    public string ToPromQL(string expression) => Kind switch
    {
        ConditionKind.Above => string.Create(CultureInfo.InvariantCulture, $"({expression}) > {Low:R}"),
        ConditionKind.Below => string.Create(CultureInfo.InvariantCulture, $"({expression}) < {Low:R}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"({expression}) < {Low:R} or ({expression}) > {High:R}"),
    };
}
