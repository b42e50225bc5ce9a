using System.Buffers.Text;

namespace Toka.Monitoring.Collection;

/// <summary>Takes lines, words and numbers off the front of a text, without allocating.</summary>
internal static class Fields
{
    /// <summary>Takes the next line, without its line feed.</summary>
    public static bool TryLine(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> line)
    {
        if (rest.IsEmpty)
        {
            line = default;
            return false;
        }

        var end = rest.IndexOf((byte)'\n');
        line = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[(end + 1)..];
        return true;
    }

    /// <summary>Takes the next word, which spaces or tabs end.</summary>
    public static bool TryWord(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> word)
    {
        rest = rest.TrimStart(" \t"u8);
        var end = rest.IndexOfAny((byte)' ', (byte)'\t');
        word = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[end..];
        return !word.IsEmpty;
    }

    /// <summary>Takes the next word as a number.</summary>
    public static bool TryNumber(ref ReadOnlySpan<byte> rest, out double value)
    {
        value = 0;
        return TryWord(ref rest, out var word) && TryParse(word, out value);
    }

    /// <summary>Takes the next word as a whole number that is not negative.</summary>
    public static bool TryCount(ref ReadOnlySpan<byte> rest, out ulong value)
    {
        value = 0;
        return TryWord(ref rest, out var word) && Utf8Parser.TryParse(word, out value, out var used) && used == word.Length;
    }

    /// <summary>Reads a whole text as a number.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out double value)
    {
        if (Utf8Parser.TryParse(text, out long whole, out var used) && used == text.Length)
        {
            value = whole;
            return true;
        }

        return Utf8Parser.TryParse(text, out value, out used) && used == text.Length;
    }

    /// <summary>Skips words.</summary>
    public static bool TrySkip(ref ReadOnlySpan<byte> rest, int words)
    {
        for (var i = 0; i < words; i++)
        {
            if (!TryWord(ref rest, out _))
            {
                return false;
            }
        }

        return true;
    }
}
