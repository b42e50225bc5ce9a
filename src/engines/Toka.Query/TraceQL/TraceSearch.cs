using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Query.TraceQL.Ast;
using Toka.Query.TraceQL.Lexing;
using Toka.Query.TraceQL.Planning;

namespace Toka.Query.TraceQL;

/// <summary>The fields of a search form: all that are given must hold of one span. Immutable.</summary>
public sealed record TraceSearch
{
    /// <summary>The service; null for any.</summary>
    public string? Service { get; init; }

    /// <summary>The span's name; null for any.</summary>
    public string? Operation { get; init; }

    /// <summary>How it ended; null for any.</summary>
    public SpanStatus? Status { get; init; }

    /// <summary>Its role; null for any.</summary>
    public SpanKind? Kind { get; init; }

    /// <summary>The shortest that it took, ns; null for any.</summary>
    public long? MinDurationNs { get; init; }

    /// <summary>The longest that it took, ns; null for any.</summary>
    public long? MaxDurationNs { get; init; }

    /// <summary>
    /// Attributes by key and the text of their value, whatever its kind, on the span, its resource, its scope, its events or its
    /// links. <c>error=true</c> is the status too, and <c>span.kind</c>, <c>otel.status_code</c>, <c>otel.scope.name</c> and
    /// <c>otel.scope.version</c> are the span's fields too, as Jaeger shows them.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, string>> Attributes { get; init; } = [];

    /// <summary>Text that something of the span has in it, whatever its case; null for any.</summary>
    public string? Text { get; init; }

    /// <summary>What must hold of a span.</summary>
    public Condition ToCondition()
    {
        var parts = new List<Condition>();
        AddText(parts, FieldKind.Service, Service);
        AddText(parts, FieldKind.Name, Operation);
        Add(parts, FieldKind.Status, Comparison.Equal, (long?)Status);
        Add(parts, FieldKind.Kind, Comparison.Equal, (long?)Kind);
        Add(parts, FieldKind.Duration, Comparison.GreaterOrEqual, MinDurationNs);
        Add(parts, FieldKind.Duration, Comparison.LessOrEqual, MaxDurationNs);
        parts.AddRange(Attributes.Select(OfTag));
        if (!string.IsNullOrEmpty(Text))
        {
            parts.Add(new Condition.Compare(new Field(FieldKind.AnyText), Comparison.Contains, AttributeValue.Of(Text)));
        }

        return parts.Count == 1 ? parts[0] : new Condition.All(parts);
    }

    /// <summary>
    /// The same in TraceQL, to be shown and changed. An attribute there has one kind of value, so that a number or a truth stands
    /// twice: as itself and as a text.
    /// </summary>
    public string ToTraceQl()
    {
        var parts = new List<string>();
        parts.AddRange(Optional(Service, static value => $"resource.service.name = {Quote(value)}"));
        parts.AddRange(Optional(Operation, static value => $"name = {Quote(value)}"));
        parts.AddRange(Optional(Status?.ToString().ToLowerInvariant(), static value => $"status = {value}"));
        parts.AddRange(Optional(Kind?.ToString().ToLowerInvariant(), static value => $"kind = {value}"));
        parts.AddRange(Optional(MinDurationNs, static value => $"duration >= {DurationText.Format(value)}"));
        parts.AddRange(Optional(MaxDurationNs, static value => $"duration <= {DurationText.Format(value)}"));
        parts.AddRange(Attributes.Select(static pair => AttributeText(pair.Key, pair.Value)));
        parts.AddRange(Optional(Text, static value => $"text =~ {Quote(ContainsPattern.Of(value))}"));
        return parts.Count == 0 ? "{}" : $"{{ {string.Join(" && ", parts)} }}";
    }

    private static IEnumerable<string> Optional(string? value, Func<string, string> write) => string.IsNullOrEmpty(value) ? [] : [write(value)];

    private static IEnumerable<string> Optional(long? value, Func<long, string> write) => value is { } number ? [write(number)] : [];

    private static void AddText(List<Condition> parts, FieldKind field, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            parts.Add(new Condition.Compare(new Field(field), Comparison.Equal, AttributeValue.Of(value)));
        }
    }

    private static void Add(List<Condition> parts, FieldKind field, Comparison comparison, long? value)
    {
        if (value is { } number)
        {
            parts.Add(new Condition.Compare(new Field(field), comparison, AttributeValue.Of(number)));
        }
    }

    private static Condition OfTag(KeyValuePair<string, string> tag)
    {
        var (key, value) = tag;
        var ways = new List<Condition>();
        foreach (var scope in (ReadOnlySpan<FieldKind>)[FieldKind.OwnAttribute, FieldKind.ResourceAttribute, FieldKind.ScopeAttribute, FieldKind.EventAttribute, FieldKind.LinkAttribute])
        {
            ways.Add(new Condition.Compare(new Field(scope, key), Comparison.TextEqual, AttributeValue.Of(value)));
        }

        if (key is "error" && value is "true")
        {
            ways.Add(new Condition.Compare(new Field(FieldKind.Status), Comparison.Equal, AttributeValue.Of((long)SpanStatus.Error)));
        }
        else if (key is "span.kind" && Enum.TryParse<SpanKind>(value, ignoreCase: true, out var kind))
        {
            ways.Add(new Condition.Compare(new Field(FieldKind.Kind), Comparison.Equal, AttributeValue.Of((long)kind)));
        }
        else if (key is "otel.status_code" && Enum.TryParse<SpanStatus>(value, ignoreCase: true, out var status))
        {
            ways.Add(new Condition.Compare(new Field(FieldKind.Status), Comparison.Equal, AttributeValue.Of((long)status)));
        }
        else if (key is "otel.scope.name" or "otel.scope.version")
        {
            ways.Add(new Condition.Compare(new Field(key is "otel.scope.name" ? FieldKind.ScopeName : FieldKind.ScopeVersion), Comparison.Equal, AttributeValue.Of(value)));
        }

        return new Condition.Any(ways);
    }

    private static string AttributeText(string key, string value)
    {
        var field = $".{FieldNames.QuoteKey(key)}";
        var isLiteral = value is "true" or "false" || (value.Length is > 0 and < 20 && char.IsAsciiDigit(value[0]) && double.TryParse(value, System.Globalization.CultureInfo.InvariantCulture, out _));
        return isLiteral ? $"({field} = {value} || {field} = {Quote(value)})" : $"{field} = {Quote(value)}";
    }

    private static string Quote(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal)}\"";
}
