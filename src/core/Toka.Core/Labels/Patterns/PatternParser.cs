using Toka.Core.Errors;

namespace Toka.Core.Labels.Patterns;

/// <summary>
/// Reads regular expressions as RE2 does: what it does not know (lookaround, references back, atomic groups) is an error
/// that says what and where.
/// </summary>
/// <remarks>Source: the syntax of Go's <c>regexp/syntax</c>, read with Perl's flags and a dot that matches everything.</remarks>
internal sealed class PatternParser
{
    private const int DepthMax = 1000;
    private const int RepeatMax = 1000;

    private readonly PatternText _text;
    private readonly PatternClassParser _classes;
    private readonly List<string?> _groups = [null];
    private readonly HashSet<string> _groupNames = new(StringComparer.Ordinal);
    private PatternFlags _flags = PatternFlags.DotAll;
    private int _depth;

    private PatternParser(string pattern)
    {
        _text = new PatternText(pattern);
        _classes = new PatternClassParser(_text);
    }

    /// <summary>Reads an expression.</summary>
    /// <exception cref="BadInputException">It is none.</exception>
    public static PatternTree Parse(string pattern)
    {
        var parser = new PatternParser(pattern);
        var root = parser.ReadChoice();
        if (!parser._text.IsAtEnd)
        {
            throw parser._text.Fail("unexpected )", parser._text.At, parser._text.At + 1);
        }

        return new PatternTree(root, parser._groups);
    }

    private PatternNode ReadChoice()
    {
        var branches = new List<PatternNode>();
        do
        {
            branches.Add(ReadSequence());
        }
        while (_text.TryRead('|'));
        return branches.Count == 1 ? branches[0] : new ChoiceNode([.. branches]);
    }

    private PatternNode ReadSequence()
    {
        var parts = new List<PatternNode>();
        var repeat = -1;
        while (_text.Next is >= 0 and not '|' and not ')')
        {
            var start = _text.At;
            if (TryReadRepeat(out var min, out var max))
            {
                var isLazy = _text.TryRead('?') != _flags.HasFlag(PatternFlags.Ungreedy);
                parts[^1] = Repeated(parts, repeat, start, min, max, isLazy);
                repeat = repeat < 0 ? start : repeat;
                continue;
            }

            repeat = -1;
            ReadAtom(parts);
        }

        return parts.Count switch
        {
            0 => EmptyNode.Instance,
            1 => parts[0],
            _ => new SequenceNode([.. parts]),
        };
    }

    private RepeatNode Repeated(List<PatternNode> parts, int before, int start, int min, int max, bool isLazy)
    {
        if (before >= 0)
        {
            throw _text.Fail("invalid nested repetition operator", before, "put what is repeated twice into a group; there are no possessive quantifiers");
        }

        if (parts.Count == 0)
        {
            throw _text.Fail("missing argument to repetition operator", start);
        }

        var node = new RepeatNode(parts[^1], min, max, isLazy);
        return Math.Max(min, max) < 2 || IsWithin(node, RepeatMax)
            ? node
            : throw _text.Fail("invalid repeat count", start, $"repetitions within repetitions may be {RepeatMax} in all");
    }

    /// <summary>Whether the counts of repetitions within one another multiply to no more than so many.</summary>
    private static bool IsWithin(PatternNode node, int max)
    {
        if (node is RepeatNode repeat && !(repeat.Max == -1 && repeat.Min < 2) && !(repeat.Max == 1 && repeat.Min == 0))
        {
            var count = repeat.Max < 0 ? repeat.Min : repeat.Max;
            if (repeat.Max == 0)
            {
                return true;
            }

            if (count > max)
            {
                return false;
            }

            max /= Math.Max(1, count);
        }

        return node switch
        {
            RepeatNode inner => IsWithin(inner.Body, max),
            GroupNode group => IsWithin(group.Body, max),
            SequenceNode sequence => Array.TrueForAll(sequence.Parts, part => IsWithin(part, max)),
            ChoiceNode choice => Array.TrueForAll(choice.Branches, branch => IsWithin(branch, max)),
            _ => true,
        };
    }

    private bool TryReadRepeat(out int min, out int max)
    {
        (min, max) = _text.Next switch
        {
            '*' => (0, -1),
            '+' => (1, -1),
            '?' => (0, 1),
            _ => (-1, 0),
        };
        if (min >= 0)
        {
            _text.At++;
            return true;
        }

        return _text.Next == '{' && TryReadCounts(out min, out max);
    }

    /// <summary>Reads {n}, {n,} or {n,m}; a brace that begins nothing of this is a literal.</summary>
    private bool TryReadCounts(out int min, out int max)
    {
        var start = _text.At++;
        max = -1;
        if (TryReadNumber(out min))
        {
            var isRange = _text.TryRead(',');
            if (!isRange)
            {
                max = min;
            }
            else if (_text.Next != '}' && !TryReadNumber(out max))
            {
                max = -2;
            }

            if (max != -2 && _text.TryRead('}'))
            {
                return min <= RepeatMax && max <= RepeatMax && (max < 0 || min <= max)
                    ? true
                    : throw _text.Fail("invalid repeat count", start, $"counts ascend and are {RepeatMax} at most");
            }
        }

        _text.At = start;
        return false;
    }

    private bool TryReadNumber(out int number)
    {
        var start = _text.At;
        var value = 0L;
        while (_text.Next is >= '0' and <= '9')
        {
            value = Math.Min((value * 10) + _text.Read() - '0', RepeatMax + 1);
        }

        number = (int)value;
        var length = _text.At - start;
        return length == 1 || (length > 1 && _text.Peek(-length) != '0');
    }

