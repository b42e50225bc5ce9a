using System.Buffers;
using Toka.Core.Errors;

namespace Toka.Core.Labels.Patterns;

/// <summary>What an <see cref="Instruction"/> does.</summary>
internal enum Operation
{
    /// <summary>Reads one code point of a set and goes on.</summary>
    Runes,

    /// <summary>Goes on at either of two places, the first before the second.</summary>
    Split,

    /// <summary>Goes on where an anchor holds.</summary>
    Anchor,

    /// <summary>Remembers where a group begins or ends, and goes on.</summary>
    Save,

    /// <summary>The expression has matched.</summary>
    Match,
}

/// <summary>A step of a program.</summary>
/// <param name="Operation">What it does.</param>
/// <param name="Next">Where it goes on.</param>
/// <param name="Argument">The number of a set, the other place, an anchor, or where to remember.</param>
internal record struct Instruction(Operation Operation, int Next, int Argument);

/// <summary>A regular expression as the steps of an automaton that may be at many of them at once. Immutable.</summary>
/// <remarks>Source: R. Cox, "Regular Expression Matching: the Virtual Machine Approach", 2009.</remarks>
internal sealed class PatternProgram
{
    /// <summary>The most steps of one expression.</summary>
    public const int StepsMax = 32_768;

    private readonly List<RuneSet> _sets = [];
    private readonly Dictionary<int, int> _literals = [];
    private readonly bool _withGroups;

    /// <summary>The steps while they are written, in a pooled array: most expressions have few, a large one grows it often.</summary>
    private Instruction[] _steps = ArrayPool<Instruction>.Shared.Rent(64);

    private int _count;

    private PatternProgram(PatternNode root, bool withGroups)
    {
        _withGroups = withGroups;
        try
        {
            Start = Write(root, Add(Operation.Match, -1, 0));
            Classes = new RuneClasses(_sets, [.. HasLines ? [RuneSet.Of('\n')] : Array.Empty<RuneSet>(), .. HasWords ? [UnicodeClasses.Word] : Array.Empty<RuneSet>()]);
            Steps = _steps[.._count];
        }
        finally
        {
            ArrayPool<Instruction>.Shared.Return(_steps);
            _steps = [];
        }
    }

    /// <summary>The steps.</summary>
    public Instruction[] Steps { get; }

    /// <summary>What it takes in memory, roughly.</summary>
    public long Bytes => (Steps.Length * 3L * sizeof(int)) + Classes.Bytes;

    /// <summary>Where it begins.</summary>
    public int Start { get; }

    /// <summary>The classes of code points that the steps tell apart.</summary>
    public RuneClasses Classes { get; }

    /// <summary>Whether an anchor asks for the beginning or the end of lines.</summary>
    public bool HasLines { get; private set; }

    /// <summary>Whether an anchor asks for borders of words.</summary>
    public bool HasWords { get; private set; }

    /// <summary>Whether an anchor asks for the beginning.</summary>
    public bool HasBegin { get; private set; }

    /// <summary>Writes the steps of an expression.</summary>
    /// <param name="root">The expression.</param>
    /// <param name="withGroups">Whether groups are remembered.</param>
    /// <exception cref="BadInputException">It is too large.</exception>
    public static PatternProgram Of(PatternNode root, bool withGroups) => new(root, withGroups);

    /// <summary>Writes a node which goes on at a step; the first step of it. Steps are written from the last to the first.</summary>
    private int Write(PatternNode node, int next) => node switch
    {
        RunesNode runes => Add(Operation.Runes, next, SetOf(runes.Set)),
        SequenceNode sequence => WriteSequence(sequence, next),
        ChoiceNode choice => WriteChoice(choice, next),
        RepeatNode repeat => WriteRepeat(repeat, next),
        GroupNode group => WriteGroup(group, next),
        AnchorNode anchor => WriteAnchor(anchor.Anchor, next),
        _ => next,
    };

    private int WriteSequence(SequenceNode sequence, int next)
    {
        for (var i = sequence.Parts.Length - 1; i >= 0; i--)
        {
            next = Write(sequence.Parts[i], next);
        }

        return next;
    }

