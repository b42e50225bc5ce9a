using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Lexing;

namespace Toka.Query.PromQL.Parsing;

/// <summary>Parses selectors, ranges and time modifiers.</summary>
internal sealed class SelectorParser(TokenCursor tokens)
{
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

        if (matchers.TrueForAll(static m => m.MatchesAbsent))
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

            names.Add(tokens.Take().Text);
            if (!tokens.TryTake(TokenKind.Comma) && tokens.Current.Kind != TokenKind.RightParen)
            {
                throw tokens.Error(tokens.Current.Start, $"unexpected {tokens.Current} in {where}, expected \",\" or \")\"");
            }
        }

        return names;
    }

    public Expr ParseBrackets(Expr expression)
    {
        var open = tokens.Take();
        var range = ParsePositive("duration must be greater than 0");
        if (tokens.TryTake(TokenKind.Colon))
        {
            var step = tokens.Current.Kind == TokenKind.RightBracket ? 0 : ParsePositive("subquery step must be greater than 0");
            tokens.Expect(TokenKind.RightBracket, "\"]\"", "subquery selector");
            return expression.Type == ExprType.InstantVector
                ? new SubqueryExpr(expression, range, step) { Position = tokens.From(expression.Position.Start) }
                : throw tokens.Error(open.Start, $"subquery is only allowed on instant vector, got {Names.Of(expression.Type)} instead");
        }

        tokens.Expect(TokenKind.RightBracket, "\"]\" or \":\"", "range selector");
        if (expression is not VectorSelector selector)
        {
            throw tokens.Error(open.Start, "ranges only allowed for vector selectors; write [range:step] for a subquery");
        }

        return selector.Modifier == default
            ? new MatrixSelector(selector, range) { Position = tokens.From(expression.Position.Start) }
            : throw tokens.Error(open.Start, "no offset or @ modifiers allowed before range");
    }

    public Expr ParseOffset(Expr expression)
    {
        var at = tokens.Take();
        var ms = ParseMilliseconds("offset");
        var modifier = ModifierOf(expression, at, "offset");
        return modifier.OffsetMs == 0
            ? WithModifier(expression, modifier with { OffsetMs = ms })
            : throw tokens.Error(at.Start, "offset may not be set multiple times");
    }

    public Expr ParseAt(Expr expression)
    {
        var at = tokens.Take();
        var modifier = ModifierOf(expression, at, "@");
        if (modifier.At != AtKind.None)
        {
            throw tokens.Error(at.Start, "@ <timestamp> may not be set multiple times");
        }

        if (tokens.Current.IsWord("start") || tokens.Current.IsWord("end"))
        {
            var kind = tokens.Take().IsWord("start") ? AtKind.Start : AtKind.End;
            tokens.Expect(TokenKind.LeftParen, "\"(\"", "@ modifier");
            tokens.Expect(TokenKind.RightParen, "\")\"", "@ modifier");
            return WithModifier(expression, modifier with { At = kind });
        }

        return WithModifier(expression, modifier with { At = AtKind.Timestamp, AtMs = ParseMilliseconds("@ modifier") });
    }

    private void ParseMatcher(ref string name, List<LabelMatcher> matchers)
    {
        var label = tokens.Current;
        if (label.Kind is not (TokenKind.Identifier or TokenKind.String) || (label.Kind == TokenKind.Identifier && !Names.IsBareLabel(label.Text)))
        {
            throw tokens.Error(label.Start, $"unexpected {label} in label matching, expected identifier or \"}}\"");
        }

        tokens.Take();
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

    private TimeModifier ModifierOf(Expr expression, Token at, string modifier) => expression switch
    {
        VectorSelector selector => selector.Modifier,
        MatrixSelector matrix => matrix.Selector.Modifier,
        SubqueryExpr subquery => subquery.Modifier,
        _ => throw tokens.Error(at.Start, $"{modifier} modifier must be preceded by an instant vector selector or range vector selector or a subquery"),
    };

    private Expr WithModifier(Expr expression, TimeModifier modifier)
    {
        var position = tokens.From(expression.Position.Start);
        return expression switch
        {
            VectorSelector selector => selector with { Modifier = modifier, Position = position },
            MatrixSelector matrix => new MatrixSelector(matrix.Selector with { Modifier = modifier }, matrix.RangeMs) { Position = position },
            _ => (SubqueryExpr)expression with { Modifier = modifier, Position = position },
        };
    }

    private long ParsePositive(string message)
    {
        var position = tokens.Current.Start;
        var ms = ParseMilliseconds("duration");
        return ms > 0 ? ms : throw tokens.Error(position, message);
    }

    /// <summary>A signed number of seconds or a duration, in ms rounded half away from zero.</summary>
    private long ParseMilliseconds(string where)
    {
        var negative = tokens.Current.Kind == TokenKind.Subtract;
        if (negative || tokens.Current.Kind == TokenKind.Add)
        {
            tokens.Take();
        }

        var token = tokens.Take();
        if (token.Kind is not (TokenKind.Number or TokenKind.Duration) && !(token.Kind == TokenKind.Identifier && NumberFormat.TryParse(token.Text, out _)))
        {
            throw tokens.Error(token.Start, $"unexpected {token} in {where}, expected number or duration");
        }

        // 31,000 years: sums of as many as an expression can nest still fit 64 bits.
        const double Limit = 1e15;
        var ms = Math.Round(NumberOf(token) * 1000.0, MidpointRounding.AwayFromZero);
        return Math.Abs(ms) <= Limit
            ? (long)(negative ? -ms : ms)
            : throw tokens.Error(token.Start, $"timestamp or duration out of bounds: {token.Text}");
    }
}
