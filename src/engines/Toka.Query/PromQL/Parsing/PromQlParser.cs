using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Lexing;
using Toka.Query.Results;

namespace Toka.Query.PromQL.Parsing;

/// <summary>Reads PromQL (Prometheus 3.x: UTF-8 names in quotes included). Thread-safe.</summary>
public static class PromQlParser
{
    /// <summary>Parses an expression and checks its types.</summary>
    /// <param name="expression">PromQL.</param>
    /// <param name="options">Limits and functions; null for <see cref="QueryOptions.Default"/>.</param>
    /// <returns>The tree.</returns>
    /// <exception cref="QueryException">The expression is wrong; the message begins with <c>LINE:COLUMN: parse error:</c>.</exception>
    public static Expr Parse(string expression, QueryOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(expression);
        options ??= QueryOptions.Default;
        if (expression.Length > options.ExpressionLengthMax)
        {
            throw Lexer.Error(expression, 0, $"the expression has {expression.Length} characters; the limit expression_length_max is {options.ExpressionLengthMax}");
        }

        return new ExpressionParser(expression, options).ParseWhole();
    }
}
