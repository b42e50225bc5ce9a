using System.Text;
using Toka.Core.Attributes;
using Toka.Core.Spans;

namespace Toka.Tracing.Findings;

/// <summary>What a call asks for, as far as its attributes say.</summary>
/// <param name="Exact">With its arguments: the same for an attempt that is made again.</param>
/// <param name="Shape">Without them: the same for calls that differ in arguments only.</param>
/// <param name="Resends">How often the request was sent before, by <c>http.request.resend_count</c>.</param>
internal readonly record struct CallText(string Exact, string Shape, int Resends)
{
    /// <summary>The longest text that is looked at, characters.</summary>
    private const int CharsMax = 2000;

    /// <summary>What a span asks for: the text of a query, the template or path of an address, or its name.</summary>
    public static CallText Of(SpanRecord span)
    {
        string? query = null, template = null, path = null, full = null;
        var resends = 0;
        var reader = new AttributeReader(span.Attributes.Span);
        while (reader.Next())
        {
            if (reader.KeyEquals("db.query.text"u8) || reader.KeyEquals("db.statement"u8))
            {
                query = reader.Value().ToString();
            }
            else if (reader.KeyEquals("url.template"u8))
            {
                template = reader.Value().ToString();
            }
            else if (reader.KeyEquals("url.path"u8) || reader.KeyEquals("http.target"u8))
            {
                path = reader.Value().ToString();
            }
            else if (reader.KeyEquals("url.full"u8) || reader.KeyEquals("http.url"u8))
            {
                full = reader.Value().ToString();
            }
            else if (reader.KeyEquals("http.request.resend_count"u8) || reader.KeyEquals("http.resend_count"u8))
            {
                resends = (int)Math.Clamp(reader.Value().Int, 0, 1000);
            }
        }

        if (query is not null)
        {
            return new CallText(query, Normalised(query), resends);
        }

        var address = full ?? path;
        var shape = template ?? (address is null ? null : Normalised(address));
        return new CallText($"{span.Name} {address ?? template}".TrimEnd(), shape is null ? span.Name : $"{span.Name} {shape}", resends);
    }

    /// <summary>A text in which each number, quoted text and list of such is a question mark, and each space one.</summary>
    internal static string Normalised(string text)
    {
        var shape = new StringBuilder();
        var length = Math.Min(text.Length, CharsMax);
        for (var i = 0; i < length;)
        {
            var c = text[i];
            if (c == '\'')
            {
                i = EndOfQuoted(text, i, length);
                AppendMark(shape);
            }
            else if (IsArgumentStart(text, i))
            {
                while (i < length && (char.IsLetterOrDigit(text[i]) || text[i] is '.' or '-' or '_'))
                {
                    i++;
                }

                AppendMark(shape);
            }
            else if (char.IsWhiteSpace(c))
            {
                i++;
                if (shape.Length > 0 && shape[^1] != ' ')
                {
                    shape.Append(' ');
                }
            }
            else
            {
                shape.Append(c);
                i++;
            }
        }

        return shape.ToString().TrimEnd();
    }

    private static int EndOfQuoted(string text, int start, int length)
    {
        var i = start + 1;
        while (i < length && (text[i] != '\'' || (i + 1 < length && text[i + 1] == '\'')))
        {
            i += text[i] == '\'' ? 2 : 1;
        }

        return Math.Min(length, i + 1);
    }

    /// <summary>A digit that no letter stands before: a number, or an id that begins with one. A placeholder is one already.</summary>
    private static bool IsArgumentStart(string text, int at) =>
        char.IsAsciiDigit(text[at]) && (at == 0 || !(char.IsLetterOrDigit(text[at - 1]) || text[at - 1] is '_' or '.'));

    /// <summary>Lists of arguments are as one: how many there are is an argument too.</summary>
    private static void AppendMark(StringBuilder shape)
    {
        if (EndsWith(shape, "?, "))
        {
            shape.Length -= 2;
        }
        else if (EndsWith(shape, "?,"))
        {
            shape.Length -= 1;
        }
        else if (!EndsWith(shape, "?"))
        {
            shape.Append('?');
        }
    }

    private static bool EndsWith(StringBuilder shape, string end)
    {
        for (var i = 0; i < end.Length; i++)
        {
            if (shape.Length < end.Length || shape[shape.Length - end.Length + i] != end[i])
            {
                return false;
            }
        }

        return true;
    }
}
