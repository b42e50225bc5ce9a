using System.Text.Json;
using Toka.Core.Samples;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Histograms;
using Toka.Query.PromQL.Parsing;
using Toka.Query.Results;

namespace Toka.Query.PromQL;

/// <summary>Expressions in other forms: laid out for reading, and as a tree. Thread-safe.</summary>
public static class PromQlText
{
    /// <summary>
    /// The levels that a <see cref="Utf8JsonWriter"/> must allow (<see cref="JsonWriterOptions.MaxDepth"/>) for
    /// <see cref="WriteTree"/>: two for each level of the expression, and some around it.
    /// </summary>
    /// <param name="options">Where <see cref="QueryOptions.ExpressionDepthMax"/> is.</param>
    public static int TreeDepthMax(QueryOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return (2 * options.ExpressionDepthMax) + 16;
    }

    /// <summary>Lays out an expression: lines over 100 characters are split, each level indented by two spaces. Comments go.</summary>
    /// <param name="expression">PromQL.</param>
    /// <param name="options">Limits, functions and features.</param>
    /// <exception cref="QueryException">The expression is wrong.</exception>
    public static string Format(string expression, QueryOptions options) => ExprFormatter.Format(PromQlParser.Parse(expression, options));

    /// <summary>A native histogram in one line, as Prometheus prints it: <c>{count:3, sum:5.5, (1,2]:3}</c>.</summary>
    /// <param name="histogram">Any histogram; empty buckets are left out.</param>
    public static string Histogram(NativeHistogram histogram)
    {
        ArgumentNullException.ThrowIfNull(histogram);
        return HistogramText.Of(histogram);
    }

    /// <summary>Writes an expression's tree as Prometheus's <c>/api/v1/parse_query</c> does: one JSON object.</summary>
    /// <param name="expression">PromQL.</param>
    /// <param name="options">Limits, functions and features.</param>
    /// <param name="json">Where to write; nothing is written where the expression is wrong.</param>
    /// <exception cref="QueryException">The expression is wrong.</exception>
    public static void WriteTree(string expression, QueryOptions options, Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(json);
        var root = PromQlParser.Parse(expression, options);
        new ExprJson(options.Functions, json).Write(root);
    }
}