    private int WriteChoice(ChoiceNode choice, int next)
    {
        var first = Write(choice.Branches[^1], next);
        for (var i = choice.Branches.Length - 2; i >= 0; i--)
        {
            first = Add(Operation.Split, Write(choice.Branches[i], next), first);
        }

        return first;
    }

    private int WriteGroup(GroupNode group, int next) => _withGroups
        ? Add(Operation.Save, Write(group.Body, Add(Operation.Save, next, (2 * group.Number) + 1)), 2 * group.Number)
        : Write(group.Body, next);

    private int WriteAnchor(Anchor anchor, int next)
    {
        HasLines |= anchor is Anchor.BeginLine or Anchor.EndLine;
        HasWords |= anchor is Anchor.WordBorder or Anchor.NoWordBorder;
        HasBegin |= anchor is Anchor.BeginText or Anchor.BeginLine;
        return Add(Operation.Anchor, next, (int)anchor);
    }

    private int WriteRepeat(RepeatNode repeat, int next)
    {
        if (repeat.Body is EmptyNode || repeat.Max == 0)
        {
            return next;
        }

        if (repeat.Max < 0)
        {
            next = repeat.Min > 0 ? WriteLoop(repeat, next)
                : CanBeEmpty(repeat.Body) ? WriteOptional(repeat, WriteLoop(repeat, next), next)
                : WriteStar(repeat, next);
        }

        // x{2,4} is xx(x(x)?)?: whoever leaves early leaves all of it.
        var end = next;
        for (var i = Math.Max(repeat.Min, 0); i < repeat.Max; i++)
        {
            next = WriteOptional(repeat, Write(repeat.Body, next), end);
        }

        for (var i = repeat.Max < 0 ? 1 : 0; i < repeat.Min; i++)
        {
            next = Write(repeat.Body, next);
        }

        return next;
    }

    private int WriteOptional(RepeatNode repeat, int body, int end) =>
        repeat.IsLazy ? Add(Operation.Split, end, body) : Add(Operation.Split, body, end);

    /// <summary>Once or more often: the body, then again or on.</summary>
    private int WriteLoop(RepeatNode repeat, int next)
    {
        var again = Add(Operation.Split, -1, -1);
        var body = Write(repeat.Body, again);
        _steps[again] = repeat.IsLazy ? new(Operation.Split, next, body) : new(Operation.Split, body, next);
        return body;
    }

    private int WriteStar(RepeatNode repeat, int next)
    {
        var again = Add(Operation.Split, -1, -1);
        var body = Write(repeat.Body, again);
        _steps[again] = repeat.IsLazy ? new(Operation.Split, next, body) : new(Operation.Split, body, next);
        return again;
    }

    private static bool CanBeEmpty(PatternNode node) => node switch
    {
        RunesNode => false,
        SequenceNode sequence => Array.TrueForAll(sequence.Parts, CanBeEmpty),
        ChoiceNode choice => Array.Exists(choice.Branches, CanBeEmpty),
        RepeatNode repeat => repeat.Min == 0 || CanBeEmpty(repeat.Body),
        GroupNode group => CanBeEmpty(group.Body),
        _ => true,
    };

    private int SetOf(RuneSet set)
    {
        if (set.Count == 1 && _literals.TryGetValue(set.Ranges[0].Low, out var known))
        {
            return known;
        }

        for (var i = _sets.Count - 1; i >= Math.Max(0, _sets.Count - 16); i--)
        {
            if (_sets[i].IsSame(set))
            {
                return i;
            }
        }

        _sets.Add(set);
        if (set.Count == 1)
        {
            _literals.Add(set.Ranges[0].Low, _sets.Count - 1);
        }

        return _sets.Count - 1;
    }

    private int Add(Operation operation, int next, int argument)
    {
        if (_count >= StepsMax)
        {
            throw new BadInputException($"error parsing regexp: expression too large: it has more than {StepsMax} steps, counted with repetitions written out; repeat less, or list values in a plain a|b|c");
        }

        if (_count == _steps.Length)
        {
            var larger = ArrayPool<Instruction>.Shared.Rent(_count * 2);
            _steps.CopyTo(larger, 0);
            ArrayPool<Instruction>.Shared.Return(_steps);
            _steps = larger;
        }

        _steps[_count] = new Instruction(operation, next, argument);
        return _count++;
    }
}
