using System.Runtime.CompilerServices;
using System.Text;
using Toka.Core.Errors;

namespace Toka.Core.Labels.Patterns;

/// <summary>
/// Code points in classes: those of one class are in the same of an expression's sets, so an automaton needs to tell only
/// classes apart. Immutable.
/// </summary>
internal sealed class RuneClasses
{
    /// <summary>The most bits of all sets together: 8 MiB, for as long as somebody holds the expression. Programs as large are not kept in <see cref="PatternCache"/>.</summary>
    private const long BitsMax = 1L << 26;

    private readonly int[] _ascii = new int[0x80];
    private readonly int[] _starts;
    private readonly int[] _classes;
    private readonly int[] _single;
    private readonly ulong[]?[] _many;

    /// <summary>Finds the classes of sets.</summary>
    /// <param name="sets">The sets of steps, by number.</param>
    /// <param name="others">Sets that are to be told apart too.</param>
    /// <exception cref="BadInputException">There are too many.</exception>
    public RuneClasses(List<RuneSet> sets, params ReadOnlySpan<RuneSet> others)
    {
        RuneSet[] all = [.. sets, .. others];
        _starts = StartsOf(all);
        _classes = new int[_starts.Length];
        Count = Refine(all);
        for (var rune = 0; rune < _ascii.Length; rune++)
        {
            _ascii[rune] = ClassOf(rune);
        }

        _single = new int[sets.Count];
        _many = new ulong[]?[sets.Count];
        if ((long)sets.Count(static set => set.Count > 1) * Count > BitsMax)
        {
            throw new BadInputException($"error parsing regexp: expression too large: its {sets.Count} classes of characters cut Unicode into {Count} parts; use fewer different ones");
        }

        for (var set = 0; set < sets.Count; set++)
        {
            Note(set, sets[set]);
        }
    }

    /// <summary>How many classes there are.</summary>
    public int Count { get; private set; }

    /// <summary>What the sets take, roughly.</summary>
    public long Bytes => ((long)_many.Count(static bits => bits is not null) * ((Count + 63) / 64) * sizeof(ulong)) + (_starts.Length * 2L * sizeof(int));

    /// <summary>Whether a set has the code points of a class.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Has(int set, int runeClass) =>
        _many[set] is { } bits ? (bits[runeClass >> 6] >> runeClass & 1) != 0 : _single[set] == runeClass;

    /// <summary>The class of the code point at a place of UTF-8 bytes; a byte that is none counts as U+FFFD, as in Go.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Read(ReadOnlySpan<byte> value, ref int at)
    {
        var first = value[at];
        if (first < 0x80)
        {
            at++;
            return _ascii[first];
        }

        return ClassOf(ReadRune(value, ref at));
    }

    /// <summary>The code point at a place.</summary>
    public static int ReadRune(ReadOnlySpan<byte> value, ref int at)
    {
        var isRune = Rune.DecodeFromUtf8(value[at..], out var rune, out var length) == System.Buffers.OperationStatus.Done;
        at += isRune ? length : 1;
        return isRune ? rune.Value : Rune.ReplacementChar.Value;
    }

    /// <summary>The class of a code point.</summary>
    public int ClassOf(int rune)
    {
        var place = Array.BinarySearch(_starts, rune);
        return _classes[place < 0 ? ~place - 1 : place];
    }

    /// <summary>Where the parts begin within which no set begins or ends.</summary>
    private static int[] StartsOf(RuneSet[] sets)
    {
        var starts = new HashSet<int> { 0 };
        foreach (var set in sets)
        {
            foreach (var range in set.Ranges)
            {
                starts.Add(range.Low);
                starts.Add(range.High + 1);
            }
        }

        starts.Remove(RuneSet.RuneMax + 1);
        int[] sorted = [.. starts];
        Array.Sort(sorted);
        return sorted;
    }

    /// <summary>Gives parts the same class which are in the same sets: each set splits the classes it has a part of.</summary>
    private int Refine(RuneSet[] sets)
    {
        var next = 1;
        var split = new Dictionary<int, int>();
        foreach (var set in sets)
        {
            split.Clear();
            foreach (var range in set.Ranges)
            {
                for (var part = Array.BinarySearch(_starts, range.Low); part < _starts.Length && _starts[part] <= range.High; part++)
                {
                    if (!split.TryGetValue(_classes[part], out var known))
                    {
                        split.Add(_classes[part], known = next++);
                    }

                    _classes[part] = known;
                }
            }
        }

        // Classes that have lost all their parts are left out of the count.
        var numbers = new Dictionary<int, int>();
        for (var part = 0; part < _classes.Length; part++)
        {
            if (!numbers.TryGetValue(_classes[part], out var number))
            {
                numbers.Add(_classes[part], number = numbers.Count);
            }

            _classes[part] = number;
        }

        return numbers.Count;
    }

    private void Note(int number, RuneSet set)
    {
        if (set.Count == 1)
        {
            _single[number] = ClassOf(set.Ranges[0].Low);
            return;
        }

        var bits = new ulong[(Count + 63) / 64];
        foreach (var range in set.Ranges)
        {
            for (var part = Array.BinarySearch(_starts, range.Low); part < _starts.Length && _starts[part] <= range.High; part++)
            {
                bits[_classes[part] >> 6] |= 1UL << _classes[part];
            }
        }

        _many[number] = bits;
    }
}
