using System.Globalization;
using Toka.Query.PromQL.Ast;

namespace Toka.Query.PromQL.Scripts.Reading;

/// <summary>A place in one line of a script; blanks around the line do not count.</summary>
internal sealed class LineReader
{
    /// <summary>The most characters of the script that a message quotes.</summary>
    private const int ExcerptMax = 60;

    private readonly string _file;
    private readonly int _indent;
    private readonly string _text;

    public LineReader(string file, int number, string line)
    {
        _file = file;
        Number = number;
        _text = line.Trim();
        _indent = line.Length - line.AsSpan().TrimStart().Length;
    }

    /// <summary>The line's number, from 1.</summary>
    public int Number { get; }

    /// <summary>The next character to read.</summary>
    public int Position { get; set; }

    public bool IsAtEnd => Position >= _text.Length;

    /// <summary>The character to read next; a line feed behind the last one.</summary>
    public char Current => IsAtEnd ? '\n' : _text[Position];

    public bool IsAtBlank => Current is ' ' or '\t' or '\n' or '\r';

    /// <summary>What is not read yet.</summary>
    public ReadOnlySpan<char> Rest => _text.AsSpan(Math.Min(Position, _text.Length));

    /// <summary>What is not read yet, for messages.</summary>
    public string Excerpt => ExcerptOf(Rest);

    public string From(int start) => _text[start..Position];

    public void SkipBlanks()
    {
        while (!IsAtEnd && IsAtBlank)
        {
            Position++;
        }
    }

    public bool TryTake(string text)
    {
        if (!Rest.StartsWith(text, StringComparison.Ordinal))
        {
            return false;
        }

        Position += text.Length;
        return true;
    }

    /// <summary>Takes a word that a blank or the line's end follows.</summary>
    public bool TryTakeWord(string word)
    {
        if (!Rest.StartsWith(word, StringComparison.Ordinal) || (Rest.Length > word.Length && Rest[word.Length] is not (' ' or '\t')))
        {
            return false;
        }

        Position += word.Length;
        SkipBlanks();
        return true;
    }

    /// <summary>Everything up to the next blank, and the blanks behind it.</summary>
    public string TakeWord(string what)
    {
        var start = Position;
        while (!IsAtBlank)
        {
            Position++;
        }

        var word = Position > start ? From(start) : throw Fault($"{what} is missing");
        SkipBlanks();
        return word;
    }

    public string TakeRest()
    {
        var rest = Rest.ToString();
        Position = _text.Length;
        return rest;
    }

    /// <summary>A word that must be here.</summary>
    public void Expect(string word, string form)
    {
        if (!TryTakeWord(word))
        {
            throw Fault($"\"{word}\" is missing; the form is {form}");
        }
    }

    /// <summary>A duration such as <c>1m30s</c>, or 0.</summary>
    public long TakeDuration(string what)
    {
        var start = Position;
        var word = TakeWord(what);
        return TryReadDuration(word, out var ms) ? ms : throw Fault(start, $"{what} \"{ExcerptOf(word)}\" is no duration; write it such as 30s, 5m or 1h30m");
    }

    /// <summary>A count behind an <c>x</c>.</summary>
    public int TakeCount()
    {
        var start = Position;
        while (char.IsAsciiDigit(Current))
        {
            Position++;
        }

        if (Position == start)
        {
            throw Fault("a whole number is missing after \"x\"");
        }

        return int.TryParse(_text.AsSpan(start, Position - start), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count < PromQlScript.PointsMax
            ? count
            : throw Fault(start, $"{ExcerptOf(From(start))} points are too many; a script may have {PromQlScript.PointsMax}");
    }

    public void ExpectEnd(string what)
    {
        if (!IsAtEnd)
        {
            throw Fault($"\"{Excerpt}\" is too much after {what}");
        }
    }

    public ScriptException Fault(string message) => Fault(Position, message);

    /// <summary>A fault at a place of this line.</summary>
    public ScriptException Fault(int position, string message) => new([new ScriptFault(_file, Number, _indent + position + 1, message)]);

    /// <summary>The beginning of a text: a file that is no script may have lines without end.</summary>
    public static string ExcerptOf(ReadOnlySpan<char> text) => text.Length <= ExcerptMax ? text.ToString() : $"{text[..ExcerptMax]}…";

    public static bool TryReadDuration(ReadOnlySpan<char> text, out long ms)
    {
        ms = 0;
        return text is "0" || NumberFormat.TryParseDuration(text, out ms);
    }
}
