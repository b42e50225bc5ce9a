using System.Text;
using Toka.Core.Labels;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Lexing;
using Toka.Query.Results;

namespace Toka.Query.PromQL.Scripts.Reading;

/// <summary>Reads the labels of a series: <c>metric{label="value"}</c>, <c>{"any name", label="value"}</c>, <c>{}</c>.</summary>
internal static class SeriesParser
{
    /// <summary>The labels at the beginning of a line; null where there are none.</summary>
    public static LabelSet? ParseLabels(LineReader line)
    {
        var start = line.Position;
        while (char.IsAsciiLetterOrDigit(line.Current) || line.Current is '_' or ':')
        {
            line.Position++;
        }

        var name = line.From(start);
        if (name.Length > 0 && char.IsAsciiDigit(name[0]))
        {
            throw line.Fault(start, $"\"{name}\" is no metric's name; another name stands in quotes within the braces");
        }

        var pairs = new List<(string Name, string Value)>();
        if (name.Length > 0)
        {
            pairs.Add((LabelSet.MetricName, name));
        }

        if (line.Current == '{')
        {
            ParseBraces(line, pairs);
        }
        else if (name.Length == 0)
        {
            return null;
        }

        return LabelSet.Of([.. pairs]);
    }

    private static void ParseBraces(LineReader line, List<(string Name, string Value)> pairs)
    {
        var start = line.Position;
        line.Position = EndOfBraces(line);
        List<Token> tokens;
        try
        {
            tokens = Lexer.Tokenize(line.From(start));
        }
        catch (QueryException e)
        {
            // The lexer names a place of the braces alone, and the fault names it in the line.
            const string Place = "parse error: ";
            throw line.Fault(start + Math.Max(0, e.Position), e.Message[(e.Message.IndexOf(Place, StringComparison.Ordinal) + Place.Length)..]);
        }

        if (tokens is not [.., { Kind: TokenKind.RightBrace }, { Kind: TokenKind.End }])
        {
            throw line.Fault(start, "a # within the braces hides how they end; a label's name with # stands in quotes");
        }

        var at = 1;
        while (tokens[at].Kind != TokenKind.RightBrace)
        {
            var (name, value) = (tokens[at], tokens[at + 1]);
            if (name.Kind == TokenKind.String && value.Kind is TokenKind.Comma or TokenKind.RightBrace)
            {
                Add(line, start, name, (LabelSet.MetricName, name.Text), pairs);
                at++;
            }
            else
            {
                if (name.Kind is not (TokenKind.Identifier or TokenKind.String) || (name.Kind == TokenKind.Identifier && !Names.IsBareLabel(name.Text)))
                {
                    throw line.Fault(start + name.Start, $"{name} is no label's name; another name stands in quotes");
                }

                if (value.Kind != TokenKind.Assign || tokens[at + 2].Kind != TokenKind.String)
                {
                    throw line.Fault(start + name.End, $"label {name.Text} must be followed by = and a value in quotes");
                }

                Add(line, start, name, (name.Text, tokens[at + 2].Text), pairs);
                at += 3;
            }

            if (tokens[at].Kind != TokenKind.RightBrace && tokens[at++].Kind != TokenKind.Comma)
            {
                throw line.Fault(start + tokens[at - 1].Start, "a comma or } is missing after a label");
            }
        }
    }

    private static void Add(LineReader line, int start, Token place, (string Name, string Value) pair, List<(string Name, string Value)> pairs)
    {
        if (pairs.Exists(other => other.Name == pair.Name))
        {
            throw line.Fault(start + place.Start, pair.Name == LabelSet.MetricName ? "the metric's name is given twice" : $"label {pair.Name} is given twice");
        }

        if (pair.Name.Length == 0 || Encoding.UTF8.GetByteCount(pair.Name) > LabelSet.TextBytesMax || Encoding.UTF8.GetByteCount(pair.Value) > LabelSet.TextBytesMax)
        {
            throw line.Fault(start + place.Start, $"a label's name has 1 to {LabelSet.TextBytesMax} bytes, its value at most as many");
        }

        pairs.Add(pair);
    }

    /// <summary>Behind the brace that closes; one within quotes does not.</summary>
    private static int EndOfBraces(LineReader line)
    {
        var rest = line.Rest;
        var quote = '\0';
        for (var i = 0; i < rest.Length; i++)
        {
            var c = rest[i];
            if (quote != '\0')
            {
                i += c == '\\' && quote != '`' ? 1 : 0;
                quote = c == quote ? '\0' : quote;
            }
            else if (c is '"' or '\'' or '`')
            {
                quote = c;
            }
            else if (c == '}')
            {
                return line.Position + i + 1;
            }
        }

        throw line.Fault("the brace is not closed");
    }
}
