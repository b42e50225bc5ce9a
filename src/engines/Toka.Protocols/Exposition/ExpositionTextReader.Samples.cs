namespace Toka.Protocols.Exposition;

/// <content>Lines of samples.</content>
public ref partial struct ExpositionTextReader
{
    private ExpositionEntry ReadSample(int at)
    {
        (TimestampMs, CreatedMs, HasExemplar) = (null, null, false);
        TimestampText = default;
        var start = at;
        _labelCount = _exemplarLabelCount = 0;
        _nameStart = at;
        _nameLength = ExpositionNames.MetricLength(_text[at..]);
        _isNameEscaped = false;
        if (_nameLength > _limits.NameBytesMax)
        {
            return Fail(FaultCode.NameTooLong, at);
        }

        at += _nameLength;
        var bracesAt = _isOpenMetrics ? at : Blanks(at);
        var hasBraces = bracesAt < _text.Length && _text[bracesAt] == '{';
        if (hasBraces)
        {
            at = bracesAt + 1;
            if (!TryReadLabels(ref at, hasName: _nameLength > 0, first: 0, ref _labelCount))
            {
                return ExpositionEntry.Fault;
            }
        }

        if (_nameLength == 0)
        {
            return Fail(hasBraces ? FaultCode.NoName : FaultCode.BadMetricName, start);
        }

        Series = _text[start..at];
        if (!TrySeparate(ref at, mayTouch: hasBraces))
        {
            return ExpositionEntry.Fault;
        }

        return TryReadValue(ref at, out var value) && TryReadRest(at, Value = value) ? EntryOfSample() : ExpositionEntry.Fault;
    }

    private ExpositionEntry EntryOfSample()
    {
        if (!_isCreatedKnown)
        {
            return ExpositionEntry.Sample;
        }

        var name = MetricName;
        var isCreated = name.Length == _typedFamily.Length + "_created".Length && name.EndsWith("_created"u8) && name.StartsWith(_typedFamily);
        if (!isCreated)
        {
            return ExpositionEntry.Sample;
        }

        CreatedMs = double.IsFinite(Value) ? Milliseconds(Value) : null;
        return ExpositionEntry.Created;
    }

    /// <summary>What may stand after the value: a time, a start, an exemplar.</summary>
    private bool TryReadRest(int at, double value)
    {
        if (!_isOpenMetrics)
        {
            return TryReadTextTime(at);
        }

        if (at < _text.Length && !IsNext(at, " #"u8) && !IsNext(at, " st@"u8))
        {
            at++;
            var timeAt = at;
            if (_text[at - 1] != ' ' || at == _text.Length || _text[at] == ' ')
            {
                return FailWith(FaultCode.BadSpace, at - 1);
            }

            if (!TryReadSeconds(ref at, FaultCode.BadSeconds, out var ms))
            {
                return false;
            }

            TimestampMs = ms;
            TimestampText = _text[timeAt..at];
        }

        if (IsNext(at, " st@"u8))
        {
            at += 4;
            if (!TryReadSeconds(ref at, FaultCode.BadStart, out var ms))
            {
                return false;
            }

            CreatedMs = ms;
        }

        return at == _text.Length || (IsNext(at, " #"u8) ? TryReadExemplar(at) : FailOnMore(at));
    }

    private bool TryReadTextTime(int at)
    {
        at = Blanks(at);
        if (at == _text.Length)
        {
            return true;
        }

        if (_text[at] == '#')
        {
            return FailWith(FaultCode.NoExemplar, at);
        }

        if (!ExpositionNumber.TryReadWhole(_text[at..], out var ms, out var length))
        {
            return FailWith(FaultCode.BadMilliseconds, at);
        }

        TimestampMs = ms;
        TimestampText = _text.Slice(at, length);
        at = Blanks(at + length);
        return at == _text.Length || FailWith(_text[at] == '#' ? FaultCode.NoExemplar : FaultCode.TextAfterSample, at);
    }

    private bool TryReadExemplar(int at)
    {
        if (!IsNext(at, " # {"u8))
        {
            return FailWith(FaultCode.BadExemplar, at + 1);
        }

        at += 4;
        if (!TryReadLabels(ref at, hasName: true, first: _labelCount, ref _exemplarLabelCount) || !TrySeparate(ref at, mayTouch: false) || !TryReadValue(ref at, out var value))
        {
            return false;
        }

        long? time = null;
        if (at < _text.Length)
        {
            if (_text[at] != ' ' || ++at == _text.Length)
            {
                return FailWith(FaultCode.BadSpace, Math.Min(at, _text.Length - 1));
            }

            if (!TryReadSeconds(ref at, FaultCode.BadSeconds, out var ms))
            {
                return false;
            }

            time = ms;
        }

        (HasExemplar, ExemplarValue, ExemplarTimestampMs) = (true, value, time);
        return at == _text.Length || FailOnMore(at);
    }

    private bool TryReadValue(ref int at, out double value)
    {
        if (at == _text.Length)
        {
            value = 0;
            return FailWith(FaultCode.NoValue, at);
        }

        var outcome = ExpositionNumber.Read(_text[at..], out value, out var length);
        if (outcome != NumberOutcome.Good)
        {
            var code = length == 0 ? FaultCode.BadSpace : outcome == NumberOutcome.TooLarge ? FaultCode.HugeValue : FaultCode.BadValue;
            return FailWith(code, at);
        }

        at += length;
        return true;
    }

    private bool TryReadSeconds(ref int at, FaultCode otherwise, out long ms)
    {
        var isGood = ExpositionNumber.Read(_text[at..], out var seconds, out var length) == NumberOutcome.Good && double.IsFinite(seconds);
        ms = isGood ? Milliseconds(seconds) : 0;
        if (!isGood)
        {
            return FailWith(otherwise, at);
        }

        at += length;
        return true;
    }

    private static long Milliseconds(double seconds) => double.ConvertToInteger<long>(Math.Round(seconds * 1000));

    /// <summary>Goes over what stands between a series and its value.</summary>
    private bool TrySeparate(ref int at, bool mayTouch)
    {
        if (_isOpenMetrics)
        {
            return at < _text.Length && _text[at] == ' ' ? ++at >= 0 : FailWith(SeparationFault(at), at);
        }

        var next = Blanks(at);
        if (next == at && !mayTouch)
        {
            return FailWith(SeparationFault(at), at);
        }

        at = next;
        return true;
    }

    /// <summary>What stands behind a name without braces is mostly a letter that names do not have.</summary>
    private readonly FaultCode SeparationFault(int at) =>
        at == _text.Length ? FaultCode.NoValue
        : _text[at - 1] == '}' || _text[at] is (byte)' ' or (byte)'\t' ? FaultCode.BadSpace
        : FaultCode.BadMetricName;

    /// <summary>Refuses a line that goes on where it should end.</summary>
    private bool FailOnMore(int at) =>
        at + 1 == _text.Length ? FailWith(FaultCode.BadSpace, at) : FailWith(FaultCode.TextAfterSample, at + 1);

    private readonly bool IsNext(int at, ReadOnlySpan<byte> text) => _text[at..].StartsWith(text);

    private bool FailWith(FaultCode code, int at)
    {
        Fail(code, at);
        return false;
    }
}
