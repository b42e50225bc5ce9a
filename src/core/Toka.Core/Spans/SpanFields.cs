using Toka.Core.Attributes;
using Toka.Core.Searching;

namespace Toka.Core.Spans;

/// <summary>What the fields of a span are.</summary>
internal static class SpanFields
{
    public static void Collect(SpanRecord span, Field field, ICollection<AttributeValue> values)
    {
        switch (field.FieldKind)
        {
            case FieldKind.Attribute:
                _ = AttributeFields.CollectAny(span.Attributes.Span, span.Origin, field.Key, values) || CollectEvents(span, field.Key, values) || CollectLinks(span, field.Key, values);
                break;
            case FieldKind.OwnAttribute:
                AttributeFields.Collect(span.Attributes.Span, field.Key, values);
                break;
            case FieldKind.EventAttribute:
                CollectEvents(span, field.Key, values);
                break;
            case FieldKind.LinkAttribute:
                CollectLinks(span, field.Key, values);
                break;
            case FieldKind.EventName:
                foreach (var one in SpanEvent.Read(span.Events.Span))
                {
                    values.Add(AttributeValue.Of(one.Name));
                }

                break;
            case FieldKind.LinkTraceId or FieldKind.LinkSpanId:
                foreach (var link in SpanLink.Read(span.Links.Span))
                {
                    values.Add(AttributeValue.Of(field.FieldKind == FieldKind.LinkTraceId ? link.TraceId.ToString() : link.SpanId.ToString()));
                }

                break;
            case FieldKind.AnyText:
                CollectText(span, values);
                break;
            default:
                CollectOwn(span, field, values);
                break;
        }
    }

    public static void CollectKeys(SpanRecord span, ICollection<FieldKey> keys)
    {
        AttributeFields.CollectKeys(span.Attributes.Span, FieldKind.OwnAttribute, keys);
        AttributeFields.CollectKeys(span.Origin.Resource, FieldKind.ResourceAttribute, keys);
        AttributeFields.CollectKeys(span.Origin.Scope, FieldKind.ScopeAttribute, keys);
        foreach (var one in SpanEvent.Read(span.Events.Span))
        {
            AttributeFields.CollectKeys(one.Attributes.Span, FieldKind.EventAttribute, keys);
        }

        foreach (var link in SpanLink.Read(span.Links.Span))
        {
            AttributeFields.CollectKeys(link.Attributes.Span, FieldKind.LinkAttribute, keys);
        }
    }

    private static void CollectOwn(SpanRecord span, Field field, ICollection<AttributeValue> values)
    {
        switch (field.FieldKind)
        {
            case FieldKind.Name:
                values.Add(AttributeValue.Of(span.Name));
                break;
            case FieldKind.Status:
                values.Add(AttributeValue.Of((long)span.Status));
                break;
            case FieldKind.StatusMessage:
                values.Add(AttributeValue.Of(span.StatusMessage));
                break;
            case FieldKind.Kind:
                values.Add(AttributeValue.Of((long)span.Kind));
                break;
            case FieldKind.Duration:
                values.Add(AttributeValue.Of(span.DurationNs));
                break;
            case FieldKind.Time:
                values.Add(AttributeValue.Of(span.StartNs));
                break;
            case FieldKind.TraceId:
                values.Add(AttributeValue.Of(span.TraceId.ToString()));
                break;
            case FieldKind.SpanId:
                values.Add(AttributeValue.Of(span.SpanId.ToString()));
                break;
            case FieldKind.ParentId:
                values.Add(AttributeValue.Of(span.ParentId.IsEmpty ? "" : span.ParentId.ToString()));
                break;
            default:
                AttributeFields.CollectOrigin(span.Origin, field, values);
                break;
        }
    }

    private static void CollectText(SpanRecord span, ICollection<AttributeValue> values)
    {
        values.Add(AttributeValue.Of(span.Name));
        values.Add(AttributeValue.Of(span.StatusMessage));
        AttributeFields.CollectAll(span.Attributes.Span, values);
        foreach (var one in SpanEvent.Read(span.Events.Span))
        {
            values.Add(AttributeValue.Of(one.Name));
            AttributeFields.CollectAll(one.Attributes.Span, values);
        }
    }

    private static bool CollectEvents(SpanRecord span, string key, ICollection<AttributeValue> values)
    {
        var isThere = false;
        foreach (var one in SpanEvent.Read(span.Events.Span))
        {
            isThere |= AttributeFields.Collect(one.Attributes.Span, key, values);
        }

        return isThere;
    }

    private static bool CollectLinks(SpanRecord span, string key, ICollection<AttributeValue> values)
    {
        var isThere = false;
        foreach (var link in SpanLink.Read(span.Links.Span))
        {
            isThere |= AttributeFields.Collect(link.Attributes.Span, key, values);
        }

        return isThere;
    }
}
