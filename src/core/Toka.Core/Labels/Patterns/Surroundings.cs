namespace Toka.Core.Labels.Patterns;

/// <summary>What an anchor sees on one side of it.</summary>
internal enum Neighbour
{
    /// <summary>A code point that no anchor asks for.</summary>
    Other,

    /// <summary>The beginning or the end of the text.</summary>
    Edge,

    /// <summary>The end of a line.</summary>
    Newline,

    /// <summary>A letter, digit or underscore of ASCII.</summary>
    Word,
}

/// <summary>What anchors see, told as coarsely as a program's anchors ask for.</summary>
internal sealed class Surroundings
{
    private readonly Neighbour[] _byClass;

    /// <summary>Looks at a program's classes.</summary>
    public Surroundings(PatternProgram program)
    {
        _byClass = new Neighbour[program.Classes.Count];
        if (program.HasLines)
        {
            _byClass[program.Classes.ClassOf('\n')] = Neighbour.Newline;
        }

        for (var rune = 0; program.HasWords && rune < 0x80; rune++)
        {
            if (UnicodeClasses.Word.Contains(rune))
            {
                _byClass[program.Classes.ClassOf(rune)] = Neighbour.Word;
            }
        }
    }

    /// <summary>What a code point of a class is.</summary>
    public Neighbour this[int runeClass] => _byClass[runeClass];

    /// <summary>Whether an anchor holds between two neighbours.</summary>
    public static bool Holds(Anchor anchor, Neighbour before, Neighbour after) => anchor switch
    {
        Anchor.BeginText => before == Neighbour.Edge,
        Anchor.EndText => after == Neighbour.Edge,
        Anchor.BeginLine => before is Neighbour.Edge or Neighbour.Newline,
        Anchor.EndLine => after is Neighbour.Edge or Neighbour.Newline,
        Anchor.WordBorder => (before == Neighbour.Word) != (after == Neighbour.Word),
        _ => (before == Neighbour.Word) == (after == Neighbour.Word),
    };
}
