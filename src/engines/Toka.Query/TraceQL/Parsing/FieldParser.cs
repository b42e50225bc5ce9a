using Toka.Core.Attributes;
using Toka.Core.Errors;
using Toka.Core.Labels.Patterns;
using Toka.Core.Spans;
using Toka.Query.TraceQL.Ast;
using Toka.Query.TraceQL.Lexing;

namespace Toka.Query.TraceQL.Parsing;

/// <summary>
/// Parses what stands within braces, by operator precedence: <c>||</c>, <c>&amp;&amp;</c>, comparisons, <c>+ -</c>,
/// <c>* / %</c>, <c>^</c>, and the signs <c>! -</c> before a value.
/// </summary>
internal sealed class FieldParser(TokenCursor tokens)
{
    private const int ComparisonPrecedence = 3;
    private const int PowerPrecedence = 6;

    /// <summary>Parses an expression that is true or false.</summary>
    public FieldExpr ParseFilter()
    {
        var start = tokens.Current.Start;
        var filter = Parse();
        return filter.Type is TraceQlType.Bool or TraceQlType.Unknown
            ? filter
            : throw tokens.Error(start, $"a filter is expected to be true or false, and this is {TypeChecks.Name(filter.Type)}; compare it with something");
    }

    /// <summary>Parses an expression.</summary>
    public FieldExpr Parse() => ParseBinary(1);

    /// <summary>Parses an expression that is a number.</summary>
    public FieldExpr ParseNumber()
    {
        var start = tokens.Current.Start;
        var expr = Parse();
        return expr.Type is TraceQlType.Unknown or TraceQlType.Number or TraceQlType.Duration
            ? expr
            : throw tokens.Error(start, $"a number is expected, and this is {TypeChecks.Name(expr.Type)}");
    }

    /// <summary>Parses the name of a field.</summary>
    public FieldRef ParseField()
    {
        var start = tokens.Current.Start;
        return ParsePrimary() as FieldRef ?? throw tokens.Error(start, "a field is expected, such as name, duration, .key, span.key or resource.key");
    }

    /// <summary>Parses fields between parentheses, at least one.</summary>
    public IReadOnlyList<FieldRef> ParseFields()
    {
        tokens.Expect(TokenKind.LeftParen, "\"(\" and fields");
        var fields = new List<FieldRef>();
        do
        {
            fields.Add(ParseField());
        }
        while (tokens.TryTake(TokenKind.Comma));
        tokens.Expect(TokenKind.RightParen, "\",\" or \")\"");
        return fields;
    }

    /// <summary>The operator that a token is, with its precedence; 0 for none.</summary>
    public static (FieldOperator Operator, int Precedence) OperatorOf(Token token) => token.Kind switch
    {
        TokenKind.Or => (FieldOperator.Or, 1),
        TokenKind.And => (FieldOperator.And, 2),
        TokenKind.Equal => (FieldOperator.Equal, ComparisonPrecedence),
        TokenKind.NotEqual => (FieldOperator.NotEqual, ComparisonPrecedence),
        TokenKind.Less => (FieldOperator.Less, ComparisonPrecedence),
        TokenKind.LessOrEqual => (FieldOperator.LessOrEqual, ComparisonPrecedence),
        TokenKind.Greater => (FieldOperator.Greater, ComparisonPrecedence),
        TokenKind.GreaterOrEqual => (FieldOperator.GreaterOrEqual, ComparisonPrecedence),
        TokenKind.Matches => (FieldOperator.Matches, ComparisonPrecedence),
        TokenKind.NotTilde => (FieldOperator.NotMatches, ComparisonPrecedence),
        TokenKind.Add => (FieldOperator.Add, 4),
        TokenKind.Subtract => (FieldOperator.Subtract, 4),
        TokenKind.Multiply => (FieldOperator.Multiply, 5),
        TokenKind.Divide => (FieldOperator.Divide, 5),
        TokenKind.Modulo => (FieldOperator.Modulo, 5),
        TokenKind.Power => (FieldOperator.Power, PowerPrecedence),
        _ => default,
    };

    /// <summary>Whether an operator compares.</summary>
    public static bool IsComparison(FieldOperator op) => op is >= FieldOperator.Equal and <= FieldOperator.NotMatches;

    private FieldExpr ParseBinary(int precedenceMin)
    {
        using var level = tokens.Descend();
        var left = ParseUnary();
        var length = 0;
        while (true)
        {
            var token = tokens.Current;
            var (op, precedence) = OperatorOf(token);
            if (precedence == 0 || precedence < precedenceMin)
            {
                return left;
            }

            if (++length > TokenCursor.DepthMax)
            {
                throw tokens.Error(token.Start, $"more than {TokenCursor.DepthMax} operators follow one another; use a regular expression such as \"a|b\" for many values");
            }

            tokens.Take();

            // Power alone groups to the right.
            var right = ParseBinary(precedence == PowerPrecedence ? precedence : precedence + 1);
            left = Make(token, op, left, right);
        }
    }

