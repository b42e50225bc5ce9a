namespace Toka.Core.Labels.Patterns;

/// <summary>A part of a regular expression.</summary>
internal abstract record PatternNode;

/// <summary>Matches the empty text.</summary>
internal sealed record EmptyNode : PatternNode
{
    public static readonly EmptyNode Instance = new();
}

/// <summary>Matches one code point of a set; a literal is a set of one.</summary>
internal sealed record RunesNode(RuneSet Set) : PatternNode;

/// <summary>Matches its parts one after another.</summary>
internal sealed record SequenceNode(PatternNode[] Parts) : PatternNode;

/// <summary>Matches one of its branches, the first that leads to a match.</summary>
internal sealed record ChoiceNode(PatternNode[] Branches) : PatternNode;

/// <summary>Matches its body some times; without an end where <see cref="Max"/> is −1.</summary>
internal sealed record RepeatNode(PatternNode Body, int Min, int Max, bool IsLazy) : PatternNode;

/// <summary>A group that counts; the first has the number 1.</summary>
internal sealed record GroupNode(PatternNode Body, int Number) : PatternNode;

/// <summary>Matches between two code points.</summary>
internal sealed record AnchorNode(Anchor Anchor) : PatternNode;

/// <summary>What an <see cref="AnchorNode"/> wants.</summary>
internal enum Anchor
{
    BeginText,
    EndText,
    BeginLine,
    EndLine,
    WordBorder,
    NoWordBorder,
}

/// <summary>A regular expression read.</summary>
/// <param name="Root">Its tree.</param>
/// <param name="GroupNames">The name of each group by number, null where it has none; number 0 is the whole.</param>
internal sealed record PatternTree(PatternNode Root, IReadOnlyList<string?> GroupNames);