    private void ReadAtom(List<PatternNode> parts)
    {
        switch (_text.Next)
        {
            case '(':
                ReadGroup(parts);
                break;
            case '[':
                parts.Add(new RunesNode(_classes.ReadBrackets(_flags)));
                break;
            case '\\':
                ReadEscape(parts);
                break;
            case '.':
                _text.At++;
                parts.Add(new RunesNode(_flags.HasFlag(PatternFlags.DotAll) ? RuneSet.All : RuneSet.NoNewline));
                break;
            case '^':
                _text.At++;
                parts.Add(new AnchorNode(_flags.HasFlag(PatternFlags.Lines) ? Anchor.BeginLine : Anchor.BeginText));
                break;
            case '$':
                _text.At++;
                parts.Add(new AnchorNode(_flags.HasFlag(PatternFlags.Lines) ? Anchor.EndLine : Anchor.EndText));
                break;
            default:
                parts.Add(Literal(_text.Read()));
                break;
        }
    }

    private RunesNode Literal(int rune)
    {
        var set = RuneSet.Of(rune);
        return new RunesNode(_flags.HasFlag(PatternFlags.FoldCase) ? CaseFolding.Close(set) : set);
    }

    private void ReadEscape(List<PatternNode> parts)
    {
        Anchor? anchor = _text.Peek(1) switch
        {
            'A' => Anchor.BeginText,
            'z' => Anchor.EndText,
            'b' => Anchor.WordBorder,
            'B' => Anchor.NoWordBorder,
            _ => null,
        };
        if (anchor is { } known)
        {
            _text.At += 2;
            parts.Add(new AnchorNode(known));
        }
        else if (_text.Peek(1) == 'Q')
        {
            _text.At += 2;
            var end = _text.Find("\\E", _text.At);
            while (!_text.IsAtEnd && _text.At != end)
            {
                parts.Add(Literal(_text.Read()));
            }

            _text.At += end < 0 ? 0 : 2;
        }
        else
        {
            parts.Add(_classes.TryReadNamed(_flags) is { } set ? new RunesNode(set) : Literal(_classes.ReadEscaped()));
        }
    }

    /// <summary>Reads a group, or flags for the rest of the group around.</summary>
    private void ReadGroup(List<PatternNode> parts)
    {
        var (start, flags, number) = (_text.At++, _flags, 0);
        if (_text.Next != '?')
        {
            number = AddGroup(null);
        }
        else if (TryReadGroupName(start, out var name))
        {
            number = AddGroup(name);
        }
        else if (!ReadFlags(start))
        {
            return;
        }

        if (++_depth > DepthMax)
        {
            throw _text.Fail("expression nests too deeply", start, $"{DepthMax} groups within one another are allowed");
        }

        var body = ReadChoice();
        if (!_text.TryRead(')'))
        {
            throw _text.Fail("missing closing )", 0, int.MaxValue, $"the group at character {start + 1} is not closed");
        }

        _depth--;
        _flags = flags;
        parts.Add(number > 0 ? new GroupNode(body, number) : body);
    }

    private int AddGroup(string? name)
    {
        _groups.Add(name);
        return _groups.Count - 1;
    }

    /// <summary>Reads ?P&lt;name&gt; or ?&lt;name&gt;.</summary>
    private bool TryReadGroupName(int start, out string name)
    {
        name = "";
        var length = _text.Peek(1) == 'P' && _text.Peek(2) == '<' ? 3 : _text.Peek(1) == '<' ? 2 : 0;
        if (length == 0)
        {
            return false;
        }

        if (length == 2 && _text.Peek(2) is '=' or '!')
        {
            throw _text.Fail("invalid named capture", start, _text.At + 3, "there is no lookbehind");
        }

        _text.At += length;
        var end = _text.Find(">", _text.At);
        if (end < 0)
        {
            throw _text.Fail("invalid named capture", start, int.MaxValue, "the name has no end");
        }

        name = _text.Slice(_text.At, end);
        _text.At = end + 1;
        if (name.Length == 0 || !name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_'))
        {
            throw _text.Fail("invalid named capture", start, "a name has letters, digits and underscores");
        }

        return _groupNames.Add(name) ? true : throw _text.Fail("duplicate capture group name", start);
    }

    /// <summary>Reads flags; whether they are those of a group.</summary>
    private bool ReadFlags(int start)
    {
        _text.At++;
        var (flags, isOff, isAny) = (_flags, false, false);
        while (!_text.IsAtEnd)
        {
            var c = _text.Read();
            var flag = c switch
            {
                'i' => PatternFlags.FoldCase,
                'm' => PatternFlags.Lines,
                's' => PatternFlags.DotAll,
                'U' => PatternFlags.Ungreedy,
                _ => PatternFlags.None,
            };
            if (flag != PatternFlags.None)
            {
                flags = isOff ? flags & ~flag : flags | flag;
                isAny = true;
            }
            else if (c == '-' && !isOff)
            {
                (isOff, isAny) = (true, false);
            }
            else if (c is ':' or ')' && (isAny || !isOff))
            {
                _flags = flags;
                return c == ':';
            }
            else
            {
                throw _text.Fail("invalid or unsupported Perl syntax", start, HintFor(c));
            }
        }

        throw _text.Fail("missing closing )", 0, int.MaxValue, $"the group at character {start + 1} is not closed");
    }

    private static string HintFor(int c) => c switch
    {
        '=' or '!' => "there is no lookahead",
        '>' => "there are no atomic groups",
        '#' => "there are no comments",
        '(' => "there are no conditions",
        'P' => "a name is written (?P<name>…)",
        _ => "the flags are i, m, s and U",
    };
}