    private FieldBinary Make(Token token, FieldOperator op, FieldExpr left, FieldExpr right)
    {
        if (TypeChecks.Fault(op, token.Text, left, right) is { } fault)
        {
            throw tokens.Error(token.Start, fault);
        }

        if (op is FieldOperator.Matches or FieldOperator.NotMatches)
        {
            CheckPattern((StaticExpr)right);
        }

        return new FieldBinary(TypeChecks.TypeOf(op, left, right), op, IdLiterals.Beside(right, op, left), IdLiterals.Beside(left, op, right)) { Position = left.Position };
    }

    private void CheckPattern(StaticExpr pattern)
    {
        try
        {
            ValuePattern.Parse(pattern.Value.Text);
        }
        catch (BadInputException fault)
        {
            throw tokens.Error(pattern.Position, fault.Message);
        }
    }

    private FieldExpr ParseUnary()
    {
        using var level = tokens.Descend();
        var token = tokens.Current;
        if (token.Kind is not (TokenKind.Not or TokenKind.Subtract))
        {
            return ParsePrimary();
        }

        tokens.Take();
        var isNot = token.Kind == TokenKind.Not;

        // A sign binds weaker than power: -2^2 is -4.
        var operand = isNot ? ParseUnary() : ParseBinary(PowerPrecedence);
        if (isNot ? operand.Type is not (TraceQlType.Bool or TraceQlType.Unknown) : operand.Type is not (TraceQlType.Number or TraceQlType.Duration or TraceQlType.Unknown))
        {
            throw tokens.Error(token.Start, $"behind \"{token.Text}\" {(isNot ? "something true or false" : "a number")} is expected, and this is {TypeChecks.Name(operand.Type)}");
        }

        if (!isNot && operand is StaticExpr number)
        {
            return number with { Value = Negative(number.Value), Position = token.Start };
        }

        return new FieldUnary(isNot ? TraceQlType.Bool : operand.Type, isNot, operand) { Position = token.Start };
    }

    private static AttributeValue Negative(AttributeValue value) => value.Kind == AttributeKind.Int ? AttributeValue.Of(-value.Int) : AttributeValue.Of(-value.Number);

    /// <summary>Parses a literal, a field, or an expression in parentheses.</summary>
    public FieldExpr ParsePrimary()
    {
        var token = tokens.Take();
        switch (token.Kind)
        {
            case TokenKind.Int:
                return Literal(token, TraceQlType.Number, AttributeValue.Of(token.Whole));
            case TokenKind.Float:
                return Literal(token, TraceQlType.Number, AttributeValue.Of(token.Number));
            case TokenKind.Duration:
                return Literal(token, TraceQlType.Duration, AttributeValue.Of(token.Whole));
            case TokenKind.String:
                return Literal(token, TraceQlType.Text, AttributeValue.Of(token.Text));
            case TokenKind.Attribute:
                return new FieldRef(TraceQlType.Unknown, Intrinsic.None, token.Scope, token.Text, token.IsOfParent) { Position = token.Start };
            case TokenKind.LeftParen:
                var inner = Parse();
                tokens.Expect(TokenKind.RightParen, "\")\" or an operator");
                return inner;
            case TokenKind.Word:
                return WordOf(token);
            default:
                throw tokens.Error(token.Start, $"unexpected {token}, expected a field or a value");
        }
    }

    private FieldExpr WordOf(Token token) => token.Text switch
    {
        "true" or "false" => Literal(token, TraceQlType.Bool, AttributeValue.Of(token.Text == "true")),
        "nil" => Literal(token, TraceQlType.Nil, default),
        "minInt" => Literal(token, TraceQlType.Number, AttributeValue.Of(long.MinValue)),
        "maxInt" => Literal(token, TraceQlType.Number, AttributeValue.Of(long.MaxValue)),
        "unset" => Literal(token, TraceQlType.Status, AttributeValue.Of((long)SpanStatus.Unset)),
        "ok" => Literal(token, TraceQlType.Status, AttributeValue.Of((long)SpanStatus.Ok)),
        "error" => Literal(token, TraceQlType.Status, AttributeValue.Of((long)SpanStatus.Error)),
        "unspecified" => Literal(token, TraceQlType.Kind, AttributeValue.Of((long)SpanKind.Unspecified)),
        "internal" => Literal(token, TraceQlType.Kind, AttributeValue.Of((long)SpanKind.Internal)),
        "server" => Literal(token, TraceQlType.Kind, AttributeValue.Of((long)SpanKind.Server)),
        "client" => Literal(token, TraceQlType.Kind, AttributeValue.Of((long)SpanKind.Client)),
        "producer" => Literal(token, TraceQlType.Kind, AttributeValue.Of((long)SpanKind.Producer)),
        "consumer" => Literal(token, TraceQlType.Kind, AttributeValue.Of((long)SpanKind.Consumer)),
        _ => FieldNames.Find(token.Text) is { } field
            ? field with { Position = token.Start }
            : throw tokens.Error(token.Start, $"\"{token.Text}\" is no field; write .{token.Text} for an attribute, or \"{token.Text}\" in quotes for a text"),
    };

    private static StaticExpr Literal(Token token, TraceQlType type, AttributeValue value) => new(type, value) { Position = token.Start };
}
