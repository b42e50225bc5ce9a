using System.Buffers;

namespace Toka.Protocols.Otlp.Naming;

/// <summary>
/// Attribute keys as label names: every character other than a letter, a digit or an underscore becomes an underscore; a
/// name that would begin with a digit is prefixed with <c>key_</c>, one that would begin with a single underscore with
/// <c>key</c>. Where names are not escaped a key is its own name. Source: OpenTelemetry, Prometheus and OpenMetrics
/// compatibility; Prometheus 3, UnderscoreEscapingWithSuffixes.
/// </summary>
internal static class LabelNames
{
    /// <summary>How much longer than its key a label name may be, in bytes.</summary>
    public const int GrowthMax = 4;

    private static readonly SearchValues<byte> Legal =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"u8);

    /// <summary>Writes the label name of a key.</summary>
    /// <param name="key">Valid UTF-8.</param>
    /// <param name="destination">At least <see cref="GrowthMax"/> bytes longer than the key.</param>
    /// <param name="options">Whether and how names are escaped.</param>
    /// <returns>The length, or 0 where no name can be made: the key is empty, or nothing but illegal characters.</returns>
    public static int Write(ReadOnlySpan<byte> key, Span<byte> destination, OtlpTranslationOptions options)
    {
        if (key.IsEmpty)
        {
            return 0;
        }

        if (!options.Escapes)
        {
            key.CopyTo(destination);
            return key.Length;
        }

        // The prefix is put before the text that stands behind the room left for it.
        var text = destination[GrowthMax..];
        var length = 0;
        var named = false;
        foreach (var b in key)
        {
            if ((b & 0xc0) == 0x80)
            {
                continue; // A character of several bytes becomes one underscore, put by its first byte.
            }

            var legal = Legal.Contains(b);
            named |= legal && b != '_';
            if ((legal && b != '_') || options.LabelNamePreserveMultipleUnderscores || length == 0 || text[length - 1] != '_')
            {
                text[length++] = legal ? b : (byte)'_';
            }
        }

        if (!named && !key.SequenceEqual(text[..length]))
        {
            return 0;
        }

        var prefix = char.IsAsciiDigit((char)text[0]) ? "key_"u8
            : options.LabelNameUnderscoreSanitization && IsSingleUnderscore(text[..length]) ? "key"u8 : default;
        prefix.CopyTo(destination);
        text[..length].CopyTo(destination[prefix.Length..]);
        return prefix.Length + length;
    }

    private static bool IsSingleUnderscore(ReadOnlySpan<byte> name) => name[0] == '_' && (name.Length == 1 || name[1] != '_');
}
