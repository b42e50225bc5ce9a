using System.Buffers;

namespace Toka.Core.Labels.Patterns;

/// <summary>
/// Goes through a program at all steps it may be at, one code point after another: time is at most the steps times the
/// text's length. Rented; remembers no groups.
/// </summary>
internal ref struct StepWalk
{
    private readonly PatternProgram _program;
    private readonly Surroundings _surroundings;
    private readonly int[] _stack;
    private StepSet _reached;
    private StepSet _next;

    /// <summary>Makes the sets.</summary>
    public StepWalk(PatternProgram program, Surroundings surroundings)
    {
        (_program, _surroundings) = (program, surroundings);
        var steps = program.Steps.Length;
        _stack = ArrayPool<int>.Shared.Rent((2 * steps) + 1);
        (_reached, _next) = (new StepSet(steps), new StepSet(steps));
    }

    /// <summary>Where the last step led.</summary>
    public readonly ReadOnlySpan<int> Heads => _next.Members;

    /// <summary>Reads a code point.</summary>
    /// <param name="heads">The steps it may be at, not yet gone on from; may be <see cref="Heads"/> itself.</param>
    /// <param name="before">What is before.</param>
    /// <param name="runeClass">The code point's class.</param>
    public void Step(ReadOnlySpan<int> heads, Neighbour before, int runeClass)
    {
        Spread(heads, before, _surroundings[runeClass]);
        _next.Clear();
        foreach (var step in _reached.Members)
        {
            ref var instruction = ref _program.Steps[step];
            if (instruction.Operation == Operation.Runes && _program.Classes.Has(instruction.Argument, runeClass))
            {
                _next.Add(instruction.Next);
            }
        }
    }

    /// <summary>Whether the program has matched if the text ends here.</summary>
    public bool IsMatchAtEnd(ReadOnlySpan<int> heads, Neighbour before)
    {
        Spread(heads, before, Neighbour.Edge);
        foreach (var step in _reached.Members)
        {
            if (_program.Steps[step].Operation == Operation.Match)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the rest of a text leads from some steps to a match.</summary>
    public bool IsMatch(ReadOnlySpan<int> heads, Neighbour before, ReadOnlySpan<byte> rest)
    {
        for (var at = 0; at < rest.Length;)
        {
            var runeClass = _program.Classes.Read(rest, ref at);
            Step(heads, before, runeClass);
            heads = Heads;
            before = _surroundings[runeClass];
            if (heads.IsEmpty)
            {
                return false;
            }
        }

        return IsMatchAtEnd(heads, before);
    }

    /// <summary>Gives the memory back.</summary>
    public readonly void Dispose()
    {
        ArrayPool<int>.Shared.Return(_stack);
        _reached.Dispose();
        _next.Dispose();
    }

    /// <summary>Finds all steps that are reached without reading.</summary>
    private void Spread(ReadOnlySpan<int> heads, Neighbour before, Neighbour after)
    {
        _reached.Clear();
        var steps = _program.Steps;
        foreach (var head in heads)
        {
            var depth = 0;
            _stack[depth++] = head;
            while (depth > 0)
            {
                var step = _stack[--depth];
                if (!_reached.Add(step))
                {
                    continue;
                }

                ref var instruction = ref steps[step];
                if (instruction.Operation == Operation.Split)
                {
                    _stack[depth++] = instruction.Argument;
                    _stack[depth++] = instruction.Next;
                }
                else if (instruction.Operation == Operation.Save
                    || (instruction.Operation == Operation.Anchor && Surroundings.Holds((Anchor)instruction.Argument, before, after)))
                {
                    _stack[depth++] = instruction.Next;
                }
            }
        }
    }
}
