using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Lexing;

namespace Toka.Query.PromQL.Parsing;

/// <summary>Parses expressions by operator precedence; selectors and calls have parsers of their own.</summary>
internal sealed class ExpressionParser
{
    private const int UnaryPrecedence = 5;
    private const int PowerPrecedence = 6;

    private readonly TokenCursor _tokens;
    private readonly QueryOptions _options;
    private readonly SelectorParser _selectors;
    private readonly ModifierParser _modifiers;
    private readonly MatchingParser _matchings;
    private readonly CallParser _calls;
    private int _depth;

    public ExpressionParser(string text, QueryOptions options)
    {
        _options = options;
        _tokens = new TokenCursor(text);
        _selectors = new SelectorParser(_tokens);
        _modifiers = new ModifierParser(_tokens, options);
        _matchings = new MatchingParser(_tokens, _selectors, options);
        _calls = new CallParser(_tokens, this, options);
    }

    public Expr ParseWhole()
    {
        if (_tokens.Current.Kind == TokenKind.End)
        {
            throw _tokens.Error(0, "no expression found in input");
        }

        var expression = Parse();
        return _tokens.Current.Kind == TokenKind.End
            ? expression
            : throw _tokens.Error(_tokens.Current.Start, $"unexpected {_tokens.Current}");
    }

    public Expr Parse() => ParseBinary(1);

    /// <summary>The operator that a token is, with its precedence; 0 for none.</summary>
    private static (BinaryOperator Operator, int Precedence) OperatorOf(Token token) => token.Kind switch
    {
        TokenKind.Add => (BinaryOperator.Add, 4),
        TokenKind.Subtract => (BinaryOperator.Subtract, 4),
        TokenKind.Multiply => (BinaryOperator.Multiply, 5),
        TokenKind.Divide => (BinaryOperator.Divide, 5),
        TokenKind.Modulo => (BinaryOperator.Modulo, 5),
        TokenKind.Power => (BinaryOperator.Power, PowerPrecedence),
        TokenKind.Equal => (BinaryOperator.Equal, 3),
        TokenKind.NotEqual => (BinaryOperator.NotEqual, 3),
        TokenKind.Greater => (BinaryOperator.Greater, 3),
        TokenKind.Less => (BinaryOperator.Less, 3),
        TokenKind.GreaterOrEqual => (BinaryOperator.GreaterOrEqual, 3),
        TokenKind.LessOrEqual => (BinaryOperator.LessOrEqual, 3),
        TokenKind.TrimUpper => (BinaryOperator.TrimUpper, 3),
        TokenKind.TrimLower => (BinaryOperator.TrimLower, 3),
        TokenKind.Identifier when token.IsWord("atan2") => (BinaryOperator.Atan2, 5),
        TokenKind.Identifier when token.IsWord("and") => (BinaryOperator.And, 2),
        TokenKind.Identifier when token.IsWord("unless") => (BinaryOperator.Unless, 2),
        TokenKind.Identifier when token.IsWord("or") => (BinaryOperator.Or, 1),
        _ => default,
    };

    private Expr ParseBinary(int precedenceMin)
    {
        var left = ParseUnary();
        while (true)
        {
            var token = _tokens.Current;
            var (op, precedence) = OperatorOf(token);
            if (precedence == 0 || precedence < precedenceMin)
            {
                return left;
            }

            _tokens.Take();
            var (returnsBool, matching) = _matchings.Parse(op);

            // Power alone groups to the right.
            var right = ParseBinary(precedence == PowerPrecedence ? precedence : precedence + 1);
            left = Checked(BinaryChecks.Make(_tokens, token, op, left, right, matching, returnsBool));
        }
    }

