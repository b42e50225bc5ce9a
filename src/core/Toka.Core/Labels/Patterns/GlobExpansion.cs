using System.Text;

namespace Toka.Core.Labels.Patterns;

/// <summary>
/// Writes an expression as a list of globs one of which its matches match: <c>foo(a|b).*</c> is <c>fooa.*</c> and
/// <c>foob.*</c>. Where a part cannot be written so, the glob is wider than the expression and says so.
/// </summary>
internal sealed class GlobExpansion
{
    /// <summary>The most globs that parts of a sequence are multiplied to.</summary>
    private const int ProductMax = 256;

    /// <summary>The largest set of code points that is written as one glob for each.</summary>
    private const int RunesMax = 16;

    /// <summary>The most often that a body is repeated in writing.</summary>
    private const int RepeatMax = 4;

    /// <summary>
    /// The most bytes that joining parts may take; beyond, a part is written as anything. Room for a list of ten thousand words
    /// between two texts.
    /// </summary>
    private const int WorkMax = 4 << 20;

    /// <summary>What a joined glob takes beside its bytes: an object and four arrays.</summary>
    private const int DraftBytes = 128;

    private static readonly GlobDraft s_mayBeAnything = GlobDraft.Anything with { IsExact = false };
    private static readonly GlobDraft s_mayBeSomething = GlobDraft.Something with { IsExact = false };
    private static readonly GlobDraft s_mayBeEmpty = GlobDraft.Empty with { IsExact = false };

    private int _work;

    private GlobExpansion()
    {
    }

    /// <summary>The globs of an expression that matches whole values.</summary>
    public static Glob[] Of(PatternNode root)
    {
        var drafts = new GlobExpansion().Expand(WithoutEdges(root, first: true, last: true));
        return [.. drafts.Select(static draft => new Glob(draft.Texts, draft.Gaps, draft.IsExact))];
    }

    /// <summary>Leaves out the anchors that say only that the value begins and ends.</summary>
    private static PatternNode WithoutEdges(PatternNode node, bool first, bool last)
    {
        switch (node)
        {
            case AnchorNode anchor:
                var isEdge = (first && anchor.Anchor is Anchor.BeginText or Anchor.BeginLine) || (last && anchor.Anchor is Anchor.EndText or Anchor.EndLine);
                return isEdge ? EmptyNode.Instance : node;
            case GroupNode group:
                return WithoutEdges(group.Body, first, last);
            case ChoiceNode choice:
                return new ChoiceNode(Array.ConvertAll(choice.Branches, branch => WithoutEdges(branch, first, last)));
            case SequenceNode sequence:
                var parts = sequence.Parts.ToArray();
                parts[0] = WithoutEdges(parts[0], first, last: false);
                parts[^1] = WithoutEdges(parts[^1], first: false, last);
                return new SequenceNode(parts);
            default:
                return node;
        }
    }

    private List<GlobDraft> Expand(PatternNode node) => node switch
    {
        EmptyNode => [GlobDraft.Empty],
        RunesNode runes => ExpandRunes(runes.Set),
        GroupNode group => Expand(group.Body),
        ChoiceNode choice => [.. choice.Branches.SelectMany(Expand)],
        SequenceNode sequence => ExpandSequence(sequence.Parts),
        RepeatNode repeat => ExpandRepeat(repeat),
        _ => [s_mayBeEmpty],
    };

    private static List<GlobDraft> ExpandRunes(RuneSet set)
    {
        if (SmallLetterOf(set) is { } letter)
        {
            return [GlobDraft.Of([letter], ignoresCase: true)];
        }

        if (set.Count > RunesMax)
        {
            return [s_mayBeSomething];
        }

        var drafts = new List<GlobDraft>();
        foreach (var range in set.Ranges)
        {
            for (var rune = range.Low; rune <= range.High; rune++)
            {
                drafts.Add(LiteralOf(rune) is { } bytes ? GlobDraft.Of(bytes) : s_mayBeSomething);
            }
        }

        return drafts;
    }

