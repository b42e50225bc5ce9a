using System.Runtime.InteropServices;

namespace Toka.Core.Labels.Patterns;

/// <summary>
/// A program as a deterministic automaton whose states are made when a text first comes to them and are kept up to a limit
/// of memory; beyond it, texts that come to other states are walked step by step. Either way time is linear. Thread-safe.
/// </summary>
internal sealed class LazyAutomaton
{
    /// <summary>What the states of one expression may take, roughly.</summary>
    public const long BytesMax = 1 << 20;

    private const int StateBytes = 200;

    private readonly PatternProgram _program;
    private readonly Surroundings _surroundings;
    private readonly Dictionary<State, State> _states = [];
    private readonly Lock _lock = new();
    private readonly State _start;
    private long _bytes;

    /// <summary>Makes the first state.</summary>
    public LazyAutomaton(PatternProgram program)
    {
        _program = program;
        _surroundings = new Surroundings(program);
        using var walk = new StepWalk(program, _surroundings);
        _start = Make([program.Start], program.HasBegin ? Neighbour.Edge : Neighbour.Other, walk);
    }

    /// <summary>What the program takes, roughly.</summary>
    public long ProgramBytes => _program.Bytes;

    /// <summary>What the states take, roughly.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Whether the whole of a text matches.</summary>
    public bool IsMatch(ReadOnlySpan<byte> text)
    {
        var state = _start;
        var classes = _program.Classes;
        for (var at = 0; at < text.Length;)
        {
            var before = at;
            var runeClass = classes.Read(text, ref at);
            var next = state.Next[runeClass] ?? Find(state, runeClass);
            if (next is null)
            {
                using var walk = new StepWalk(_program, _surroundings);
                return walk.IsMatch(state.Heads, state.Before, text[before..]);
            }

            if (next.Heads.Length == 0)
            {
                return false;
            }

            state = next;
        }

        return state.IsMatch;
    }

    /// <summary>The state that a class leads to; null where it is not known and there is no room for it.</summary>
    private State? Find(State from, int runeClass)
    {
        if (Volatile.Read(ref _bytes) > BytesMax)
        {
            return null;
        }

        using var walk = new StepWalk(_program, _surroundings);
        walk.Step(from.Heads, from.Before, runeClass);
        int[] heads = walk.Heads.ToArray();
        lock (_lock)
        {
            var found = Make(heads, _surroundings[runeClass], walk);
            Volatile.Write(ref from.Next[runeClass], found);
            return found;
        }
    }

    private State Make(int[] heads, Neighbour before, StepWalk walk)
    {
        Array.Sort(heads);
        if (_states.TryGetValue(new State(heads, before, [], false), out var known))
        {
            return known;
        }

        var state = new State(heads, before, new State?[_program.Classes.Count], walk.IsMatchAtEnd(heads, before));
        _states.Add(state, state);
        _bytes += StateBytes + (sizeof(int) * heads.Length) + ((long)IntPtr.Size * state.Next.Length);
        return state;
    }

    /// <summary>The steps the program may be at, and what it has just read. Equal by these.</summary>
    private sealed class State(int[] heads, Neighbour before, State?[] next, bool isMatch) : IEquatable<State>
    {
        public int[] Heads => heads;

        public Neighbour Before => before;

        public State?[] Next => next;

        public bool IsMatch => isMatch;

        public bool Equals(State? other) => other is not null && before == other.Before && heads.AsSpan().SequenceEqual(other.Heads);

        public override bool Equals(object? obj) => Equals(obj as State);

        public override int GetHashCode()
        {
            var hash = default(HashCode);
            hash.Add(before);
            hash.AddBytes(MemoryMarshal.AsBytes(heads.AsSpan()));
            return hash.ToHashCode();
        }
    }
}
