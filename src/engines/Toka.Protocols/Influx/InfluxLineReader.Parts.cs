using System.Buffers;
using System.Buffers.Text;
using System.Text.Unicode;
using Toka.Protocols.Exposition;

namespace Toka.Protocols.Influx;

/// <content>The parts of a line.</content>
public ref partial struct InfluxLineReader
{
    private static readonly SearchValues<byte> s_decimal = SearchValues.Create("0123456789+-.eE"u8);

    private bool TryReadPoint()
    {
        TagCount = FieldCount = 0;
        Timestamp = null;
        return TryReadName(isTag: false, InfluxFaultCode.NoMeasurement, out _measurement)
            && TryReadTags()
            && TryReadFields()
            && TryReadTimestamp()
            && (IsShort() || Fail(InfluxFaultCode.LineTooLong, _lineStart))
            && (_isUtf8 || Utf8.IsValid(_body[_lineStart.._at]) || Fail(InfluxFaultCode.NotUtf8, _lineStart));
    }

    private readonly bool IsShort() => _at - _lineStart <= _limits.LineBytesMax;

    /// <summary>Reads a measurement or a key, up to a blank or a character that ends it.</summary>
    /// <param name="isTag">Whether an equals sign ends it too, and can be escaped.</param>
    /// <param name="empty">What it is where there is nothing.</param>
    /// <param name="name">The name.</param>
    private bool TryReadName(bool isTag, InfluxFaultCode empty, out Place name)
    {
        name = Scan(isTag);
        return name.Length == 0 ? Fail(empty, name.Start)
            : name.Length <= _limits.NameBytesMax || Fail(InfluxFaultCode.NameTooLong, name.Start);
    }

    /// <summary>Goes to the first of a comma, an equals sign of a tag, a blank and the end of the line that no backslash stands before.</summary>
    private Place Scan(bool isTag)
    {
        var start = _at;
        var isEscaped = false;
        while (_at < _body.Length)
        {
            var b = _body[_at];
            if (b == '\\' && _at + 1 < _body.Length && IsEscapable(_body[_at + 1], isTag))
            {
                isEscaped = true;
                _at += 2;
                continue;
            }

            if (b is (byte)' ' or (byte)'\n' or (byte)',' || (isTag && b == (byte)'='))
            {
                break;
            }

            _at++;
        }

        return new Place(start, _at - start, isEscaped);
    }

    private bool TryReadTags()
    {
        while (IsAt(','))
        {
            _at++;
            var start = _at;
            if (TagCount == _limits.TagsMax)
            {
                return Fail(InfluxFaultCode.TooManyTags, start);
            }

            if (!TryReadName(isTag: true, InfluxFaultCode.BadTag, out var key))
            {
                return false;
            }

            if (!IsAt('='))
            {
                return Fail(InfluxFaultCode.BadTag, start);
            }

            _at++;
            var value = Scan(isTag: true);
            if (value.Length == 0 || IsAt('='))
            {
                return Fail(InfluxFaultCode.BadTag, start);
            }

            if (value.Length > _limits.TagValueBytesMax)
            {
                return Fail(InfluxFaultCode.ValueTooLong, value.Start);
            }

            if (TagCount == _tags.Length)
            {
                Array.Resize(ref _tags, _tags.Length * 2);
            }

            _tags[TagCount++] = new Pair { Key = key, Value = value };
        }

        return true;
    }

    private bool TryReadFields()
    {
        SkipBlanks();
        if (IsAtEndOfLine())
        {
            return Fail(InfluxFaultCode.NoFields, _at);
        }

        while (true)
        {
            var start = _at;
            if (FieldCount == _limits.FieldsMax)
            {
                return Fail(InfluxFaultCode.TooManyFields, start);
            }

            if (!TryReadName(isTag: true, InfluxFaultCode.BadField, out var key))
            {
                return false;
            }

            if (!IsAt('='))
            {
                return Fail(InfluxFaultCode.BadField, start);
            }

            _at++;
            if (FieldCount == _fields.Length)
            {
                Array.Resize(ref _fields, _fields.Length * 2);
            }

            ref var field = ref _fields[FieldCount];
            field = new Pair { Key = key };
            if (!TryReadValue(ref field))
            {
                return false;
            }

            FieldCount++;
            if (!IsAt(','))
            {
                return true;
            }

            _at++;
        }
    }

    private bool TryReadValue(ref Pair field)
    {
        if (IsAt('"'))
        {
            return TryReadText(ref field);
        }

        var start = _at;
        var rest = _body[_at..];
        var length = rest.IndexOfAny(", \n\r"u8);
        var text = length < 0 ? rest : rest[..length];
        _at += text.Length;
        field.Value = new Place(start, text.Length, false);
        if (text.IsEmpty)
        {
            return Fail(InfluxFaultCode.BadValue, start);
        }

        if (text[0] is (byte)'t' or (byte)'T' or (byte)'f' or (byte)'F')
        {
            var isTrue = text is [(byte)'t' or (byte)'T'] || text.SequenceEqual("true"u8) || text.SequenceEqual("True"u8) || text.SequenceEqual("TRUE"u8);
            var isFalse = text is [(byte)'f' or (byte)'F'] || text.SequenceEqual("false"u8) || text.SequenceEqual("False"u8) || text.SequenceEqual("FALSE"u8);
            (field.Kind, field.Number) = (InfluxFieldKind.Boolean, isTrue ? 1 : 0);
            return isTrue || isFalse || Fail(InfluxFaultCode.BadValue, start);
        }

        return text[^1] is (byte)'i' or (byte)'u' ? TryReadWhole(text, start, ref field) : TryReadFloat(text, start, ref field);
    }

    private bool TryReadWhole(ReadOnlySpan<byte> text, int start, ref Pair field)
    {
        var digits = text[..^1];
        var isUnsigned = text[^1] == (byte)'u';
        var unsigned = digits is [(byte)'-' or (byte)'+', ..] && !isUnsigned ? digits[1..] : digits;
        if (unsigned.IsEmpty || unsigned.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return Fail(InfluxFaultCode.BadValue, start);
        }

        field.Kind = isUnsigned ? InfluxFieldKind.Unsigned : InfluxFieldKind.Integer;
        if (isUnsigned && Utf8Parser.TryParse(digits, out ulong natural, out _))
        {
            field.Number = natural;
            return true;
        }

        if (!isUnsigned && Utf8Parser.TryParse(digits, out long whole, out _))
        {
            field.Number = whole;
            return true;
        }

        return Fail(InfluxFaultCode.ValueOutOfRange, start);
    }

    private bool TryReadFloat(ReadOnlySpan<byte> text, int start, ref Pair field)
    {
        // NaN and infinities have letters that no number has: the protocol has neither.
        if (text.ContainsAnyExcept(s_decimal) || !ExpositionNumber.TryParse(text, out var value))
        {
            return Fail(InfluxFaultCode.BadValue, start);
        }

        (field.Kind, field.Number) = (InfluxFieldKind.Float, value);
        return double.IsFinite(value) || Fail(InfluxFaultCode.ValueOutOfRange, start);
    }

    private bool TryReadText(ref Pair field)
    {
        var quote = _at;
        _at++;
        while (true)
        {
            var length = _body[_at..].IndexOfAny((byte)'"', (byte)'\\');
            if (length < 0 || _at + length - quote > _limits.LineBytesMax)
            {
                _at = quote;
                return Fail(InfluxFaultCode.OpenQuote, quote);
            }

            _at += length;
            if (_body[_at] == '"')
            {
                break;
            }

            // A backslash before anything is passed with it: only before a quote or a backslash would it matter.
            _at = Math.Min(_at + 2, _body.Length);
        }

        field.Value = new Place(quote + 1, _at - quote - 1, true);
        (field.Kind, field.Number) = (InfluxFieldKind.Text, double.NaN);
        _at++;
        return true;
    }

    private bool TryReadTimestamp()
    {
        _timestampAt = _at;
        if (IsAtEndOfLine())
        {
            return true;
        }

        if (!IsAt(' '))
        {
            return Fail(InfluxFaultCode.BadValue, _at);
        }

        SkipBlanks();
        _timestampAt = _at;
        if (IsAtEndOfLine())
        {
            return true;
        }

        var rest = _body[_at..];
        var length = rest.IndexOfAny(" \n\r"u8);
        var text = length < 0 ? rest : rest[..length];
        if (!Utf8Parser.TryParse(text, out long time, out var read) || read != text.Length)
        {
            return Fail(InfluxFaultCode.BadTimestamp, _timestampAt);
        }

        _at += text.Length;
        SkipBlanks();
        Timestamp = time;
        return IsAtEndOfLine() || Fail(InfluxFaultCode.BadTimestamp, _timestampAt);
    }

    private readonly bool IsAt(char c) => _at < _body.Length && _body[_at] == c;

    /// <summary>Whether the line ends here, with a carriage return before its end or without.</summary>
    private readonly bool IsAtEndOfLine() =>
        _at == _body.Length || _body[_at] == '\n' || (_body[_at] == '\r' && (_at + 1 == _body.Length || _body[_at + 1] == '\n'));

    private void SkipBlanks()
    {
        while (_at < _body.Length && _body[_at] is (byte)' ' or (byte)'\t')
        {
            _at++;
        }
    }

    private bool Fail(InfluxFaultCode code, int at)
    {
        (_fault, _faultAt) = (code, at);
        return false;
    }
}
