using System.Globalization;
using System.Text;
using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Events.Duck;
using Toka.Events.Origins;

namespace Toka.Events.Reading;

/// <summary>A condition in SQL.</summary>
/// <param name="Text">An expression that is never NULL, with <c>$1</c>, <c>$2</c> … for the values.</param>
/// <param name="IsExact">Whether it holds for exactly the rows of the condition; otherwise it holds for others too.</param>
internal readonly record struct SqlCondition(string Text, bool IsExact)
{
    /// <summary>Holds for every row.</summary>
    public static SqlCondition Anything { get; } = new("true", false);

    /// <summary>Whether it says nothing.</summary>
    public bool IsAnything => Text == "true";
}

/// <summary>
/// Writes conditions as SQL: exactly where SQL can say it, wider otherwise, so that rows that are read are checked once more.
/// Texts go in as parameters, numbers as numbers.
/// </summary>
/// <param name="columns">What the columns of the table or file are.</param>
/// <param name="origins">The origins that rows may have.</param>
internal sealed class ConditionSql(IPartColumns columns, OriginRegistry origins)
{
    // Among these a text within JSON is searched for as it is, because no writer escapes them.
    private const string PlainCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ._:-";
    private const int OriginsMax = 2_000;

    private static readonly System.Buffers.SearchValues<char> Plain = System.Buffers.SearchValues.Create(PlainCharacters);
    private readonly List<AttributeValue> _values = [];

    /// <summary>The values of the parameters, in their order.</summary>
    public IReadOnlyList<AttributeValue> Values => _values;

    /// <summary>Writes a condition.</summary>
    public SqlCondition Write(Condition condition)
    {
        switch (condition)
        {
            case Condition.All all:
                return Join(all.Parts, " AND ", "true");
            case Condition.Any any:
                return Join(any.Parts, " OR ", "false");
            case Condition.Not not:
                var before = _values.Count;
                var inner = Write(not.Inner);
                if (inner.IsExact)
                {
                    return new SqlCondition($"(NOT {inner.Text})", true);
                }

                _values.RemoveRange(before, _values.Count - before);
                return SqlCondition.Anything;
            default:
                return Write((Condition.Compare)condition);
        }
    }

    private SqlCondition Join(IReadOnlyList<Condition> parts, string word, string empty)
    {
        if (parts.Count == 0)
        {
            return new SqlCondition(empty, true);
        }

        var isExact = true;
        var before = _values.Count;
        var texts = new List<string>(parts.Count);
        foreach (var part in parts)
        {
            var one = Write(part);
            isExact &= one.IsExact;
            if (one.IsAnything && word == " OR ")
            {
                _values.RemoveRange(before, _values.Count - before);
                return new SqlCondition("true", one.IsExact);
            }

            texts.Add(one.Text);
        }

        return new SqlCondition($"({string.Join(word, texts)})", isExact);
    }

    private SqlCondition Write(Condition.Compare compare)
    {
        var field = compare.Field;
        if (columns.ColumnOf(field.FieldKind) is { } column)
        {
            return Typed(column.Name, column.Kind, compare);
        }

        switch (field.FieldKind)
        {
            case FieldKind.ResourceAttribute or FieldKind.ScopeAttribute or FieldKind.ScopeName or FieldKind.ScopeVersion:
                return OriginsWhere(compare) ?? SqlCondition.Anything;
            case FieldKind.TraceId:
                return ById(compare);
            case FieldKind.OwnAttribute:
                return Own(compare);
            case FieldKind.Attribute:
                return AnyScope(compare);
            case FieldKind.EventAttribute or FieldKind.EventName when columns.HasEvents:
                return InJson("events", compare, field.Key);
            case FieldKind.LinkAttribute or FieldKind.LinkTraceId or FieldKind.LinkSpanId when columns.HasEvents:
                return InJson("links", compare, field.Key);
            default:
                return SqlCondition.Anything;
        }
    }

