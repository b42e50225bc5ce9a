namespace Toka.Query.PromQL.Functions;

/// <summary>Parts of a UTC date, of values in seconds since the Unix epoch; NaN outside the years 1 to 9999.</summary>
internal static class DateFunctions
{
    private static readonly double SecondsMin = DateTimeOffset.MinValue.ToUnixTimeSeconds();
    private static readonly double SecondsMax = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    public static double Minute(double seconds) => Part(seconds, static date => date.Minute);

    public static double Hour(double seconds) => Part(seconds, static date => date.Hour);

    public static double DayOfWeek(double seconds) => Part(seconds, static date => (int)date.DayOfWeek);

    public static double DayOfMonth(double seconds) => Part(seconds, static date => date.Day);

    public static double DayOfYear(double seconds) => Part(seconds, static date => date.DayOfYear);

    public static double DaysInMonth(double seconds) => Part(seconds, static date => DateTime.DaysInMonth(date.Year, date.Month));

    public static double Month(double seconds) => Part(seconds, static date => date.Month);

    public static double Year(double seconds) => Part(seconds, static date => date.Year);

    private static double Part(double seconds, Func<DateTimeOffset, int> part) =>
        seconds >= SecondsMin && seconds <= SecondsMax ? part(DateTimeOffset.FromUnixTimeSeconds((long)seconds)) : double.NaN;
}
