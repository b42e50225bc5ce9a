using System.Buffers;
using System.Globalization;

namespace Toka.Configuration.Binding;

/// <summary>Reads and writes durations and sizes.</summary>
public static class ConfigUnits
{
    private static readonly SearchValues<char> s_digits = SearchValues.Create("0123456789.");

    private static readonly (string Unit, long Milliseconds)[] Durations =
        [("y", 365L * 86_400_000), ("w", 7L * 86_400_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

    private static readonly (string Unit, long Bytes)[] Sizes =
    [
        ("TiB", 1L << 40), ("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10),
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000), ("KB", 1_000), ("B", 1),
    ];

    /// <summary>
    /// Reads a duration as Prometheus writes it: whole numbers with the units y, w, d, h, m, s, ms from large to small,
    /// each at most once, such as <c>1h30m</c>; <c>0</c> needs no unit. A year has 365 days.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="milliseconds">The duration in ms.</param>
    /// <returns>Whether the text is a duration.</returns>
    public static bool TryParseDuration(ReadOnlySpan<char> text, out long milliseconds)
    {
        milliseconds = 0;
        if (text is "0")
        {
            return true;
        }

        var next = 0;
        var rest = text;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExceptInRange('0', '9');
            if (digits <= 0 || !long.TryParse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            {
                return false;
            }

            rest = rest[digits..];
            var letters = rest.IndexOfAnyInRange('0', '9');
            var unit = letters < 0 ? rest : rest[..letters];
            rest = rest[unit.Length..];
            var index = IndexOf(Durations, unit);
            if (index < next || count > (long.MaxValue - milliseconds) / Durations[index].Milliseconds)
            {
                return false;
            }

            milliseconds += count * Durations[index].Milliseconds;
            next = index + 1;
        }

        return text.Length > 0;
    }

    /// <summary>Writes a duration in the form that <see cref="TryParseDuration"/> reads.</summary>
    /// <param name="milliseconds">The duration in ms, not negative.</param>
    public static string FormatDuration(long milliseconds)
    {
        if (milliseconds == 0)
        {
            return "0s";
        }

        var text = "";
        foreach (var (unit, length) in Durations)
        {
            // 30 days are "30d" to their reader, not "4w2d".
            if (milliseconds >= length && (unit is not ("w" or "y") || milliseconds % length == 0))
            {
                text += string.Create(CultureInfo.InvariantCulture, $"{milliseconds / length}{unit}");
                milliseconds %= length;
            }
        }

        return text;
    }

    /// <summary>Reads a size: a number with B, kB, MB, GB, TB (powers of 1000) or KiB, MiB, GiB, TiB (powers of 1024).</summary>
    /// <param name="text">The text, such as <c>512MB</c> or <c>1.5 GiB</c>.</param>
    /// <param name="bytes">The size in bytes.</param>
    /// <returns>Whether the text is a size.</returns>
    public static bool TryParseSize(ReadOnlySpan<char> text, out long bytes)
    {
        bytes = 0;
        foreach (var (unit, length) in Sizes)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal))
            {
                var number = text[..^unit.Length].TrimEnd();
                if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)
                    || count > long.MaxValue / length)
                {
                    return false;
                }

                bytes = (long)(count * length);
                return true;
            }
        }

        return text is "0";
    }

    /// <summary>
    /// Reads a size as Prometheus does: a number with B, KB, MB, GB, TB, PB or EB (or with an i between), all of them powers of
    /// 1024.
    /// </summary>
    /// <param name="text">The text, such as <c>10MB</c>.</param>
    /// <param name="bytes">The size in bytes.</param>
    /// <returns>Whether the text is a size.</returns>
    public static bool TryParseBinarySize(ReadOnlySpan<char> text, out long bytes)
    {
        const string Prefixes = "KMGTPE";
        bytes = 0;
        var letters = text.IndexOfAnyExcept(s_digits);
        if (letters < 0)
        {
            return text is "0";
        }

        var unit = text[letters..].Trim();
        var power = unit is "B" ? 0 : unit.IsEmpty ? -1 : Prefixes.IndexOf(char.ToUpperInvariant(unit[0]), StringComparison.Ordinal) + 1;
        if (power < 0 || (power == 0 && unit is not "B") || (power > 0 && unit[1..] is not ("B" or "iB"))
            || !decimal.TryParse(text[..letters], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)
            || count > long.MaxValue / (decimal)(1L << (10 * power)))
        {
            return false;
        }

        bytes = (long)(count * (1L << (10 * power)));
        return true;
    }

    /// <summary>Writes a size in the form that <see cref="TryParseSize"/> reads, exactly.</summary>
    /// <param name="bytes">The size in bytes, not negative.</param>
    public static string FormatSize(long bytes)
    {
        var best = ("B", Length: 1L);
        foreach (var size in Sizes)
        {
            if (bytes > 0 && bytes % size.Bytes == 0 && size.Bytes > best.Length)
            {
                best = size;
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"{bytes / best.Length}{best.Item1}");
    }

    private static int IndexOf((string Unit, long)[] units, ReadOnlySpan<char> unit)
    {
        for (var i = 0; i < units.Length; i++)
        {
            if (unit.SequenceEqual(units[i].Unit))
            {
                return i;
            }
        }

        return -1;
    }
}
