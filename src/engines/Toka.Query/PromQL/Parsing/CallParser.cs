using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Functions;
using Toka.Query.PromQL.Lexing;

namespace Toka.Query.PromQL.Parsing;

/// <summary>Parses calls and aggregations and checks their arguments.</summary>
internal sealed class CallParser(TokenCursor tokens, ExpressionParser expressions, QueryOptions options)
{
    public CallExpr ParseCall()
    {
        var name = tokens.Take();
        if (!options.Functions.TryGet(name.Text, out var function))
        {
            var nearest = options.Functions.Nearest(name.Text);
            throw tokens.Error(name.Start, $"unknown function with name \"{name.Text}\"" + (nearest is null ? "" : $"; did you mean \"{nearest}\"?"));
        }

        var signature = function.Signature;
        if (signature.IsExperimental && !options.ExperimentalFunctions)
        {
            throw tokens.Error(name.Start, $"function \"{name.Text}\" is experimental and must be enabled in the configuration, by query.experimental_functions: true");
        }

        var arguments = ParseArguments(signature.LabelSelectorArgument);
        CheckArguments(name, signature, arguments);
        return new CallExpr(signature.Name, arguments, signature.Returns)
        {
            LabelSelectorArgument = signature.LabelSelectorArgument,
            Position = tokens.From(name.Start),
        };
    }

    public AggregateExpr ParseAggregation(AggregationOperator op)
    {
        var name = tokens.Take();
        if (op >= AggregationOperator.LimitK && !options.ExperimentalFunctions)
        {
            throw tokens.Error(name.Start, $"{Names.Of(op)}() is experimental and must be enabled in the configuration, by query.experimental_functions: true");
        }

        List<string>? grouping = null;
        var isWithout = false;
        ParseGrouping(ref grouping, ref isWithout);
        var arguments = ParseArguments(-1);
        ParseGrouping(ref grouping, ref isWithout);
        var expected = Names.IsParameterized(op) ? 2 : 1;
        if (arguments.Count != expected)
        {
            throw tokens.Error(name.Start, arguments.Count == 0
                ? "no arguments for aggregate expression provided"
                : $"wrong number of arguments for aggregate expression provided, expected {expected}, got {arguments.Count}");
        }

        var operand = arguments[^1];
        Expect(operand, ExprType.InstantVector, "aggregation expression");
        var parameter = expected == 2 ? arguments[0] : null;
        if (parameter is not null)
        {
            Expect(parameter, op == AggregationOperator.CountValues ? ExprType.String : ExprType.Scalar, "aggregation parameter");
        }

        return new AggregateExpr(op, operand, parameter, grouping ?? [], isWithout) { Position = tokens.From(name.Start) };
    }

    private void ParseGrouping(ref List<string>? grouping, ref bool isWithout)
    {
        if (grouping is not null || !(tokens.Current.IsWord("by") || tokens.Current.IsWord("without")))
        {
            return;
        }

        isWithout = tokens.Take().IsWord("without");
        grouping = new SelectorParser(tokens).ParseLabelNames("grouping opts");
    }

    /// <summary>Reads arguments; one of them may have to be labels in braces, which need not select anything by themselves.</summary>
    private List<Expr> ParseArguments(int labelSelector)
    {
        tokens.Expect(TokenKind.LeftParen, "\"(\"", "call");
        var arguments = new List<Expr>();
        if (tokens.TryTake(TokenKind.RightParen))
        {
            return arguments;
        }

        while (true)
        {
            arguments.Add(arguments.Count == labelSelector ? ParseLabelSelector() : expressions.Parse());
            if (tokens.TryTake(TokenKind.RightParen))
            {
                return arguments;
            }

            tokens.Expect(TokenKind.Comma, "\",\" or \")\"", "function call");
        }
    }

    private VectorSelector ParseLabelSelector() => tokens.Current.Kind == TokenKind.LeftBrace
        ? new SelectorParser(tokens) { AllowsEmpty = true }.ParseSelector()
        : throw tokens.Error(tokens.Current.Start, $"expected label selectors only, got {tokens.Current}; write them in braces, such as {{version=~\".+\"}}");

    private void CheckArguments(Token name, FunctionSignature signature, List<Expr> arguments)
    {
        if (arguments.Count < signature.ArgumentsMin || arguments.Count > signature.ArgumentsMax)
        {
            var expected = signature.ArgumentsMin == signature.ArgumentsMax ? $"{signature.ArgumentsMin}"
                : arguments.Count < signature.ArgumentsMin ? $"at least {signature.ArgumentsMin}" : $"at most {signature.ArgumentsMax}";
            throw tokens.Error(name.Start, $"expected {expected} argument(s) in call to \"{signature.Name}\", got {arguments.Count}");
        }

        for (var i = 0; i < arguments.Count; i++)
        {
            Expect(arguments[i], signature.ParameterType(i), $"call to function \"{signature.Name}\"");
        }
    }

    private void Expect(Expr expression, ExprType type, string where)
    {
        if (expression.Type != type)
        {
            throw tokens.Error(expression.Position.Start, $"expected type {Names.Of(type)} in {where}, got {Names.Of(expression.Type)}");
        }
    }
}
