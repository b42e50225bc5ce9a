using System.Collections.Frozen;
using Toka.Core.Labels;

namespace Toka.Query.PromQL.Ast;

/// <summary>The operators' spellings, for the parser and the printer.</summary>
internal static class Names
{
    public static readonly FrozenDictionary<string, AggregationOperator> Aggregations =
        new Dictionary<string, AggregationOperator>(StringComparer.OrdinalIgnoreCase)
        {
            ["sum"] = AggregationOperator.Sum,
            ["avg"] = AggregationOperator.Avg,
            ["min"] = AggregationOperator.Min,
            ["max"] = AggregationOperator.Max,
            ["count"] = AggregationOperator.Count,
            ["group"] = AggregationOperator.Group,
            ["stddev"] = AggregationOperator.Stddev,
            ["stdvar"] = AggregationOperator.Stdvar,
            ["topk"] = AggregationOperator.TopK,
            ["bottomk"] = AggregationOperator.BottomK,
            ["quantile"] = AggregationOperator.Quantile,
            ["count_values"] = AggregationOperator.CountValues,
            ["limitk"] = AggregationOperator.LimitK,
            ["limit_ratio"] = AggregationOperator.LimitRatio,
        }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<AggregationOperator, string> AggregationNames =
        Aggregations.ToFrozenDictionary(pair => pair.Value, pair => pair.Key);

    public static string Of(AggregationOperator op) => AggregationNames[op];

    public static string Of(BinaryOperator op) => op switch
    {
        BinaryOperator.Add => "+",
        BinaryOperator.Subtract => "-",
        BinaryOperator.Multiply => "*",
        BinaryOperator.Divide => "/",
        BinaryOperator.Modulo => "%",
        BinaryOperator.Power => "^",
        BinaryOperator.Atan2 => "atan2",
        BinaryOperator.TrimUpper => "</",
        BinaryOperator.TrimLower => ">/",
        BinaryOperator.Equal => "==",
        BinaryOperator.NotEqual => "!=",
        BinaryOperator.Greater => ">",
        BinaryOperator.Less => "<",
        BinaryOperator.GreaterOrEqual => ">=",
        BinaryOperator.LessOrEqual => "<=",
        BinaryOperator.And => "and",
        BinaryOperator.Or => "or",
        _ => "unless",
    };

    public static string Of(MatchOperator op) => op switch
    {
        MatchOperator.Equal => "=",
        MatchOperator.NotEqual => "!=",
        MatchOperator.Matches => "=~",
        _ => "!~",
    };

    public static string Of(ExprType type) => type switch
    {
        ExprType.Scalar => "scalar",
        ExprType.String => "string",
        ExprType.InstantVector => "instant vector",
        _ => "range vector",
    };

    public static bool IsParameterized(AggregationOperator op) => op >= AggregationOperator.TopK;

    /// <summary>Whether a name can stand without quotes as a label's name.</summary>
    public static bool IsBareLabel(string name) => IsBare(name, false);

    /// <summary>Whether a name can stand without quotes as a metric's name.</summary>
    public static bool IsBareMetric(string name) => IsBare(name, true);

    private static bool IsBare(string name, bool colon)
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0]))
        {
            return false;
        }

        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_' && !(colon && c == ':'))
            {
                return false;
            }
        }

        return true;
    }
}
