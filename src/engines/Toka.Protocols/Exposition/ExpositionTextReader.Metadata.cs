namespace Toka.Protocols.Exposition;

/// <content>Lines that begin with <c>#</c>.</content>
public ref partial struct ExpositionTextReader
{
    /// <summary>A line of OpenMetrics: one of four words, and single spaces.</summary>
    private ExpositionEntry ReadComment()
    {
        if (_text.SequenceEqual("# EOF"u8))
        {
            return ReadEof();
        }

        var kind = KindOf(_text.Length > 2 && _text[1] == ' ' ? _text[2..] : default);
        const int NameAt = 7;
        if (kind == ExpositionEntry.None || (_text.Length >= NameAt && _text[NameAt - 1] != ' '))
        {
            return Fail(FaultCode.BadComment, 0);
        }

        if (_text.Length <= NameAt)
        {
            return Fail(FaultCode.BadMetadata, _text.Length);
        }

        var at = NameAt;
        if (!TryReadFamily(ref at))
        {
            return ExpositionEntry.Fault;
        }

        if (at == _text.Length)
        {
            return Fail(FaultCode.BadMetadata, at);
        }

        return _text[at] == ' ' ? Describe(kind, at + 1) : Fail(FaultCode.BadMetricName, NameAt);
    }

    /// <summary>A line of text 0.0.4: whatever begins with no known word is a comment.</summary>
    private ExpositionEntry ReadComment(int at)
    {
        var afterHash = at;
        at = Blanks(at);
        var kind = at > afterHash ? KindOf(_text[at..]) : ExpositionEntry.None;
        var wordEnd = at + 4;
        if (kind is ExpositionEntry.None or ExpositionEntry.Unit || (wordEnd < _text.Length && _text[wordEnd] is not ((byte)' ' or (byte)'\t')))
        {
            return ExpositionEntry.None;
        }

        at = Blanks(wordEnd);
        if (at == _text.Length)
        {
            return Fail(FaultCode.BadMetadata, at);
        }

        var nameAt = at;
        if (!TryReadFamily(ref at))
        {
            return ExpositionEntry.Fault;
        }

        if (at < _text.Length && _text[at] is not ((byte)' ' or (byte)'\t'))
        {
            return Fail(FaultCode.BadMetricName, nameAt);
        }

        return Describe(kind, Blanks(at));
    }

    private static ExpositionEntry KindOf(ReadOnlySpan<byte> word) =>
        word.StartsWith("TYPE"u8) ? ExpositionEntry.Type
        : word.StartsWith("HELP"u8) ? ExpositionEntry.Help
        : word.StartsWith("UNIT"u8) ? ExpositionEntry.Unit
        : ExpositionEntry.None;

    private ExpositionEntry Describe(ExpositionEntry kind, int at)
    {
        Text = _text[at..];
        if (kind != ExpositionEntry.Type)
        {
            return kind;
        }

        var word = _isOpenMetrics ? Text : Text.TrimEnd(" \t"u8);
        if (!TryReadType(word, out var type))
        {
            return word.IsEmpty ? Fail(FaultCode.BadMetadata, at)
                : word[^1] == ' ' ? Fail(FaultCode.BadSpace, _text.Length - 1)
                : Fail(FaultCode.UnknownType, at);
        }

        Type = type;
        _typedFamily = Family;
        _isCreatedKnown = _isOpenMetrics && type is ExpositionType.Counter or ExpositionType.Histogram or ExpositionType.Summary;
        return kind;
    }

    private readonly bool TryReadType(ReadOnlySpan<byte> word, out ExpositionType type)
    {
        ExpositionType? found = word switch
        {
            _ when word.SequenceEqual("counter"u8) => ExpositionType.Counter,
            _ when word.SequenceEqual("gauge"u8) => ExpositionType.Gauge,
            _ when word.SequenceEqual("histogram"u8) => ExpositionType.Histogram,
            _ when word.SequenceEqual("summary"u8) => ExpositionType.Summary,
            _ when word.SequenceEqual(_isOpenMetrics ? "unknown"u8 : "untyped"u8) => ExpositionType.Unknown,
            _ when _isOpenMetrics && word.SequenceEqual("gaugehistogram"u8) => ExpositionType.GaugeHistogram,
            _ when _isOpenMetrics && word.SequenceEqual("info"u8) => ExpositionType.Info,
            _ when _isOpenMetrics && word.SequenceEqual("stateset"u8) => ExpositionType.StateSet,
            _ => null,
        };
        type = found ?? ExpositionType.Unknown;
        return found is not null;
    }

    /// <summary>Reads the name of a family, in quotes or without, and goes behind it.</summary>
    private bool TryReadFamily(ref int at)
    {
        if (_text[at] != '"')
        {
            var length = ExpositionNames.MetricLength(_text[at..]);
            Family = _text.Slice(at, length);
            if (length == 0 || length > _limits.NameBytesMax)
            {
                Fail(length == 0 ? FaultCode.BadMetricName : FaultCode.NameTooLong, at);
                return false;
            }

            at += length;
            return true;
        }

        var start = at;
        if (!TryReadQuoted(ref at, out var isEscaped))
        {
            return false;
        }

        var name = _text[(start + 1)..(at - 1)];
        if (name.IsEmpty || name.Length > _limits.NameBytesMax)
        {
            Fail(name.IsEmpty ? FaultCode.BadMetricName : FaultCode.NameTooLong, start);
            return false;
        }

        // A copy of its own, as the name outlives the line where it names a type.
        Family = isEscaped ? Unescape(name).ToArray() : name;
        return true;
    }

    private ExpositionEntry ReadEof()
    {
        if (_at == _body.Length)
        {
            _isEnded = true;
            return ExpositionEntry.End;
        }

        var length = _body[_at..].IndexOf((byte)'\n');
        _text = length < 0 ? _body[_at..] : _body.Slice(_at, length);
        Line++;
        _isEnded = true;
        return Fail(FaultCode.TextAfterEof, 0);
    }
}
