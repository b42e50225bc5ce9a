using Toka.Core.Searching;

namespace Toka.Query.TraceQL.Planning;

/// <summary>Guesses which of two conditions fewer spans hold.</summary>
internal static class Selectivity
{
    /// <summary>A larger number for a condition that fewer spans should hold; 0 for one that all may.</summary>
    public static int Of(Condition condition) => condition switch
    {
        Condition.All all => all.Parts.Count == 0 ? 0 : all.Parts.Max(Of) + (all.Parts.Count > 1 ? 1 : 0),
        Condition.Any any => any.Parts.Count == 0 ? 100 : any.Parts.Min(Of),
        Condition.Compare compare => Of(compare),
        _ => 1,
    };

    private static int Of(Condition.Compare compare) => (compare.Field.FieldKind, compare.Comparison) switch
    {
        (FieldKind.TraceId or FieldKind.SpanId or FieldKind.ParentId, Comparison.Equal) => 80,
        (FieldKind.OwnAttribute or FieldKind.Attribute or FieldKind.EventAttribute or FieldKind.LinkAttribute, Comparison.Equal or Comparison.TextEqual) => 40,
        (FieldKind.Status, Comparison.Equal) => compare.Value.Int == (long)Core.Spans.SpanStatus.Error ? 35 : 2,
        (FieldKind.Name, Comparison.Equal) => 30,
        (FieldKind.Service, Comparison.Equal) => 20,
        (FieldKind.ResourceAttribute or FieldKind.ScopeAttribute, Comparison.Equal or Comparison.TextEqual) => 15,
        (_, Comparison.Matches or Comparison.Contains) => 12,
        (FieldKind.EventName or FieldKind.EventAttribute or FieldKind.LinkAttribute, _) => 12,
        (_, Comparison.Greater or Comparison.GreaterOrEqual or Comparison.Less or Comparison.LessOrEqual) => 10,
        (_, Comparison.Equal) => 8,
        _ => 3,
    };
}
