using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Lexing;

namespace Toka.Query.PromQL.Parsing;

/// <summary>Parses what stands between an operator and its right side: <c>bool</c>, <c>on</c>, <c>group_left</c>, <c>fill</c> …</summary>
internal sealed class MatchingParser(TokenCursor tokens, SelectorParser selectors, QueryOptions options)
{
    /// <summary>Whether a comparison gives 0 or 1, and how vectors match; null where nothing is written.</summary>
    public (bool ReturnsBool, VectorMatching? Matching) Parse(BinaryOperator op)
    {
        var returnsBool = ParseBool(op);
        var matching = ParseLabels(op);
        while (tokens.Following.Kind == TokenKind.LeftParen
            && (tokens.Current.IsWord("fill") || tokens.Current.IsWord("fill_left") || tokens.Current.IsWord("fill_right")))
        {
            matching = ParseFill(op, matching ?? VectorMatching.Default);
        }

        return (returnsBool, matching);
    }

    private bool ParseBool(BinaryOperator op)
    {
        var position = tokens.Current.Start;
        if (!tokens.TryTakeWord("bool"))
        {
            return false;
        }

        return op is >= BinaryOperator.Equal and <= BinaryOperator.LessOrEqual
            ? true
            : throw tokens.Error(position, "bool modifier can only be used on comparison operators");
    }

    private VectorMatching? ParseLabels(BinaryOperator op)
    {
        var isOn = tokens.Current.IsWord("on");
        if (!isOn && !tokens.Current.IsWord("ignoring"))
        {
            return null;
        }

        tokens.Take();
        var labels = selectors.ParseLabelNames("grouping opts");
        var cardinality = op >= BinaryOperator.And ? MatchCardinality.ManyToMany : MatchCardinality.OneToOne;
        IReadOnlyList<string> include = [];
        if (tokens.Current.IsWord("group_left") || tokens.Current.IsWord("group_right"))
        {
            var token = tokens.Take();
            if (cardinality == MatchCardinality.ManyToMany)
            {
                throw tokens.Error(token.Start, $"no grouping allowed for \"{Names.Of(op)}\" operation");
            }

            cardinality = token.IsWord("group_left") ? MatchCardinality.ManyToOne : MatchCardinality.OneToMany;
            include = tokens.Current.Kind == TokenKind.LeftParen ? selectors.ParseLabelNames("grouping opts") : [];
            foreach (var label in include)
            {
                if (isOn && labels.Contains(label))
                {
                    throw tokens.Error(token.Start, $"label \"{label}\" must not occur in ON and GROUP clause at once");
                }
            }
        }

        return new VectorMatching(cardinality, isOn, labels, include);
    }

    private VectorMatching ParseFill(BinaryOperator op, VectorMatching matching)
    {
        var word = tokens.Take();
        if (!options.FillModifiers)
        {
            throw tokens.Error(word.Start, "binop fill modifiers are experimental and not enabled; they must be enabled in the configuration, by query.fill_modifiers: true");
        }

        if (op >= BinaryOperator.And)
        {
            throw tokens.Error(word.Start, "filling in missing series not allowed for set operators");
        }

        tokens.Expect(TokenKind.LeftParen, "\"(\"", "fill modifier");
        var value = ParseNumber();
        tokens.Expect(TokenKind.RightParen, "\")\"", "fill modifier");
        var (left, right) = (!word.IsWord("fill_right"), !word.IsWord("fill_left"));
        if ((left && matching.FillLeft is not null) || (right && matching.FillRight is not null))
        {
            throw tokens.Error(word.Start, $"{word.Text} fills a side that is filled already");
        }

        return matching with { FillLeft = left ? value : matching.FillLeft, FillRight = right ? value : matching.FillRight };
    }

    private double ParseNumber()
    {
        var isNegative = tokens.Current.Kind == TokenKind.Subtract;
        if (isNegative || tokens.Current.Kind == TokenKind.Add)
        {
            tokens.Take();
        }

        var token = tokens.Take();
        if (token.Kind is TokenKind.Number or TokenKind.Duration || (token.Kind == TokenKind.Identifier && NumberFormat.TryParse(token.Text, out _)))
        {
            var value = SelectorParser.NumberOf(token);
            return isNegative ? -value : value;
        }

        throw tokens.Error(token.Start, $"unexpected {token} in fill modifier, expected number");
    }
}
