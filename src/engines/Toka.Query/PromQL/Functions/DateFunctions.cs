namespace Toka.Query.PromQL.Functions;

/// <summary>
/// Parts of a UTC date in the Gregorian calendar, which is taken to have held for ever, of values in whole seconds since the
/// Unix epoch; NaN for what 64 bits do not hold.
/// </summary>
internal static class DateFunctions
{
    private const long SecondsOfDay = 86_400;

    /// <summary>Days from the first day of the year 1 to the Unix epoch.</summary>
    private const long DaysTo1970 = 719_162;

    /// <summary>Days of 400 years, after which dates and days of the week come again.</summary>
    private const long DaysOfCycle = 146_097;

    /// <summary>2^63: the first number that is too large for 64 bits.</summary>
    private const double TooLarge = 9_223_372_036_854_775_808;

    public static double Minute(double seconds) => Part(seconds, static (date, _) => date.Minute);

    public static double Hour(double seconds) => Part(seconds, static (date, _) => date.Hour);

    public static double DayOfWeek(double seconds) => Part(seconds, static (date, _) => (int)date.DayOfWeek);

    public static double DayOfMonth(double seconds) => Part(seconds, static (date, _) => date.Day);

    public static double DayOfYear(double seconds) => Part(seconds, static (date, _) => date.DayOfYear);

    public static double DaysInMonth(double seconds) => Part(seconds, static (date, _) => DateTime.DaysInMonth(date.Year, date.Month));

    public static double Month(double seconds) => Part(seconds, static (date, _) => date.Month);

    public static double Year(double seconds) => Part(seconds, static (date, cycles) => date.Year + (cycles * 400));

    private static double Part(double value, Func<DateTime, long, double> part)
    {
        if (!(value >= -TooLarge && value < TooLarge))
        {
            return double.NaN;
        }

        var (days, seconds) = FloorDivide((long)value, SecondsOfDay);
        var (cycles, day) = FloorDivide(days + DaysTo1970, DaysOfCycle);
        return part(DateTime.UnixEpoch.AddDays(day - DaysTo1970).AddSeconds(seconds), cycles);
    }

    private static (long Quotient, long Remainder) FloorDivide(long dividend, long divisor)
    {
        var (quotient, remainder) = Math.DivRem(dividend, divisor);
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder);
    }
}
