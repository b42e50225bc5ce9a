namespace Toka.Core.Labels.Patterns;

/// <summary>A glob while it is put together. Immutable.</summary>
/// <param name="Texts">The texts so far.</param>
/// <param name="Gaps">One more gap than texts.</param>
/// <param name="IsExact">Whether it says all of what the expression says.</param>
internal sealed record GlobDraft(GlobText[] Texts, Gap[] Gaps, bool IsExact)
{
    /// <summary>The empty text.</summary>
    public static readonly GlobDraft Empty = new([], [Gap.None], true);

    /// <summary>Anything.</summary>
    public static readonly GlobDraft Anything = new([], [Gap.Any], true);

    /// <summary>One code point or more.</summary>
    public static readonly GlobDraft Something = new([], [Gap.Some], true);

    /// <summary>How many bytes a copy of it takes: the texts' own, sixteen for each text and four for each gap.</summary>
    public int Size => Texts.Sum(static text => text.Bytes.Length) + (16 * Texts.Length) + (sizeof(Gap) * Gaps.Length);

    /// <summary>A text.</summary>
    public static GlobDraft Of(byte[] bytes, bool ignoresCase = false) => new([new GlobText(bytes, ignoresCase)], [Gap.None, Gap.None], true);

    /// <summary>One behind the other.</summary>
    public static GlobDraft Join(GlobDraft first, GlobDraft second)
    {
        var isExact = first.IsExact && second.IsExact;
        var (before, after) = (first.Gaps[^1], second.Gaps[0]);
        if (before == Gap.None && after == Gap.None && first.Texts.Length > 0 && second.Texts.Length > 0)
        {
            var joined = Join(first.Texts[^1], second.Texts[0], ref isExact);
            return new([.. first.Texts.AsSpan()[..^1], joined, .. second.Texts.AsSpan()[1..]], [.. first.Gaps.AsSpan()[..^1], .. second.Gaps.AsSpan()[1..]], isExact);
        }

        // Two code points or more are said as one or more; what matches is then to be looked at again.
        isExact &= before != Gap.Some || after != Gap.Some;
        var gap = before == Gap.Some || after == Gap.Some ? Gap.Some : before == Gap.Any || after == Gap.Any ? Gap.Any : Gap.None;
        return new([.. first.Texts, .. second.Texts], [.. first.Gaps.AsSpan()[..^1], gap, .. second.Gaps.AsSpan()[1..]], isExact);
    }

    private static GlobText Join(GlobText first, GlobText second, ref bool isExact)
    {
        var ignoresCase = first.IgnoresCase || second.IgnoresCase;
        if (first.IgnoresCase == second.IgnoresCase)
        {
            return new GlobText([.. first.Bytes, .. second.Bytes], ignoresCase);
        }

        // Text without letters is the same either way; other text is then to be looked at again.
        isExact &= !HasLetters(first.IgnoresCase ? second : first);
        return new GlobText(Lowered([.. first.Bytes, .. second.Bytes]), IgnoresCase: true);
    }

    private static bool HasLetters(GlobText text) => Array.Exists(text.Bytes, static b => char.IsAsciiLetter((char)b));

    private static byte[] Lowered(byte[] bytes) => Array.ConvertAll(bytes, static b => char.IsAsciiLetterUpper((char)b) ? (byte)(b | 0x20) : b);
}
