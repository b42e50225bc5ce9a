using System.Buffers;
using System.Globalization;
using System.Text;

namespace Toka.Query.PromQL.Ast;

/// <summary>
/// Text of bytes that need not be UTF-8, which a string's escapes can make: a byte that belongs to no character becomes the
/// lone surrogate U+DC00 + byte, which no valid text has.
/// </summary>
internal static class LooseText
{
    private const char FirstByte = '\uDC80';
    private const char LastByte = '\uDCFF';

    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var consumed) == OperationStatus.Done)
            {
                text.Append(rune.ToString());
                bytes = bytes[consumed..];
            }
            else
            {
                text.Append((char)(0xDC00 + bytes[0]));
                bytes = bytes[1..];
            }
        }

        return text.ToString();
    }

    /// <summary>Whether a text has no such bytes.</summary>
    public static bool IsUtf8(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]))
            {
                i++;
            }
            else if (IsByte(text[i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether a character may stand for a byte; the second half of a pair can look the same.</summary>
    public static bool IsByte(char c) => c is >= FirstByte and <= LastByte;

    public static string Escape(char c) => string.Create(CultureInfo.InvariantCulture, $"\\x{c - 0xDC00:x2}");

    /// <summary>The text with U+FFFD in the place of such bytes.</summary>
    public static string ToUtf8(string text) => IsUtf8(text) ? text : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
