using Toka.Core.Attributes;
using Toka.Core.Searching;

namespace Toka.Core.Logs;

/// <summary>What the fields of a log record are.</summary>
internal static class LogFields
{
    public static void Collect(LogRecord log, Field field, ICollection<AttributeValue> values)
    {
        switch (field.FieldKind)
        {
            case FieldKind.Attribute:
                AttributeFields.CollectAny(log.Attributes.Span, log.Origin, field.Key, values);
                break;
            case FieldKind.OwnAttribute:
                AttributeFields.Collect(log.Attributes.Span, field.Key, values);
                break;
            case FieldKind.Time:
                values.Add(AttributeValue.Of(log.TimeNs));
                break;
            case FieldKind.TraceId:
                values.Add(AttributeValue.Of(log.TraceId.IsEmpty ? "" : log.TraceId.ToString()));
                break;
            case FieldKind.SpanId:
                values.Add(AttributeValue.Of(log.SpanId.IsEmpty ? "" : log.SpanId.ToString()));
                break;
            case FieldKind.Severity:
                values.Add(AttributeValue.Of((long)log.Severity));
                break;
            case FieldKind.Body:
                values.Add(AttributeValue.Of(log.Body));
                break;
            case FieldKind.EventName:
                values.Add(AttributeValue.Of(log.EventName));
                break;
            case FieldKind.AnyText:
                values.Add(AttributeValue.Of(log.Body));
                values.Add(AttributeValue.Of(log.EventName));
                AttributeFields.CollectAll(log.Attributes.Span, values);
                break;
            default:
                AttributeFields.CollectOrigin(log.Origin, field, values);
                break;
        }
    }

    public static void CollectKeys(LogRecord log, ICollection<FieldKey> keys)
    {
        AttributeFields.CollectKeys(log.Attributes.Span, FieldKind.OwnAttribute, keys);
        AttributeFields.CollectKeys(log.Origin.Resource, FieldKind.ResourceAttribute, keys);
        AttributeFields.CollectKeys(log.Origin.Scope, FieldKind.ScopeAttribute, keys);
    }
}
