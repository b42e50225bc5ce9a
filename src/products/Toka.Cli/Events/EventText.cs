using System.Globalization;
using System.Text.Json;
using Toka.Cli.Querying;

namespace Toka.Cli.Events;

/// <summary>Times and durations of spans and log records as people read them.</summary>
internal static class EventText
{
    private static readonly (double Ns, string Unit)[] s_units = [(60e9, "min"), (1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1, "ns")];

    /// <summary>A duration with three digits and its unit: <c>1.24 ms</c>.</summary>
    public static string Duration(double ns)
    {
        foreach (var (size, unit) in s_units)
        {
            if (ns >= size)
            {
                var value = ns / size;
                return string.Create(CultureInfo.InvariantCulture, $"{value.ToString(value >= 100 ? "F0" : value >= 10 ? "F1" : "F2", CultureInfo.InvariantCulture)} {unit}");
            }
        }

        return "0 ns";
    }

    /// <summary>A moment in UTC to the microsecond: <c>2026-01-31T12:00:00.123456Z</c>.</summary>
    public static string Time(long ns) => DateTimeOffset.FromUnixTimeMilliseconds(ns / 1_000_000).AddTicks(ns % 1_000_000 / 100)
        .ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    /// <summary>A moment that stands as a text of ns.</summary>
    public static long Ns(this JsonElement element) =>
        element.ValueKind == JsonValueKind.String && long.TryParse(element.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var ns) ? ns : 0;

    /// <summary>A whole number as text.</summary>
    public static string Whole(this JsonElement element) => element.Number(0).ToString("F0", CultureInfo.InvariantCulture);
}