    /// <summary>A column that is never NULL.</summary>
    private SqlCondition Typed(string column, AttributeKind kind, Condition.Compare compare)
    {
        var value = compare.Value;
        return compare.Comparison switch
        {
            Comparison.Exists => new SqlCondition("true", true),
            Comparison.Equal or Comparison.NotEqual or Comparison.Less or Comparison.LessOrEqual or Comparison.Greater or Comparison.GreaterOrEqual =>
                Ordered(column, kind, compare.Comparison, value),
            Comparison.TextEqual when kind == AttributeKind.Text => Bound($"({column} = {Next})", AttributeValue.Of(value.ToString())),
            Comparison.TextEqual when kind == AttributeKind.Int && long.TryParse(value.ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                && number.ToString(CultureInfo.InvariantCulture) == value.ToString() => new SqlCondition($"({column} = {number})", true),
            Comparison.Contains when kind == AttributeKind.Text && Ascii.IsValid(value.ToString()) => Bound($"contains(lower({column}), lower({Next}))", AttributeValue.Of(value.ToString())) with { IsExact = false },
            Comparison.Matches or Comparison.NotMatches when kind != AttributeKind.Text => new SqlCondition("false", true),
            _ => SqlCondition.Anything,
        };
    }

    private SqlCondition Ordered(string column, AttributeKind kind, Comparison comparison, AttributeValue value)
    {
        var isNumber = kind is AttributeKind.Int or AttributeKind.Double;
        if (isNumber != value.IsNumber || (!isNumber && kind != value.Kind) || (kind is AttributeKind.Bool && comparison is not (Comparison.Equal or Comparison.NotEqual)))
        {
            return new SqlCondition("false", true);
        }

        if (isNumber && double.IsNaN(value.Number))
        {
            return new SqlCondition(comparison == Comparison.NotEqual ? "true" : "false", true);
        }

        var sign = comparison switch
        {
            Comparison.Equal => "=",
            Comparison.NotEqual => "<>",
            Comparison.Less => "<",
            Comparison.LessOrEqual => "<=",
            Comparison.Greater => ">",
            _ => ">=",
        };
        return (kind, value.Kind) switch
        {
            (AttributeKind.Int, AttributeKind.Int) => new SqlCondition(string.Create(CultureInfo.InvariantCulture, $"({column} {sign} {value.Int})"), true),
            (AttributeKind.Int, _) => Bound($"(CAST({column} AS DOUBLE) {sign} {Next})", value),

            // DuckDB takes NaN for larger than all numbers and equal to itself; conditions take it for neither.
            (AttributeKind.Double, _) => Bound(
                comparison == Comparison.NotEqual ? $"({column} <> {Next})" : $"({column} {sign} {Next} AND NOT isnan({column}))",
                AttributeValue.Of(value.Number)),
            (AttributeKind.Bool, _) => new SqlCondition($"({column} {sign} {(value.Bool ? "true" : "false")})", true),
            _ => Bound($"({column} {sign} {Next})", value),
        };
    }

    private static SqlCondition ById(Condition.Compare compare) =>
        compare.Comparison is Comparison.Equal or Comparison.TextEqual && TraceId.TryParse(compare.Value.ToString(), out var id)
            ? new SqlCondition($"(trace_id = {Uuid(id)})", compare.Value.ToString() == id.ToString() && compare.Value.Kind == AttributeKind.Text)
            : SqlCondition.Anything;

    /// <summary>What the origin says is decided for each origin, not for each row.</summary>
    private SqlCondition? OriginsWhere(Condition.Compare compare)
    {
        var ids = new List<ulong>();
        var evaluator = new ConditionEvaluator(compare);
        foreach (var (id, origin) in origins.All)
        {
            if (evaluator.Holds(RecordOf(origin)) && ids.Count <= OriginsMax)
            {
                ids.Add(id);
            }
        }

        return ids.Count > OriginsMax ? null : OriginIn(ids, true);
    }

    private static SqlCondition OriginIn(List<ulong> ids, bool isExact) => ids.Count == 0
        ? new SqlCondition("false", isExact)
        : new SqlCondition($"(origin IN ({string.Join(", ", ids.Select(static id => id.ToString(CultureInfo.InvariantCulture)))}))", isExact);

    private SqlCondition Own(Condition.Compare compare)
    {
        var key = compare.Field.Key;
        var rest = columns.MayBeInRest(key) ? InJson("attributes", compare, key) : new SqlCondition("false", true);
        if (columns.ColumnOf(key) is not { } column)
        {
            return rest;
        }

        var typed = Typed(column.Name, column.Kind, compare);
        typed = typed with { Text = $"({column.Name} IS NOT NULL AND {typed.Text})" };
        return rest.Text == "false" ? typed : new SqlCondition($"({typed.Text} OR {rest.Text})", typed.IsExact && rest.IsExact);
    }

    private SqlCondition AnyScope(Condition.Compare compare)
    {
        var before = _values.Count;
        var own = Own(compare with { Field = new Field(FieldKind.OwnAttribute, compare.Field.Key) });
        if (own.IsAnything)
        {
            return own;
        }

        var parts = new List<string> { own.Text };
        var ofResource = OriginsWhere(compare with { Field = new Field(FieldKind.ResourceAttribute, compare.Field.Key) });
        var ofScope = OriginsWhere(compare with { Field = new Field(FieldKind.ScopeAttribute, compare.Field.Key) });
        if (ofResource is null || ofScope is null)
        {
            _values.RemoveRange(before, _values.Count - before);
            return SqlCondition.Anything;
        }

        parts.Add(ofResource.Value.Text);
        parts.Add(ofScope.Value.Text);
        if (columns.MayBeIn(FieldKind.EventAttribute, compare.Field.Key))
        {
            parts.Add(InJson("events", compare, compare.Field.Key).Text);
        }

        if (columns.MayBeIn(FieldKind.LinkAttribute, compare.Field.Key))
        {
            parts.Add(InJson("links", compare, compare.Field.Key).Text);
        }

        // A key of the span itself hides the same key elsewhere, which this does not say: what is found is checked.
        parts.RemoveAll(static part => part == "false");
        return parts switch
        {
            [] => new SqlCondition("false", true),
            [var one] when one == own.Text => own,
            _ => new SqlCondition($"({string.Join(" OR ", parts)})", false),
        };
    }

    /// <summary>JSON that has the key and the value in it somewhere.</summary>
    private SqlCondition InJson(string column, Condition.Compare compare, string key)
    {
        var texts = new List<string> { $"{column} <> ''" };
        Contains(texts, column, key);
        if (compare.Comparison is Comparison.Equal or Comparison.TextEqual && compare.Value.Kind is AttributeKind.Text)
        {
            Contains(texts, column, compare.Value.Text);
        }

        return new SqlCondition($"({string.Join(" AND ", texts)})", false);
    }

    private void Contains(List<string> texts, string column, string text)
    {
        var run = LongestPlainRun(text);
        if (run.Length > 0)
        {
            texts.Add($"contains({column}, {Next})");
            _values.Add(AttributeValue.Of(run));
        }
    }

    private static string LongestPlainRun(string text)
    {
        var (best, bestLength, start) = (0, 0, 0);
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && Plain.Contains(text[i]))
            {
                continue;
            }

            if (i - start > bestLength)
            {
                (best, bestLength) = (start, i - start);
            }

            start = i + 1;
        }

        return text.Substring(best, bestLength);
    }

    /// <summary>The next parameter.</summary>
    private string Next => string.Create(CultureInfo.InvariantCulture, $"${_values.Count + 1}");

    private SqlCondition Bound(string text, AttributeValue value)
    {
        _values.Add(value);
        return new SqlCondition(text, true);
    }

    /// <summary>A trace's id within SQL.</summary>
    public static string Uuid(TraceId id)
    {
        var hex = id.ToString();
        return $"UUID {DuckNative.Quote($"{hex[..8]}-{hex[8..12]}-{hex[12..16]}-{hex[16..20]}-{hex[20..]}")}";
    }

    /// <summary>What fields of an origin are read from.</summary>
    public static ISearchable RecordOf(Origin origin) =>
        new SpanRecord { TraceId = default, SpanId = default, StartNs = 0, DurationNs = 0, Origin = origin, Name = "" };
}
