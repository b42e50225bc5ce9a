using Toka.Core.Searching;
using Toka.Query.TraceQL.Ast;
using Toka.Query.TraceQL.Lexing;

namespace Toka.Query.TraceQL.Parsing;

/// <summary>Parses the stage that makes series of spans, and what is done with the series.</summary>
internal sealed class MetricsParser(TokenCursor tokens, FieldParser fields, SpansetParser spansets)
{
    /// <summary>Parses <c>| rate() by(…)</c> and its like; null where nothing of the kind stands.</summary>
    public MetricsStage? TryParseStage()
    {
        if (tokens.Current.Kind != TokenKind.Pipe || !SpansetParser.IsMetrics(tokens.Following.Text))
        {
            return null;
        }

        tokens.Take();
        var word = tokens.Take();
        tokens.Expect(TokenKind.LeftParen, $"\"(\" after {word.Text}");
        var stage = word.Text switch
        {
            "rate" => new MetricsStage(MetricsFunction.Rate, null, [], []) { Name = word.Text },
            "count_over_time" => new MetricsStage(MetricsFunction.CountOverTime, null, [], []) { Name = word.Text },
            "min_over_time" => Measured(word, MetricsFunction.MinOverTime),
            "max_over_time" => Measured(word, MetricsFunction.MaxOverTime),
            "avg_over_time" => Measured(word, MetricsFunction.AvgOverTime),
            "sum_over_time" => Measured(word, MetricsFunction.SumOverTime),
            "histogram_over_time" => Measured(word, MetricsFunction.HistogramOverTime),
            "quantile_over_time" => ParseQuantiles(word),
            _ => ParseCompare(word),
        };
        tokens.Expect(TokenKind.RightParen, "\")\"");
        return ParseBy(stage);
    }

    /// <summary>Parses <c>| topk(10)</c>, <c>| bottomk(10)</c> and comparisons of points with a number.</summary>
    public IReadOnlyList<SeriesStage> ParseSeriesStages()
    {
        var stages = new List<SeriesStage>();
        while (stages.Count < TokenCursor.DepthMax)
        {
            var (op, _) = FieldParser.OperatorOf(tokens.Current);
            if (FieldParser.IsComparison(op) && op is not (FieldOperator.Matches or FieldOperator.NotMatches))
            {
                tokens.Take();
                var isNegative = tokens.TryTake(TokenKind.Subtract);
                var number = tokens.Current.Kind is TokenKind.Int or TokenKind.Float or TokenKind.Duration ? tokens.Take() : throw tokens.Unexpected("a number");

                // Durations are seconds in series.
                var value = number.Kind == TokenKind.Duration ? number.Number / 1e9 : number.Number;
                stages.Add(new SeriesStage(op, isNegative ? -value : value, false));
            }
            else if (tokens.Current.Kind == TokenKind.Pipe)
            {
                tokens.Take();
                var word = tokens.Current;
                if (!tokens.TryTakeWord("topk") && !tokens.TryTakeWord("bottomk"))
                {
                    throw tokens.Unexpected("topk or bottomk");
                }

                tokens.Expect(TokenKind.LeftParen, $"\"(\" after {word.Text}");
                var count = tokens.Expect(TokenKind.Int, "how many series to keep");
                stages.Add(count.Whole > 0 ? new SeriesStage(null, count.Whole, word.Text == "bottomk") : throw tokens.Error(count.Start, "at least 1 series is expected to be kept"));
                tokens.Expect(TokenKind.RightParen, "\")\"");
            }
            else
            {
                break;
            }
        }

        return stages;
    }

    private MetricsStage Measured(Token word, MetricsFunction function) => new(function, ParseMeasure(), [], []) { Name = word.Text };

    private FieldRef ParseMeasure()
    {
        var field = fields.ParseField();
        return field.Type is TraceQlType.Unknown or TraceQlType.Number or TraceQlType.Duration
            ? field
            : throw tokens.Error(field.Position, $"a number is expected to be measured, and {field.Name} is {TypeChecks.Name(field.Type)}");
    }

    private MetricsStage ParseQuantiles(Token word)
    {
        var measure = ParseMeasure();
        var quantiles = new List<double>();
        while (tokens.TryTake(TokenKind.Comma))
        {
            var quantile = tokens.Current.Kind is TokenKind.Int or TokenKind.Float ? tokens.Take() : throw tokens.Unexpected("a quantile from 0 to 1");
            quantiles.Add(quantile.Number is >= 0 and <= 1 ? quantile.Number : throw tokens.Error(quantile.Start, $"{quantile.Text} is no quantile; 0 to 1 is expected"));
        }

        return quantiles.Count > 0 ? new MetricsStage(MetricsFunction.QuantileOverTime, measure, quantiles, []) { Name = word.Text } : throw tokens.Unexpected("\",\" and a quantile from 0 to 1");
    }

    private MetricsStage ParseCompare(Token word)
    {
        var stage = new MetricsStage(MetricsFunction.Compare, null, [], []) { Name = word.Text, Selection = spansets.ParseFilter() };
        if (!tokens.TryTake(TokenKind.Comma))
        {
            return stage;
        }

        var top = tokens.Expect(TokenKind.Int, "how many values of each field to return");
        stage = stage with { Top = top.Whole is >= 1 and <= 1000 ? (int)top.Whole : throw tokens.Error(top.Start, "1 to 1000 values are expected") };
        if (!tokens.TryTake(TokenKind.Comma))
        {
            return stage;
        }

        var from = tokens.Expect(TokenKind.Int, "when the selection begins, ns since the Unix epoch").Whole;
        tokens.Expect(TokenKind.Comma, "\",\" and when the selection ends");
        return stage with { Window = (from, tokens.Expect(TokenKind.Int, "when the selection ends, ns since the Unix epoch").Whole) };
    }

    private MetricsStage ParseBy(MetricsStage stage)
    {
        var by = tokens.Current;
        if (!tokens.TryTakeWord("by"))
        {
            return stage;
        }

        var keys = fields.ParseFields();
        return stage.Function == MetricsFunction.Compare ? throw tokens.Error(by.Start, "compare groups by every attribute itself, without by")
            : keys.Count <= EventAggregation.GroupsMax ? stage with { By = keys }
            : throw tokens.Error(by.Start, $"{keys.Count} fields to group by; at most {EventAggregation.GroupsMax} are possible");
    }
}
