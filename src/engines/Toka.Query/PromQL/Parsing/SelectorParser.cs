using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Lexing;

namespace Toka.Query.PromQL.Parsing;

/// <summary>Parses selectors and lists of labels.</summary>
internal sealed class SelectorParser(TokenCursor tokens)
{
    /// <summary>Whether a selector may match everything, such as the one that picks the labels of <c>info</c>.</summary>
    public bool AllowsEmpty { get; init; }

    /// <summary>The value of a number or duration token, durations in seconds.</summary>
    public static double NumberOf(Token token)
    {
        if (token.Kind == TokenKind.Duration && NumberFormat.TryParseDuration(token.Text, out var ms))
        {
            return ms / 1000.0;
        }

        return NumberFormat.TryParse(token.Text, out var value) ? value : throw new InvalidOperationException($"{token} is no number.");
    }

    public VectorSelector ParseSelector()
    {
        var start = tokens.Current.Start;
        var name = "";
        var matchers = new List<LabelMatcher>();
        if (tokens.Current.Kind == TokenKind.Identifier)
        {
            name = tokens.Take().Text;
            matchers.Add(new LabelMatcher(LabelSet.MetricName, MatchOperator.Equal, name));
        }

        if (tokens.TryTake(TokenKind.LeftBrace))
        {
            while (!tokens.TryTake(TokenKind.RightBrace))
            {
                ParseMatcher(ref name, matchers);
                if (!tokens.TryTake(TokenKind.Comma) && tokens.Current.Kind != TokenKind.RightBrace)
                {
                    throw tokens.Error(tokens.Current.Start, $"unexpected {tokens.Current} in label matching, expected \",\" or \"}}\"");
                }
            }
        }

        if (!AllowsEmpty && matchers.TrueForAll(static m => m.MatchesAbsent))
        {
            throw tokens.Error(start, "vector selector must contain at least one non-empty matcher");
        }

        return new VectorSelector(name, matchers) { Position = tokens.From(start) };
    }

    public List<string> ParseLabelNames(string where)
    {
        var names = new List<string>();
        tokens.Expect(TokenKind.LeftParen, "\"(\"", where);
        while (!tokens.TryTake(TokenKind.RightParen))
        {
            var token = tokens.Current;
            if (token.Kind is not (TokenKind.Identifier or TokenKind.String) || token.Text.Length == 0
                || (token.Kind == TokenKind.Identifier && !Names.IsBareLabel(token.Text)))
            {
                throw tokens.Error(token.Start, $"unexpected {token} in {where}, expected label");
            }

            CheckUtf8(token);
            names.Add(tokens.Take().Text);
            if (!tokens.TryTake(TokenKind.Comma) && tokens.Current.Kind != TokenKind.RightParen)
            {
                throw tokens.Error(tokens.Current.Start, $"unexpected {tokens.Current} in {where}, expected \",\" or \")\"");
            }
        }

        return names;
    }

    private void ParseMatcher(ref string name, List<LabelMatcher> matchers)
    {
        var label = tokens.Current;
        if (label.Kind is not (TokenKind.Identifier or TokenKind.String) || (label.Kind == TokenKind.Identifier && !Names.IsBareLabel(label.Text)))
        {
            throw tokens.Error(label.Start, $"unexpected {label} in label matching, expected identifier or \"}}\"");
        }

        tokens.Take();
        CheckUtf8(label);
        if (label.Kind == TokenKind.String && (tokens.Current.Kind is TokenKind.Comma or TokenKind.RightBrace))
        {
            SetName(label, ref name, matchers);
            return;
        }

        if (label.Text.Length == 0)
        {
            throw tokens.Error(label.Start, "a label's name cannot be empty");
        }

        var op = tokens.Take();
        var value = tokens.Expect(TokenKind.String, "string", "label matching");
        CheckUtf8(value);
        var kind = op.Kind switch
        {
            TokenKind.Assign => MatchOperator.Equal,
            TokenKind.NotEqual => MatchOperator.NotEqual,
            TokenKind.MatchesRegex => MatchOperator.Matches,
            TokenKind.DoesNotMatchRegex => MatchOperator.DoesNotMatch,
            _ => throw tokens.Error(op.Start, $"unexpected {op} in label matching, expected label matching operator"),
        };
        if (label.Text == LabelSet.MetricName && name.Length > 0)
        {
            throw tokens.Error(label.Start, $"metric name must not be set twice: \"{name}\" or \"{value.Text}\"");
        }

        try
        {
            matchers.Add(new LabelMatcher(label.Text, kind, value.Text));
        }
        catch (BadInputException e)
        {
            throw tokens.Error(value.Start, e.Message);
        }
    }

    private void CheckUtf8(Token token)
    {
        if (!LooseText.IsUtf8(token.Text))
        {
            throw tokens.Error(token.Start, "the string is not valid UTF-8 once its escapes are read");
        }
    }

    private void SetName(Token quoted, ref string name, List<LabelMatcher> matchers)
    {
        foreach (var matcher in matchers)
        {
            if (matcher.Name == LabelSet.MetricName)
            {
                throw tokens.Error(quoted.Start, $"metric name must not be set twice: \"{matcher.Value}\" or \"{quoted.Text}\"");
            }
        }

        name = quoted.Text;
        matchers.Insert(0, new LabelMatcher(LabelSet.MetricName, MatchOperator.Equal, name));
    }
}
