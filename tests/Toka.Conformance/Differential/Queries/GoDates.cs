namespace Toka.Conformance.Differential.Queries;

/// <summary>
/// Parts of dates as 2.42 gives them on this processor also for what is no date: NaN, the infinities and numbers beyond
/// 64 bits become the least whole number, and Go counts from there on, around the end of 64 bits. No meaning is in that.
/// </summary>
internal static class GoDates
{
    /// <summary>Seconds from the year -292277022399 to 1970, as of Go's package time.</summary>
    private const ulong SecondsTo1970 = 9_223_372_028_715_321_600;

    private const ulong SecondsOfDay = 86_400;

    /// <summary>Days of 400 years.</summary>
    private const ulong DaysOfCycle = 146_097;

    private static readonly long s_years = -292_277_022_399;

    public static IReadOnlyDictionary<string, Func<ulong, double>> Parts { get; } = new Dictionary<string, Func<ulong, double>>
    {
        ["minute"] = static seconds => seconds % 3600 / 60,
        ["hour"] = static seconds => seconds % SecondsOfDay / 3600,
        ["day_of_week"] = static seconds => (seconds + SecondsOfDay) % (7 * SecondsOfDay) / SecondsOfDay,
        ["day_of_month"] = static seconds => Of(seconds).Date.Day,
        ["day_of_year"] = static seconds => Of(seconds).Date.DayOfYear,
        ["days_in_month"] = static seconds => DateTime.DaysInMonth(Of(seconds).Date.Year, Of(seconds).Date.Month),
        ["month"] = static seconds => Of(seconds).Date.Month,
        ["year"] = static seconds => Of(seconds).Cycles + Of(seconds).Date.Year,
    };

    public static ulong SecondsOf(double value) =>
        unchecked((ulong)(value is >= -9.223372036854775808e18 and < 9.223372036854775808e18 ? (long)value : long.MinValue) + SecondsTo1970);

    /// <summary>The date within the first 400 years, which repeat for ever, and the years before them.</summary>
    private static (DateTime Date, long Cycles) Of(ulong seconds)
    {
        var days = seconds / SecondsOfDay;
        return (DateTime.MinValue.AddDays(days % DaysOfCycle), s_years + ((long)(days / DaysOfCycle) * 400) - 1);
    }
}
