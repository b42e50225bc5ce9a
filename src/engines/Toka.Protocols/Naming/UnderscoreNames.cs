using System.Buffers;

namespace Toka.Protocols.Naming;

/// <summary>
/// Names of other systems as names that PromQL reads without quotes: each character that such a name must not have becomes one
/// underscore, and a name that would begin with a digit gets one before it. Letters, digits, underscores, and in metric names
/// colons, stay. Two names may so become one; writers of series see to that.
/// </summary>
internal static class UnderscoreNames
{
    /// <summary>How much longer than its origin a name may be, in bytes.</summary>
    public const int GrowthMax = 1;

    private static readonly SearchValues<byte> s_label =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"u8);

    private static readonly SearchValues<byte> s_metric =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:"u8);

    /// <summary>Writes the name of a metric.</summary>
    /// <param name="name">Valid UTF-8.</param>
    /// <param name="destination">At least <see cref="GrowthMax"/> bytes longer than the name.</param>
    /// <returns>The length; 0 for an empty name.</returns>
    public static int WriteMetric(ReadOnlySpan<byte> name, Span<byte> destination) => Write(name, s_metric, destination);

    /// <summary>Writes the name of a label.</summary>
    /// <inheritdoc cref="WriteMetric"/>
    public static int WriteLabel(ReadOnlySpan<byte> name, Span<byte> destination) => Write(name, s_label, destination);

    private static int Write(ReadOnlySpan<byte> name, SearchValues<byte> legal, Span<byte> destination)
    {
        if (name.IsEmpty)
        {
            return 0;
        }

        var at = 0;
        if (char.IsAsciiDigit((char)name[0]))
        {
            destination[at++] = (byte)'_';
        }

        if (!name.ContainsAnyExcept(legal))
        {
            name.CopyTo(destination[at..]);
            return at + name.Length;
        }

        foreach (var b in name)
        {
            if ((b & 0xc0) != 0x80)
            {
                // A character of several bytes becomes one underscore, put by its first byte.
                destination[at++] = legal.Contains(b) ? b : (byte)'_';
            }
        }

        return at;
    }
}
