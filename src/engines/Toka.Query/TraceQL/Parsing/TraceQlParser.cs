using Toka.Core.Attributes;
using Toka.Query.Results;
using Toka.Query.TraceQL.Ast;
using Toka.Query.TraceQL.Lexing;

namespace Toka.Query.TraceQL.Parsing;

/// <summary>Reads TraceQL. Thread-safe.</summary>
/// <remarks>Source: the public documentation of Grafana Tempo; what is taken of it is in docs/reference/traceql.md.</remarks>
public static class TraceQlParser
{
    /// <summary>The longest query, in characters: 16,384.</summary>
    public const int LengthMax = 16_384;

    /// <summary>Parses a query and checks its types.</summary>
    /// <param name="query">TraceQL; nothing but blanks is <c>{}</c>.</param>
    /// <exception cref="QueryException">The query is wrong; the message begins with <c>LINE:COLUMN: parse error:</c> and says what was expected.</exception>
    public static TraceQlQuery Parse(string query)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (query.Length > LengthMax)
        {
            throw Lexer.Error(query, 0, $"the query has {query.Length} characters; at most {LengthMax} are possible");
        }

        if (string.IsNullOrWhiteSpace(query))
        {
            return new TraceQlQuery(query, new SpansetFilter(null), null, [], new Dictionary<string, AttributeValue>());
        }

        var tokens = new TokenCursor(query);
        var fields = new FieldParser(tokens);
        var spansets = new SpansetParser(tokens, fields);
        var metrics = new MetricsParser(tokens, fields, spansets);
        var spans = spansets.ParsePipeline();
        var stage = metrics.TryParseStage();
        var after = stage is null ? [] : metrics.ParseSeriesStages();
        var hints = ParseHints(tokens, fields);
        return tokens.Current.Kind == TokenKind.End
            ? new TraceQlQuery(query, spans, stage, after, hints)
            : throw tokens.Unexpected(stage is null ? "\"|\", an operator between sets of spans, or the end" : "\"| topk(…)\", a comparison with a number, or the end");
    }

    private static Dictionary<string, AttributeValue> ParseHints(TokenCursor tokens, FieldParser fields)
    {
        var hints = new Dictionary<string, AttributeValue>();
        while (tokens.TryTakeWord("with"))
        {
            tokens.Expect(TokenKind.LeftParen, "\"(\" after with");
            do
            {
                var name = tokens.Expect(TokenKind.Word, "the name of a hint");
                tokens.Expect(TokenKind.Equal, "\"=\" and the hint's value");
                hints[name.Text] = fields.ParsePrimary() is StaticExpr value ? value.Value : throw tokens.Error(name.Start, $"the value of the hint {name.Text} is expected to be a literal");
            }
            while (tokens.TryTake(TokenKind.Comma));
            tokens.Expect(TokenKind.RightParen, "\",\" or \")\"");
        }

        return hints;
    }
}
