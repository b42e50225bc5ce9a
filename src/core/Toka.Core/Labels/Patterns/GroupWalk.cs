using System.Buffers;

namespace Toka.Core.Labels.Patterns;

/// <summary>
/// Goes through a program and remembers where groups begin and end. Of several ways to match, that which the expression
/// prefers counts. Rented.
/// </summary>
internal ref struct GroupWalk
{
    private readonly PatternProgram _program;
    private readonly Surroundings _surroundings;
    private readonly int _slots;
    private readonly int[] _current;
    private readonly Stack<(int Step, int Slot, int Old)> _stack = new();
    private int[] _places;
    private int[] _nextPlaces;
    private StepSet _reached;
    private StepSet _heads;

    /// <summary>Makes the sets.</summary>
    /// <param name="program">A program with groups.</param>
    /// <param name="surroundings">Of the program.</param>
    /// <param name="slots">Two for each group.</param>
    public GroupWalk(PatternProgram program, Surroundings surroundings, int slots)
    {
        (_program, _surroundings, _slots) = (program, surroundings, slots);
        var steps = program.Steps.Length;
        _current = new int[slots];
        _places = ArrayPool<int>.Shared.Rent(steps * slots);
        _nextPlaces = ArrayPool<int>.Shared.Rent(steps * slots);
        (_reached, _heads) = (new StepSet(steps), new StepSet(steps));
    }

    /// <summary>Where the groups of the whole text's match begin and end, −1 for those without part in it; null where there is none.</summary>
    public int[]? Match(ReadOnlySpan<byte> text)
    {
        _heads.Add(_program.Start);
        PlacesOf(_nextPlaces, _program.Start).Fill(-1);
        var before = Neighbour.Edge;
        for (var at = 0; at < text.Length;)
        {
            var start = at;
            var runeClass = _program.Classes.Read(text, ref at);
            Spread(start, before, _surroundings[runeClass]);
            Read(runeClass);
            before = _surroundings[runeClass];
        }

        Spread(text.Length, before, Neighbour.Edge);
        foreach (var step in _reached.Members)
        {
            if (_program.Steps[step].Operation == Operation.Match)
            {
                var places = PlacesOf(_places, step).ToArray();
                (places[0], places[1]) = (0, text.Length);
                return places;
            }
        }

        return null;
    }

    /// <summary>Gives the memory back.</summary>
    public readonly void Dispose()
    {
        ArrayPool<int>.Shared.Return(_places);
        ArrayPool<int>.Shared.Return(_nextPlaces);
        _reached.Dispose();
        _heads.Dispose();
    }

    private readonly Span<int> PlacesOf(int[] places, int step) => places.AsSpan(step * _slots, _slots);

    private void Read(int runeClass)
    {
        _heads.Clear();
        foreach (var step in _reached.Members)
        {
            var instruction = _program.Steps[step];
            if (instruction.Operation == Operation.Runes && _program.Classes.Has(instruction.Argument, runeClass) && _heads.Add(instruction.Next))
            {
                PlacesOf(_places, step).CopyTo(PlacesOf(_nextPlaces, instruction.Next));
            }
        }
    }

    /// <summary>Finds all steps that are reached without reading, the preferred ones first, with the places of their groups.</summary>
    private void Spread(int at, Neighbour before, Neighbour after)
    {
        _reached.Clear();
        foreach (var head in _heads.Members)
        {
            PlacesOf(_nextPlaces, head).CopyTo(_current);
            _stack.Push((head, -1, 0));
            while (_stack.TryPop(out var todo))
            {
                if (todo.Slot >= 0)
                {
                    _current[todo.Slot] = todo.Old;
                }
                else if (_reached.Add(todo.Step))
                {
                    Follow(todo.Step, at, before, after);
                }
            }
        }
    }

    private readonly void Follow(int step, int at, Neighbour before, Neighbour after)
    {
        var instruction = _program.Steps[step];
        switch (instruction.Operation)
        {
            case Operation.Split:
                _stack.Push((instruction.Argument, -1, 0));
                _stack.Push((instruction.Next, -1, 0));
                break;
            case Operation.Anchor:
                if (Surroundings.Holds((Anchor)instruction.Argument, before, after))
                {
                    _stack.Push((instruction.Next, -1, 0));
                }

                break;
            case Operation.Save:
                // Once all behind this step is done, what was remembered before counts again.
                _stack.Push((-1, instruction.Argument, _current[instruction.Argument]));
                _current[instruction.Argument] = at;
                _stack.Push((instruction.Next, -1, 0));
                break;
            default:
                _current.CopyTo(PlacesOf(_places, step));
                break;
        }
    }
}
