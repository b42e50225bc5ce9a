using Toka.Core.Searching;
using Toka.Query.TraceQL.Ast;

namespace Toka.Query.TraceQL.Planning;

/// <summary>Says which field of a record a field of the language is.</summary>
public static class FieldMapping
{
    /// <summary>The field; null for what a reader does not know: what other spans of the trace say, and what is computed.</summary>
    public static Field? Of(FieldRef field)
    {
        ArgumentNullException.ThrowIfNull(field);
        return field.IsOfParent ? null : field.Intrinsic == Intrinsic.None ? OfAttribute(field) : OfIntrinsic(field.Intrinsic);
    }

    /// <summary>The field of the language that an attribute is.</summary>
    public static FieldRef Of(Field field)
    {
        var (scope, key) = field.FieldKind switch
        {
            FieldKind.OwnAttribute => (AttributeScope.Span, field.Key),
            FieldKind.ResourceAttribute => (AttributeScope.Resource, field.Key),
            FieldKind.ScopeAttribute => (AttributeScope.Instrumentation, field.Key),
            FieldKind.EventAttribute => (AttributeScope.Event, field.Key),
            FieldKind.LinkAttribute => (AttributeScope.Link, field.Key),
            FieldKind.Attribute => (AttributeScope.Any, field.Key),
            FieldKind.Service => (AttributeScope.Resource, "service.name"),
            _ => throw new ArgumentException($"{field.FieldKind} is no attribute", nameof(field)),
        };
        return new FieldRef(TraceQlType.Unknown, Intrinsic.None, scope, key, false);
    }

    /// <summary>Whether a field depends on other spans of the trace than the one that is looked at.</summary>
    internal static bool NeedsStructure(FieldRef field) => field.IsOfParent || field.Intrinsic == Intrinsic.ChildCount;

    /// <summary>Whether a field is the trace's.</summary>
    internal static bool IsOfTrace(FieldRef field) => field.Intrinsic is Intrinsic.TraceDuration or Intrinsic.RootName or Intrinsic.RootService;

    private static Field OfAttribute(FieldRef field) => field.Scope switch
    {
        AttributeScope.Span => new Field(FieldKind.OwnAttribute, field.Key),

        // The service has a column of its own, and stores look there first.
        AttributeScope.Resource => field.Key == "service.name" ? new Field(FieldKind.Service) : new Field(FieldKind.ResourceAttribute, field.Key),
        AttributeScope.Event => new Field(FieldKind.EventAttribute, field.Key),
        AttributeScope.Link => new Field(FieldKind.LinkAttribute, field.Key),
        AttributeScope.Instrumentation => new Field(FieldKind.ScopeAttribute, field.Key),
        _ => Field.Attribute(field.Key),
    };

    private static Field? OfIntrinsic(Intrinsic intrinsic) => intrinsic switch
    {
        Intrinsic.Name => new Field(FieldKind.Name),
        Intrinsic.Status => new Field(FieldKind.Status),
        Intrinsic.StatusMessage => new Field(FieldKind.StatusMessage),
        Intrinsic.Kind => new Field(FieldKind.Kind),
        Intrinsic.Duration => new Field(FieldKind.Duration),
        Intrinsic.SpanId => new Field(FieldKind.SpanId),
        Intrinsic.ParentId => new Field(FieldKind.ParentId),
        Intrinsic.TraceId => new Field(FieldKind.TraceId),
        Intrinsic.EventName => new Field(FieldKind.EventName),
        Intrinsic.LinkTraceId => new Field(FieldKind.LinkTraceId),
        Intrinsic.LinkSpanId => new Field(FieldKind.LinkSpanId),
        Intrinsic.ScopeName => new Field(FieldKind.ScopeName),
        Intrinsic.ScopeVersion => new Field(FieldKind.ScopeVersion),
        Intrinsic.Text => new Field(FieldKind.AnyText),
        _ => null,
    };
}
