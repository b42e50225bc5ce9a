using System.Text;

namespace Toka.Core.Labels.Patterns;

/// <summary>What may stand between two texts of a <see cref="Glob"/>.</summary>
internal enum Gap
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Anything.</summary>
    Any,

    /// <summary>One code point or more.</summary>
    Some,
}

/// <summary>A text of a glob.</summary>
/// <param name="Bytes">UTF-8; small letters where case does not matter.</param>
/// <param name="IgnoresCase">Whether letters of ASCII match either case.</param>
internal readonly record struct GlobText(byte[] Bytes, bool IgnoresCase)
{
    /// <summary>Whether a value is this text.</summary>
    public bool IsAll(ReadOnlySpan<byte> value) => IgnoresCase ? Ascii.EqualsIgnoreCase(value, Bytes) : value.SequenceEqual(Bytes);

    /// <summary>Whether a value begins with it.</summary>
    public bool IsStart(ReadOnlySpan<byte> value) => value.Length >= Bytes.Length && IsAll(value[..Bytes.Length]);

    /// <summary>Whether a value ends with it.</summary>
    public bool IsEnd(ReadOnlySpan<byte> value) => value.Length >= Bytes.Length && IsAll(value[^Bytes.Length..]);

    /// <summary>Where it first is in a value, or −1.</summary>
    public int IndexIn(ReadOnlySpan<byte> value)
    {
        if (!IgnoresCase)
        {
            return value.IndexOf(Bytes);
        }

        var (small, large) = (Bytes[0], (byte)char.ToUpperInvariant((char)Bytes[0]));
        for (var from = 0; from <= value.Length - Bytes.Length; from++)
        {
            var found = value[from..^(Bytes.Length - 1)].IndexOfAny(small, large);
            if (found < 0)
            {
                return -1;
            }

            from += found;
            if (IsStart(value[from..]))
            {
                return from;
            }
        }

        return -1;
    }
}

/// <summary>
/// A pattern of texts with gaps before, between and behind them, such as <c>foo.*</c>. Matched from the left: the earliest
/// place of a text leaves the most for what follows.
/// </summary>
/// <param name="texts">The texts; none is empty.</param>
/// <param name="gaps">The gaps, one more than texts; only the first and the last may be none.</param>
/// <param name="isExact">Whether what matches here also matches the expression; else it only may.</param>
internal sealed class Glob(GlobText[] texts, Gap[] gaps, bool isExact)
{
    /// <summary>Whether what matches here also matches the expression.</summary>
    public bool IsExact => isExact;

    /// <summary>Whether everything matches.</summary>
    public bool IsEverything => isExact && texts.Length == 0 && gaps[0] == Gap.Any;

    /// <summary>Whether everything that is not empty matches, and nothing else.</summary>
    public bool IsSomething => isExact && texts.Length == 0 && gaps[0] == Gap.Some;

    /// <summary>Whether a text of it ignores case.</summary>
    public bool IgnoresCase => Array.Exists(texts, static text => text.IgnoresCase);

    /// <summary>What every value that matches begins with.</summary>
    public ReadOnlySpan<byte> Prefix => texts.Length > 0 && gaps[0] == Gap.None && !texts[0].IgnoresCase ? texts[0].Bytes : [];

    /// <summary>The only value that matches, or null.</summary>
    public byte[]? Word => !isExact || IgnoresCase || Array.Exists(gaps, static gap => gap != Gap.None) ? null
        : texts.Length == 0 ? [] : texts[0].Bytes;

    /// <summary>Whether a value matches.</summary>
    public bool IsMatch(ReadOnlySpan<byte> value)
    {
        var (from, to) = (0, texts.Length);
        if (gaps[0] == Gap.None)
        {
            if (to == 0)
            {
                return value.IsEmpty;
            }

            if (!texts[0].IsStart(value))
            {
                return false;
            }

            value = value[texts[0].Bytes.Length..];
            from = 1;
        }

        if (gaps[to] == Gap.None)
        {
            if (from == to)
            {
                return value.IsEmpty;
            }

            if (!texts[to - 1].IsEnd(value))
            {
                return false;
            }

            value = value[..^texts[to - 1].Bytes.Length];
            to--;
        }

        for (var i = from; i < to; i++)
        {
            // A text begins where a code point does, so that skipping one byte of a gap's code point skips no match.
            var skip = gaps[i] == Gap.Some ? 1 : 0;
            var found = value.Length < skip ? -1 : texts[i].IndexIn(value[skip..]);
            if (found < 0)
            {
                return false;
            }

            value = value[(skip + found + texts[i].Bytes.Length)..];
        }

        return gaps[to] == Gap.Any || !value.IsEmpty;
    }
}
