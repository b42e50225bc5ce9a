namespace Toka.Core.Labels.Patterns;

/// <summary>Reads what stands for one code point: <c>[…]</c>, <c>\d</c>, <c>\p{…}</c>, <c>\x41</c>.</summary>
internal sealed class PatternClassParser(PatternText text)
{
    /// <summary>
    /// What classes with names became in this pattern. To fold \pL takes some hundred KB, and a pattern of 16 KB may name it
    /// thousands of times.
    /// </summary>
    private readonly Dictionary<(RuneSet Set, bool IsFolded, bool IsNegative), RuneSet> _named = [];

    /// <summary>Reads brackets.</summary>
    public RuneSet ReadBrackets(PatternFlags flags)
    {
        var start = text.At++;
        var isNegative = text.TryRead('^');
        var ranges = new List<RuneRange>();
        var named = new HashSet<RuneSet>(ReferenceEqualityComparer.Instance);
        var isFirst = true;
        while (text.Next != ']' || isFirst)
        {
            isFirst = false;
            if ((TryReadPosix(flags) ?? TryReadNamed(flags)) is { } set)
            {
                // \pL has some six hundred ranges, which are no more for being named again.
                if (named.Add(set))
                {
                    AddAll(ranges, set);
                }
            }
            else
            {
                ReadRange(start, ranges, flags);
            }
        }

        text.At++;
        var all = RuneSet.Of(ranges);
        return isNegative ? all.Negated() : all;
    }

    /// <summary>Reads \d, \pL and their like where such a one is next.</summary>
    public RuneSet? TryReadNamed(PatternFlags flags)
    {
        if (text.Next != '\\')
        {
            return null;
        }

        var letter = text.Peek(1);
        if (letter is 'p' or 'P')
        {
            return ReadUnicode(flags, letter == 'P');
        }

        if (letter is < 0 or > 'w' || UnicodeClasses.Perl(char.ToLowerInvariant((char)letter)) is not { } set)
        {
            return null;
        }

        text.At += 2;
        return NamedOnce(set, flags, char.IsAsciiLetterUpper((char)letter));
    }

    /// <summary>Reads an escape that stands for one code point.</summary>
    public int ReadEscaped()
    {
        var start = text.At++;
        var c = text.Read();
        var rune = c switch
        {
            < 0 => throw text.Fail("trailing backslash at end of expression", start, "a backslash itself is written \\\\"),
            'x' => ReadHex(),
            'a' => '\a',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\v',
            '0' => ReadOctal(0),
            >= '1' and <= '7' when text.Next is >= '0' and <= '7' => ReadOctal(c - '0'),
            < 0x80 when !char.IsAsciiLetterOrDigit((char)c) => c,
            _ => -1,
        };
        return rune >= 0 ? rune : throw text.Fail("invalid escape sequence", start, c is >= '1' and <= '9' ? "there are no references back to groups" : "");
    }

    private int ReadOctal(int value)
    {
        for (var i = 1; i < 3 && text.Next is >= '0' and <= '7'; i++)
        {
            value = (value * 8) + text.Read() - '0';
        }

        return value;
    }

    private int ReadHex()
    {
        if (!text.TryRead('{'))
        {
            var (high, low) = (HexOf(text.Read()), HexOf(text.Read()));
            return high < 0 || low < 0 ? -1 : (high * 16) + low;
        }

        var (value, digits) = (0, 0);
        for (var c = text.Read(); c != '}'; c = text.Read())
        {
            var digit = HexOf(c);
            value = (value * 16) + digit;
            digits++;
            if (digit < 0 || value > RuneSet.RuneMax)
            {
                return -1;
            }
        }

        return digits == 0 ? -1 : value;
    }

    private static int HexOf(int c) => c is >= 0 and < 0x80 && char.IsAsciiHexDigit((char)c) ? Convert.ToInt32(((char)c).ToString(), 16) : -1;

    private void ReadRange(int brackets, List<RuneRange> ranges, PatternFlags flags)
    {
        var start = text.At;
        var low = ReadOne(brackets);
        var high = low;
        if (text.Next == '-' && text.Peek(1) is not (']' or -1))
        {
            text.At++;
            high = ReadOne(brackets);
            if (high < low)
            {
                throw text.Fail("invalid character class range", start, "the first comes after the last");
            }
        }

        AddAll(ranges, Named(RuneSet.Of([new RuneRange(low, high)]), flags, isNegative: false));
    }

    private int ReadOne(int brackets) => text.Next switch
    {
        < 0 => throw text.Fail("missing closing ]", brackets, int.MaxValue),
        '\\' => ReadEscaped(),
        _ => text.Read(),
    };

    private RuneSet? TryReadPosix(PatternFlags flags)
    {
        if (text.Next != '[' || text.Peek(1) != ':')
        {
            return null;
        }

        var start = text.At;
        var end = text.Find(":]", start + 2);
        if (end < 0)
        {
            return null;
        }

        var isNegative = text.Peek(2) == '^';
        var name = text.Slice(start + (isNegative ? 3 : 2), end);
        text.At = end + 2;
        return UnicodeClasses.Posix(name) is { } set
            ? NamedOnce(set, flags, isNegative)
            : throw text.Fail("invalid character class range", start, "there is no such POSIX class");
    }

    private RuneSet ReadUnicode(PatternFlags flags, bool isNegative)
    {
        var start = text.At;
        text.At += 2;
        string name;
        if (text.TryRead('{'))
        {
            var end = text.Find("}", text.At);
            if (end < 0)
            {
                throw text.Fail("invalid character class range", start, int.MaxValue, "the name has no end");
            }

            name = text.Slice(text.At, end);
            text.At = end + 1;
        }
        else
        {
            name = text.Slice(text.At, text.At + 1);
            text.Read();
        }

        if (name.StartsWith('^'))
        {
            (isNegative, name) = (!isNegative, name[1..]);
        }

        return UnicodeClasses.Unicode(name) is { } set
            ? NamedOnce(set, flags, isNegative)
            : throw text.Fail("invalid character class range", start, "Unicode's general categories (Lu) and scripts (Greek) have names here, written exactly; blocks (IsGreek) have not");
    }

    private RuneSet NamedOnce(RuneSet set, PatternFlags flags, bool isNegative)
    {
        var key = (set, flags.HasFlag(PatternFlags.FoldCase), isNegative);
        if (!_named.TryGetValue(key, out var named))
        {
            named = Named(set, flags, isNegative);
            _named.Add(key, named);
        }

        return named;
    }

    private static RuneSet Named(RuneSet set, PatternFlags flags, bool isNegative)
    {
        var folded = flags.HasFlag(PatternFlags.FoldCase) ? CaseFolding.Close(set) : set;
        return isNegative ? folded.Negated() : folded;
    }

    private static void AddAll(List<RuneRange> ranges, RuneSet set)
    {
        foreach (var range in set.Ranges)
        {
            ranges.Add(range);
        }
    }
}
