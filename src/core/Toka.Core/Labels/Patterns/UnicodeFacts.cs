using System.Globalization;

namespace Toka.Core.Labels.Patterns;

/// <summary>Reads the tables beside this file: lines of code points and ranges of them, in hexadecimal.</summary>
internal static class UnicodeFacts
{
    /// <summary>The lines of a table, each cut at its spaces.</summary>
    public static IEnumerable<string[]> Lines(string table)
    {
        using var stream = typeof(UnicodeFacts).Assembly.GetManifestResourceStream(table)
            ?? throw new InvalidOperationException($"the table {table} is not in the program");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            yield return line.Split(' ');
        }
    }

    /// <summary>One code point, or a first and a last one with a dash between.</summary>
    public static RuneRange Range(ReadOnlySpan<char> text)
    {
        var dash = text.IndexOf('-');
        return dash < 0 ? new RuneRange(Number(text), Number(text)) : new RuneRange(Number(text[..dash]), Number(text[(dash + 1)..]));
    }

    /// <summary>A code point or a distance.</summary>
    public static int Number(ReadOnlySpan<char> text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