    private Expr ParseUnary()
    {
        Descend();
        var start = _tokens.Current.Start;
        Expr result;
        if (_tokens.Current.Kind is TokenKind.Add or TokenKind.Subtract)
        {
            var isNegative = _tokens.Take().Kind == TokenKind.Subtract;

            // A sign binds weaker than power and stronger than everything else: -2^2 is -4.
            var operand = ParseBinary(UnaryPrecedence + 1);
            if (operand.Type is not (ExprType.Scalar or ExprType.InstantVector))
            {
                throw _tokens.Error(start, $"unary expression only allowed on expressions of type scalar or instant vector, got \"{Names.Of(operand.Type)}\"");
            }

            result = operand is NumberLiteral number
                ? number with { Value = isNegative ? -number.Value : number.Value, Position = _tokens.From(start) }
                : Checked(new UnaryExpr(isNegative, operand) { Position = _tokens.From(start) });
        }
        else
        {
            result = ParsePostfix(ParsePrimary());
        }

        _depth--;
        return result;
    }

    private Expr ParsePrimary()
    {
        var token = _tokens.Current;
        switch (token.Kind)
        {
            case TokenKind.Number or TokenKind.Duration:
                _tokens.Take();
                return new NumberLiteral(SelectorParser.NumberOf(token)) { IsDuration = token.Kind == TokenKind.Duration, Position = _tokens.From(token.Start) };
            case TokenKind.String:
                _tokens.Take();
                return new StringLiteral(token.Text) { Position = _tokens.From(token.Start) };
            case TokenKind.LeftParen:
                _tokens.Take();
                var inner = Parse();
                _tokens.Expect(TokenKind.RightParen, "\")\"", "paren expression");
                return Checked(new ParenExpr(inner) { Position = _tokens.From(token.Start) });
            case TokenKind.LeftBrace:
                return _selectors.ParseSelector();
            case TokenKind.Identifier:
                return ParseWord(token);
            default:
                throw _tokens.Error(token.Start, $"unexpected {token}");
        }
    }

    private Expr ParseWord(Token token)
    {
        var next = _tokens.Following;
        if (Names.Aggregations.TryGetValue(token.Text, out var op)
            && (next.Kind == TokenKind.LeftParen || next.IsWord("by") || next.IsWord("without")))
        {
            return Checked(_calls.ParseAggregation(op));
        }

        if (next.Kind == TokenKind.LeftParen)
        {
            return Checked(_calls.ParseCall());
        }

        if (NumberFormat.TryParse(token.Text, out var number))
        {
            _tokens.Take();
            return new NumberLiteral(number) { Position = _tokens.From(token.Start) };
        }

        return token.IsWord("bool") || token.IsWord("on") || token.IsWord("ignoring") || token.IsWord("group_left")
            || token.IsWord("group_right") || OperatorOf(token).Precedence is 5
            ? throw _tokens.Error(token.Start, $"unexpected {token}: the word has a meaning of its own; write {{\"{token.Text}\"}} for a metric of this name")
            : _selectors.ParseSelector();
    }

    private Expr ParsePostfix(Expr expression)
    {
        while (true)
        {
            var token = _tokens.Current;
            if (token.Kind == TokenKind.LeftBracket)
            {
                expression = _modifiers.ParseBrackets(expression);
            }
            else if (token.IsWord("offset"))
            {
                expression = _modifiers.ParseOffset(expression);
            }
            else if (token.Kind == TokenKind.At)
            {
                expression = _modifiers.ParseAt(expression);
            }
            else if (token.IsWord("anchored") || token.IsWord("smoothed"))
            {
                expression = _modifiers.ParseMode(expression);
            }
            else
            {
                return expression;
            }

            Checked(expression);
        }
    }

    private void Descend()
    {
        if (++_depth > _options.ExpressionDepthMax)
        {
            throw TooDeep();
        }
    }

    private Expr Checked(Expr expression) => expression.Depth <= _options.ExpressionDepthMax ? expression : throw TooDeep();

    private Results.QueryException TooDeep() =>
        _tokens.Error(_tokens.Current.Start, $"the expression nests more than {_options.ExpressionDepthMax} levels, the limit expression_depth_max; write it flatter");
}
