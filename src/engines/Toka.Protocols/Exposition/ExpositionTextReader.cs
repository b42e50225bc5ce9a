using System.Text;
using System.Text.Unicode;
using Toka.Core.Labels;

namespace Toka.Protocols.Exposition;

/// <summary>
/// Reads Prometheus's text format 0.0.4 and OpenMetrics 1.0 text, entry by entry, over a whole body. A line that is not of the
/// format is a fault, and the reader goes on with the next one, so that a bad line never costs the good ones beside it.
/// Nothing is allocated for a sample; views end with the body. Not thread-safe.
/// </summary>
/// <remarks>
/// Sources: Prometheus, "Exposition formats"; OpenMetrics 1.0, "Text format"; the names in quotes of Prometheus 3
/// (<c>{"a.b",x="y"}</c>) in both; the start times <c>st@</c> of OpenMetrics 2.0's draft in OpenMetrics. Blanks are taken as
/// each format has them: any number of spaces and tabs in 0.0.4, exactly one space in OpenMetrics.
/// </remarks>
public ref partial struct ExpositionTextReader
{
    private readonly ReadOnlySpan<byte> _body;
    private readonly ExpositionLimits _limits;
    private readonly bool _isOpenMetrics;
    private readonly bool _isUtf8;
    private ReadOnlySpan<byte> _text;
    private int _at;
    private bool _isEnded;
    private FaultCode _fault;
    private int _faultAt;
    private byte[]? _scratch;
    private int _nameStart;
    private int _nameLength;
    private bool _isNameEscaped;
    private ReadOnlySpan<byte> _typedFamily;
    private bool _isCreatedKnown;
    private LabelPlace[] _labels;
    private int _labelCount;
    private int _exemplarLabelCount;

    /// <summary>A reader before the first entry.</summary>
    /// <param name="body">The whole exposition, UTF-8. It must not change while it is read.</param>
    /// <param name="isOpenMetrics">Whether it is OpenMetrics; else it is text 0.0.4.</param>
    /// <param name="limits">What lines may have; the defaults where it is null.</param>
    public ExpositionTextReader(ReadOnlySpan<byte> body, bool isOpenMetrics, ExpositionLimits? limits = null)
    {
        _body = body;
        _isOpenMetrics = isOpenMetrics;
        _limits = limits ?? ExpositionLimits.Default;

        // Once for all lines is quicker than line by line; only a body that is not valid is looked at by the line.
        _isUtf8 = Utf8.IsValid(body);
        _labels = new LabelPlace[16];
    }

    /// <summary>What the last <see cref="Next"/> came to.</summary>
    public ExpositionEntry Entry { get; private set; }

    /// <summary>The number of its line, from 1.</summary>
    public int Line { get; private set; }

    /// <summary>Of <see cref="ExpositionEntry.Type"/>, <see cref="ExpositionEntry.Help"/> and <see cref="ExpositionEntry.Unit"/>: the family's name.</summary>
    public ReadOnlySpan<byte> Family { get; private set; }

    /// <summary>The type that the last <see cref="ExpositionEntry.Type"/> gave.</summary>
    public ExpositionType Type { get; private set; }

    /// <summary>Of <see cref="ExpositionEntry.Help"/> and <see cref="ExpositionEntry.Unit"/>: the text as it stands, with its escapes.</summary>
    public ReadOnlySpan<byte> Text { get; private set; }

    /// <summary>
    /// Of a sample: name and labels as they are written, without the blanks around them. Two that are the same bytes are the
    /// same series of the format; the key of a scraper's cache.
    /// </summary>
    public ReadOnlySpan<byte> Series { get; private set; }

    /// <summary>Of a sample: the value. Of <see cref="ExpositionEntry.Created"/>: seconds since the Unix epoch.</summary>
    public double Value { get; private set; }

    /// <summary>
    /// Of a sample: its time in ms since the Unix epoch; null where none is given. Times of OpenMetrics are rounded to the
    /// nearest ms, and those beyond 64 bits to the nearest that there is.
    /// </summary>
    public long? TimestampMs { get; private set; }

    /// <summary>
    /// When the counter of the sample began, in ms since the Unix epoch: of <see cref="ExpositionEntry.Created"/>, and of
    /// samples with <c>st@</c>; else null, also where what stands there is no time.
    /// </summary>
    public long? CreatedMs { get; private set; }

    /// <summary>Of a sample: whether an exemplar stands with it.</summary>
    public bool HasExemplar { get; private set; }

    /// <summary>Of an exemplar: the value.</summary>
    public double ExemplarValue { get; private set; }

    /// <summary>Of an exemplar: its time in ms since the Unix epoch; null where none is given.</summary>
    public long? ExemplarTimestampMs { get; private set; }

    /// <summary>Of a sample: the metric's name as it is written, without quotes and with its escapes.</summary>
    public readonly ReadOnlySpan<byte> MetricName => _text.Slice(_nameStart, _nameLength);

    /// <summary>The sample's time as it is written; empty where there is none.</summary>
    internal ReadOnlySpan<byte> TimestampText { get; private set; }

    /// <summary>Whether the name stands within the braces.</summary>
    internal readonly bool IsNameQuoted => _nameStart > 0 && _text[_nameStart - 1] == '"';

    /// <summary>Of <see cref="ExpositionEntry.Fault"/>: where and what. Made at each call.</summary>
    public readonly ExpositionFault Fault
    {
        get
        {
            var at = Math.Min(_faultAt, _text.Length);
            return new ExpositionFault(Line, CharactersOf(_text[..at]) + 1, FaultText.Sentence(_fault, _text[at..], _limits));
        }
    }

    /// <summary>What is wrong, for those who count.</summary>
    internal readonly FaultCode FaultCode => _fault;

    /// <summary>The current line.</summary>
    internal readonly ReadOnlySpan<byte> LineText => _text;

    /// <summary>Goes to the next entry.</summary>
    /// <returns>Whether there is one.</returns>
    public bool Next()
    {
        while (!_isEnded)
        {
            if (_at == _body.Length)
            {
                _isEnded = true;
                return Finish();
            }

            var rest = _body[_at..];
            var length = rest.IndexOf((byte)'\n');
            _text = length < 0 ? rest : rest[..length];
            _at += length < 0 ? rest.Length : length + 1;
            Line++;
            Entry = ReadLine();
            if (Entry != ExpositionEntry.None)
            {
                return true;
            }
        }

        Entry = ExpositionEntry.None;
        return false;
    }

    /// <summary>Of <see cref="ExpositionEntry.Help"/>: the text without its escapes. Allocates the string.</summary>
    public readonly string ReadHelp()
    {
        var text = Encoding.UTF8.GetString(Text);
        if (!text.Contains('\\', StringComparison.Ordinal))
        {
            return text;
        }

        var help = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var next = text[i] == '\\' && i + 1 < text.Length ? text[i + 1] : '\0';
            var meant = next switch { 'n' => '\n', '\\' => '\\', '"' when _isOpenMetrics => '"', _ => '\0' };
            help.Append(meant == '\0' ? text[i] : meant);
            i += meant == '\0' ? 0 : 1;
        }

        return help.ToString();
    }

    private static int CharactersOf(ReadOnlySpan<byte> utf8)
    {
        var count = 0;
        foreach (var b in utf8)
        {
            count += (b & 0xc0) == 0x80 ? 0 : 1;
        }

        return count;
    }

    /// <summary>The end of the body. OpenMetrics ends before it, with <c># EOF</c>.</summary>
    private bool Finish()
    {
        if (_isOpenMetrics)
        {
            Line++;
            _text = default;
            Entry = Fail(FaultCode.NoEof, 0);
        }
        else
        {
            Entry = ExpositionEntry.End;
        }

        return true;
    }

    private ExpositionEntry ReadLine()
    {
        if (_text.Length > _limits.LineBytesMax)
        {
            return Fail(FaultCode.LineTooLong, 0);
        }

        if (!_isUtf8 && !Utf8.IsValid(_text))
        {
            return Fail(FaultCode.NotUtf8, ValidLength(_text));
        }

        var at = _isOpenMetrics ? 0 : Blanks(0);
        if (at == _text.Length)
        {
            return _isOpenMetrics ? Fail(FaultCode.BlankLine, 0) : ExpositionEntry.None;
        }

        if (_text[^1] == '\r')
        {
            return Fail(FaultCode.CarriageReturn, _text.Length - 1);
        }

        return _text[at] != '#' ? ReadSample(at) : _isOpenMetrics ? ReadComment() : ReadComment(at + 1);
    }

    private ExpositionEntry Fail(FaultCode code, int at)
    {
        (_fault, _faultAt) = (code, at);
        return ExpositionEntry.Fault;
    }

    /// <summary>The place after the spaces and tabs that stand somewhere.</summary>
    private readonly int Blanks(int at)
    {
        while (at < _text.Length && _text[at] is (byte)' ' or (byte)'\t')
        {
            at++;
        }

        return at;
    }

    private static int ValidLength(ReadOnlySpan<byte> text)
    {
        var at = 0;
        while (at < text.Length && Rune.DecodeFromUtf8(text[at..], out _, out var length) == System.Buffers.OperationStatus.Done)
        {
            at += length;
        }

        return at;
    }
}
