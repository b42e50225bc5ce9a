using System.Text.Unicode;

namespace Toka.Protocols.Influx;

/// <summary>What the reader of line protocol came to.</summary>
public enum InfluxEntry
{
    /// <summary>Nothing: before the first point, or after the last.</summary>
    None,

    /// <summary>A point.</summary>
    Point,

    /// <summary>A line that is not of the protocol; the reader goes on after it.</summary>
    Fault,
}

/// <summary>What a field's value is.</summary>
public enum InfluxFieldKind
{
    /// <summary>A float.</summary>
    Float,

    /// <summary>A whole number, <c>i</c>.</summary>
    Integer,

    /// <summary>A whole number that is not negative, <c>u</c>.</summary>
    Unsigned,

    /// <summary>True or false, as 1 or 0.</summary>
    Boolean,

    /// <summary>A text, which no sample can hold.</summary>
    Text,
}

/// <summary>
/// Reads the Influx line protocol point by point over a whole body. A point is read whole before it is given; a line that is
/// not of the protocol is a fault, and the reader goes on with the next line. Nothing is allocated for a point; views end with
/// the body, those of unescaped texts with the next call. Not thread-safe.
/// </summary>
/// <remarks>
/// Source: InfluxData, "Line protocol" of InfluxDB 1.x and 2. A backslash is an escape only before what its part must escape:
/// a comma or a blank in a measurement, these and an equals sign in keys and tag values, a double quote or a backslash in a
/// text; before all else it is itself. Texts may go over several lines. Blanks before a line, several blanks between its parts,
/// and carriage returns at its end are taken, as InfluxDB takes them.
/// </remarks>
public ref partial struct InfluxLineReader
{
    private readonly ReadOnlySpan<byte> _body;
    private readonly InfluxLimits _limits;
    private readonly bool _isUtf8;
    private int _lineStart;
    private int _at;
    private int _nextLine;
    private Place _measurement;
    private Pair[] _tags;
    private Pair[] _fields;
    private int _timestampAt;
    private InfluxFaultCode _fault;
    private int _faultAt;
    private byte[] _scratch;

    /// <summary>A reader before the first point.</summary>
    /// <param name="body">The whole body, UTF-8. It must not change while it is read.</param>
    /// <param name="limits">What lines may have; the defaults where it is null.</param>
    public InfluxLineReader(ReadOnlySpan<byte> body, InfluxLimits? limits = null)
    {
        _body = body;
        _limits = limits ?? InfluxLimits.Default;

        // Once for all lines is quicker than line by line; only a body that is not valid is looked at by the line.
        _isUtf8 = Utf8.IsValid(body);
        _tags = new Pair[16];
        _fields = new Pair[16];
        _scratch = [];
        _nextLine = 1;
    }

    /// <summary>What the last <see cref="Next"/> came to.</summary>
    public InfluxEntry Entry { get; private set; }

    /// <summary>The line that the point begins on, from 1.</summary>
    public int Line { get; private set; }

    /// <summary>The measurement, without its escapes. The view ends with the next text that is read.</summary>
    public ReadOnlySpan<byte> Measurement => TextOf(_measurement, isTag: false);

    /// <summary>The number of tags.</summary>
    public int TagCount { get; private set; }

    /// <summary>The number of fields; at least 1.</summary>
    public int FieldCount { get; private set; }

    /// <summary>The number at the end of the line; null where none is given.</summary>
    public long? Timestamp { get; private set; }

    /// <summary>Of <see cref="InfluxEntry.Fault"/>: what is wrong, without words.</summary>
    public readonly InfluxFaultCode FaultCode => _fault;

    /// <summary>Of <see cref="InfluxEntry.Fault"/>: where and what. Made at each call.</summary>
    public readonly InfluxFault Fault => new(Line, _faultAt - _lineStart + 1, _fault, InfluxFault.Sentence(_fault, _body[_faultAt..], _limits));

    /// <summary>Makes the current point a fault, for what only its consumer can judge.</summary>
    /// <param name="code">What is wrong.</param>
    /// <param name="tag">The tag it lies in; −1 for the time.</param>
    public void Refuse(InfluxFaultCode code, int tag)
    {
        Entry = InfluxEntry.Fault;
        (_fault, _faultAt) = (code, tag < 0 ? _timestampAt : _tags[tag].Key.Start);
    }

    /// <summary>A tag's key, without its escapes. The view ends with the next text that is read.</summary>
    /// <param name="index">From 0 to <see cref="TagCount"/> − 1.</param>
    public ReadOnlySpan<byte> TagKey(int index) => TextOf(_tags.AsSpan(0, TagCount)[index].Key, isTag: true);

    /// <summary>A tag's value, without its escapes. The view ends with the next text that is read.</summary>
    /// <param name="index">From 0 to <see cref="TagCount"/> − 1.</param>
    public ReadOnlySpan<byte> TagValue(int index) => TextOf(_tags.AsSpan(0, TagCount)[index].Value, isTag: true);

    /// <summary>A field's key, without its escapes. The view ends with the next text that is read.</summary>
    /// <param name="index">From 0 to <see cref="FieldCount"/> − 1.</param>
    public ReadOnlySpan<byte> FieldKey(int index) => TextOf(_fields.AsSpan(0, FieldCount)[index].Key, isTag: true);

    /// <summary>What a field's value is.</summary>
    /// <param name="index">From 0 to <see cref="FieldCount"/> − 1.</param>
    public readonly InfluxFieldKind FieldKind(int index) => _fields.AsSpan(0, FieldCount)[index].Kind;

    /// <summary>A field's value, the nearest float64 of it; NaN of a text.</summary>
    /// <param name="index">From 0 to <see cref="FieldCount"/> − 1.</param>
    public readonly double FieldValue(int index) => _fields.AsSpan(0, FieldCount)[index].Number;

    /// <summary>A text field's text, with its escapes as they stand, without its quotes.</summary>
    /// <param name="index">From 0 to <see cref="FieldCount"/> − 1.</param>
    public readonly ReadOnlySpan<byte> FieldText(int index)
    {
        var place = _fields.AsSpan(0, FieldCount)[index].Value;
        return _body.Slice(place.Start, place.Length);
    }

    /// <summary>Goes to the next point.</summary>
    /// <returns>Whether there is one.</returns>
    public bool Next()
    {
        while (_at < _body.Length)
        {
            _lineStart = _at;
            Line = _nextLine;
            SkipBlanks();
            if (_at == _body.Length)
            {
                break;
            }

            if (_body[_at] is (byte)'#' or (byte)'\n' or (byte)'\r')
            {
                EndLine(_at);
                continue;
            }

            _fault = InfluxFaultCode.None;
            Entry = TryReadPoint() ? InfluxEntry.Point : InfluxEntry.Fault;

            // Of a text without an end nobody knows how many lines it was to have: the next line is taken for a line.
            EndLine(_fault == InfluxFaultCode.OpenQuote ? _lineStart : _at);
            return true;
        }

        Entry = InfluxEntry.None;
        return false;
    }

    /// <summary>Goes behind the line feed at or after a place.</summary>
    private void EndLine(int from)
    {
        var length = _body[from..].IndexOf((byte)'\n');
        _at = length < 0 ? _body.Length : from + length + 1;
        _nextLine = Line + _body[_lineStart.._at].Count((byte)'\n');
    }

    /// <summary>A text without the backslashes before what must be escaped.</summary>
    private ReadOnlySpan<byte> TextOf(Place place, bool isTag)
    {
        var text = _body.Slice(place.Start, place.Length);
        if (!place.IsEscaped)
        {
            return text;
        }

        if (_scratch.Length < text.Length)
        {
            _scratch = new byte[Math.Max(256, text.Length)];
        }

        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length && IsEscapable(text[i + 1], isTag))
            {
                i++;
            }

            _scratch[length++] = text[i];
        }

        return _scratch.AsSpan(0, length);
    }

    private static bool IsEscapable(byte b, bool isTag) => b is (byte)',' or (byte)' ' || (isTag && b == (byte)'=');

    private readonly record struct Place(int Start, int Length, bool IsEscaped);

    private struct Pair
    {
        public Place Key;
        public Place Value;
        public InfluxFieldKind Kind;
        public double Number;
    }
}