    /// <summary>The bytes of a code point; null for halves of pairs, and for U+FFFD, which bytes that are no UTF-8 are read as.</summary>
    private static byte[]? LiteralOf(int rune) =>
        Rune.IsValid(rune) && rune != Rune.ReplacementChar.Value ? Encoding.UTF8.GetBytes(new Rune(rune).ToString()) : null;

    /// <summary>The small letter of a set that is a letter of ASCII in either case; null for another set.</summary>
    private static byte? SmallLetterOf(RuneSet set)
    {
        if (set.Count is < 2 or > 3 || set.Ranges[0].Low is not (>= 'A' and <= 'Z'))
        {
            return null;
        }

        return CaseFolding.Close(RuneSet.Of(set.Ranges[0].Low)).IsSame(set) ? (byte)(set.Ranges[0].Low | 0x20) : null;
    }

    private List<GlobDraft> ExpandSequence(PatternNode[] parts)
    {
        List<GlobDraft> all = [GlobDraft.Empty];
        for (var i = 0; i < parts.Length;)
        {
            var length = LiteralLength(parts.AsSpan(i));
            all = Product(all, length > 0 ? [Literal(parts.AsSpan(i, length))] : Expand(parts[i]));
            i += Math.Max(1, length);
        }

        return all;
    }

    /// <summary>How many parts from the first on are one text.</summary>
    private static int LiteralLength(ReadOnlySpan<PatternNode> parts)
    {
        var length = 0;
        while (length < parts.Length && parts[length] is RunesNode { Set: { Count: 1 } set } && LiteralOf(set.Ranges[0].Low) is not null)
        {
            length++;
        }

        return length;
    }

    private static GlobDraft Literal(ReadOnlySpan<PatternNode> parts)
    {
        var bytes = new List<byte>();
        foreach (var part in parts)
        {
            bytes.AddRange(LiteralOf(((RunesNode)part).Set.Ranges[0].Low)!);
        }

        return GlobDraft.Of([.. bytes]);
    }

    private List<GlobDraft> ExpandRepeat(RepeatNode repeat)
    {
        if (repeat.Max == 0)
        {
            return [GlobDraft.Empty];
        }

        if (repeat is { Max: < 0, Min: < 2, Body: RunesNode { Set.IsAll: true } })
        {
            return [repeat.Min == 0 ? GlobDraft.Anything : GlobDraft.Something];
        }

        if (repeat.Max is < 0 or > RepeatMax)
        {
            return repeat.Min == 0 ? [s_mayBeAnything] : Product(Expand(repeat.Body), [s_mayBeAnything]);
        }

        var body = Expand(repeat.Body);
        List<GlobDraft> power = [GlobDraft.Empty];
        var all = new List<GlobDraft>();
        for (var count = 0; count <= repeat.Max; count++)
        {
            if (count >= repeat.Min)
            {
                all.AddRange(power);
            }

            power = Product(power, body);
        }

        return all.Count <= Math.Max(ProductMax, body.Count + 1) ? all : [s_mayBeAnything];
    }

    private List<GlobDraft> Product(List<GlobDraft> first, List<GlobDraft> second)
    {
        var count = (long)first.Count * second.Count;
        if (count > Math.Max(ProductMax, Math.Max(first.Count, second.Count)))
        {
            second = [s_mayBeAnything];
            if (first.Count > ProductMax)
            {
                return [.. second];
            }
        }

        var all = new List<GlobDraft>(first.Count * second.Count);
        foreach (var one in first)
        {
            foreach (var other in second)
            {
                _work += DraftBytes + one.Size + other.Size;
                if (_work > WorkMax)
                {
                    return [s_mayBeAnything];
                }

                all.Add(GlobDraft.Join(one, other));
            }
        }

        return all;
    }
}
