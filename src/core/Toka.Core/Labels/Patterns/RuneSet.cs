namespace Toka.Core.Labels.Patterns;

/// <summary>Code points from a first to a last.</summary>
internal readonly record struct RuneRange(int Low, int High);

/// <summary>A set of code points: ranges in order that neither overlap nor touch. Immutable.</summary>
internal sealed class RuneSet
{
    /// <summary>The last code point.</summary>
    public const int RuneMax = 0x10FFFF;

    /// <summary>Every code point.</summary>
    public static readonly RuneSet All = new([new RuneRange(0, RuneMax)]);

    /// <summary>Every code point but the end of a line.</summary>
    public static readonly RuneSet NoNewline = new([new RuneRange(0, '\n' - 1), new RuneRange('\n' + 1, RuneMax)]);

    private readonly RuneRange[] _ranges;

    private RuneSet(RuneRange[] ranges) => _ranges = ranges;

    /// <summary>The ranges in order.</summary>
    public ReadOnlySpan<RuneRange> Ranges => _ranges;

    /// <summary>How many code points there are.</summary>
    public int Count
    {
        get
        {
            var count = 0;
            foreach (var range in _ranges)
            {
                count += range.High - range.Low + 1;
            }

            return count;
        }
    }

    /// <summary>Whether every code point is in it.</summary>
    public bool IsAll => _ranges is [{ Low: 0, High: RuneMax }];

    /// <summary>A set of one code point.</summary>
    public static RuneSet Of(int rune) => new([new RuneRange(rune, rune)]);

    /// <summary>A set of ranges in any order.</summary>
    public static RuneSet Of(IEnumerable<RuneRange> ranges)
    {
        var sorted = ranges.ToArray();
        Array.Sort(sorted, static (a, b) => a.Low.CompareTo(b.Low));
        var count = 0;
        foreach (var range in sorted)
        {
            if (count > 0 && range.Low <= sorted[count - 1].High + 1)
            {
                sorted[count - 1] = sorted[count - 1] with { High = Math.Max(sorted[count - 1].High, range.High) };
            }
            else
            {
                sorted[count++] = range;
            }
        }

        return new RuneSet(sorted[..count]);
    }

    /// <summary>The code points that are not in it.</summary>
    public RuneSet Negated()
    {
        var ranges = new List<RuneRange>(_ranges.Length + 1);
        var next = 0;
        foreach (var range in _ranges)
        {
            if (range.Low > next)
            {
                ranges.Add(new RuneRange(next, range.Low - 1));
            }

            next = range.High + 1;
        }

        if (next <= RuneMax)
        {
            ranges.Add(new RuneRange(next, RuneMax));
        }

        return new RuneSet([.. ranges]);
    }

    /// <summary>Whether a code point is in it.</summary>
    public bool Contains(int rune)
    {
        var (low, high) = (0, _ranges.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (rune < _ranges[middle].Low)
            {
                high = middle - 1;
            }
            else if (rune > _ranges[middle].High)
            {
                low = middle + 1;
            }
            else
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether two sets have the same code points.</summary>
    public bool IsSame(RuneSet other) => _ranges.AsSpan().SequenceEqual(other._ranges);
}
