using System.Text;
using Toka.Core.Errors;

namespace Toka.Core.Labels.Patterns;

/// <summary>A regular expression's text, read code point by code point.</summary>
internal sealed class PatternText
{
    /// <summary>So much of the text that is wrong is shown.</summary>
    private const int ShownMax = 100;

    private readonly int[] _runes;

    /// <summary>Reads from the beginning.</summary>
    /// <exception cref="BadInputException">The text has half a surrogate pair.</exception>
    public PatternText(string pattern)
    {
        var runes = new List<int>(pattern.Length);
        for (var at = 0; at < pattern.Length;)
        {
            if (!Rune.TryGetRuneAt(pattern, at, out var rune))
            {
                throw new BadInputException($"error parsing regexp: invalid UTF-8: half a surrogate pair at character {runes.Count + 1}");
            }

            runes.Add(rune.Value);
            at += rune.Utf16SequenceLength;
        }

        _runes = [.. runes];
    }

    /// <summary>Where the next code point is.</summary>
    public int At { get; set; }

    /// <summary>Whether all is read.</summary>
    public bool IsAtEnd => At >= _runes.Length;

    /// <summary>The next code point, or −1 at the end.</summary>
    public int Next => Peek(0);

    /// <summary>A code point further on, or −1.</summary>
    public int Peek(int ahead) => At + ahead < _runes.Length ? _runes[At + ahead] : -1;

    /// <summary>Reads a code point; −1 at the end.</summary>
    public int Read() => IsAtEnd ? -1 : _runes[At++];

    /// <summary>Reads a code point where it is the next.</summary>
    public bool TryRead(char wanted)
    {
        if (Next != wanted)
        {
            return false;
        }

        At++;
        return true;
    }

    /// <summary>Where a text of ASCII begins from a place on, or −1.</summary>
    public int Find(string ascii, int from)
    {
        for (var at = from; at + ascii.Length <= _runes.Length; at++)
        {
            var same = 0;
            while (same < ascii.Length && _runes[at + same] == ascii[same])
            {
                same++;
            }

            if (same == ascii.Length)
            {
                return at;
            }
        }

        return -1;
    }

    /// <summary>The text from a place to before another.</summary>
    public string Slice(int from, int to)
    {
        var text = new StringBuilder();
        for (var at = from; at < Math.Min(to, _runes.Length); at++)
        {
            text.Append(new Rune(_runes[at]).ToString());
        }

        return text.ToString();
    }

    /// <summary>An error about the text from a place to where reading is.</summary>
    /// <param name="what">What is wrong, in Go's words.</param>
    /// <param name="from">Where it begins.</param>
    /// <param name="hint">What to do, where more is to be said.</param>
    public BadInputException Fail(string what, int from, string hint = "") => Fail(what, from, At, hint);

    /// <summary>An error about the text from a place to before another.</summary>
    public BadInputException Fail(string what, int from, int to, string hint = "") =>
        new($"error parsing regexp: {what}: `{Slice(from, Math.Min(to, from + ShownMax))}{(Math.Min(to, _runes.Length) > from + ShownMax ? "…" : "")}` at character {from + 1}{(hint.Length == 0 ? "" : ": ")}{hint}");
}
