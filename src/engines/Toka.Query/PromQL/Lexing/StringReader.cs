using System.Buffers;
using System.Globalization;
using System.Text;
using Toka.Query.PromQL.Ast;

namespace Toka.Query.PromQL.Lexing;

/// <summary>Reads quoted strings with Go's escapes: back quotes take everything as it stands.</summary>
internal static class StringReader
{
    public static Token Read(string text, ref int at)
    {
        var start = at;
        var quote = text[at++];
        var bytes = new ArrayBufferWriter<byte>();
        while (true)
        {
            if (at >= text.Length || (text[at] == '\n' && quote != '`'))
            {
                throw Lexer.Error(text, start, quote == '`' ? "unterminated raw string" : "unterminated quoted string");
            }

            var c = text[at];
            if (c == quote)
            {
                at++;
                return new Token(TokenKind.String, start, at, LooseText.Decode(bytes.WrittenSpan));
            }

            if (c == '\\' && quote != '`')
            {
                Escape(text, ref at, quote, bytes);
            }
            else
            {
                if (Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var consumed) != OperationStatus.Done)
                {
                    throw Lexer.Error(text, at, "half a surrogate pair in a string");
                }

                Put(bytes, rune);
                at += consumed;
            }
        }
    }

    private static void Escape(string text, ref int at, char quote, ArrayBufferWriter<byte> bytes)
    {
        var start = at++;
        var c = at < text.Length ? text[at++] : '\0';
        var plain = c switch
        {
            'a' => '\a',
            'b' => '\b',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\v',
            '\\' => '\\',
            _ when c == quote => quote,
            _ => '\0',
        };
        if (plain != '\0')
        {
            Put(bytes, new Rune(plain));
            return;
        }

        var (digits, numberBase) = c switch
        {
            'x' => (2, 16),
            'u' => (4, 16),
            'U' => (8, 16),
            >= '0' and <= '7' => (3, 8),
            _ => throw Lexer.Error(text, start, $"unknown escape sequence: \\{c}"),
        };
        at -= numberBase == 8 ? 1 : 0;
        var number = Digits(text, start, ref at, digits, numberBase);
        if (c is 'u' or 'U')
        {
            Put(bytes, Rune.IsValid(number) ? new Rune(number) : throw Lexer.Error(text, start, "escape sequence is an invalid Unicode code point"));
        }
        else
        {
            bytes.GetSpan(1)[0] = number <= byte.MaxValue ? (byte)number : throw Lexer.Error(text, start, "octal escape above 255");
            bytes.Advance(1);
        }
    }

    private static int Digits(string text, int start, ref int at, int count, int numberBase)
    {
        long number = 0;
        for (var i = 0; i < count; i++)
        {
            var c = at < text.Length ? text[at++] : '\0';
            var digit = char.IsAsciiHexDigit(c) ? int.Parse([c], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) : numberBase;
            if (digit >= numberBase)
            {
                throw Lexer.Error(text, start, "escape sequence has too few digits");
            }

            number = (number * numberBase) + digit;
        }

        return (int)Math.Min(number, int.MaxValue);
    }

    private static void Put(ArrayBufferWriter<byte> bytes, Rune rune) => bytes.Advance(rune.EncodeToUtf8(bytes.GetSpan(4)));
}
