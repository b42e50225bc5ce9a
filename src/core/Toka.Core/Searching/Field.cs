namespace Toka.Core.Searching;

/// <summary>What a <see cref="Field"/> is.</summary>
public enum FieldKind : byte
{
    /// <summary>An attribute of a span, a log record, its resource, its scope, or of an event or link of it: the first that has the key, in this order.</summary>
    Attribute,

    /// <summary>An attribute of the span or log record itself.</summary>
    OwnAttribute,

    /// <summary>An attribute of the resource.</summary>
    ResourceAttribute,

    /// <summary>An attribute of the instrumentation scope.</summary>
    ScopeAttribute,

    /// <summary>An attribute of an event of a span: of any of them.</summary>
    EventAttribute,

    /// <summary>An attribute of a link of a span: of any of them.</summary>
    LinkAttribute,

    /// <summary>Text: the service's name.</summary>
    Service,

    /// <summary>Text: a span's name.</summary>
    Name,

    /// <summary>A whole number: <see cref="Spans.SpanStatus"/>.</summary>
    Status,

    /// <summary>Text: what is said of the status.</summary>
    StatusMessage,

    /// <summary>A whole number: <see cref="Spans.SpanKind"/>.</summary>
    Kind,

    /// <summary>A whole number of ns: how long a span took.</summary>
    Duration,

    /// <summary>A whole number of ns since the Unix epoch: when a span began, or the time of a log record.</summary>
    Time,

    /// <summary>Text: the trace's id, 32 small hexadecimal digits; empty for a log record without one.</summary>
    TraceId,

    /// <summary>Text: the span's id, 16 small hexadecimal digits; empty for a log record without one.</summary>
    SpanId,

    /// <summary>Text: the parent's id, 16 small hexadecimal digits; empty for a root.</summary>
    ParentId,

    /// <summary>Text: the scope's name.</summary>
    ScopeName,

    /// <summary>Text: the scope's version.</summary>
    ScopeVersion,

    /// <summary>Text: the name of an event of a span: of any of them. Of a log record: the name of the event that it is; empty for none.</summary>
    EventName,

    /// <summary>Text: the trace's id of a link: of any of them.</summary>
    LinkTraceId,

    /// <summary>Text: the span's id of a link: of any of them.</summary>
    LinkSpanId,

    /// <summary>A whole number: a log record's severity, 1 to 24, 0 where it is not said.</summary>
    Severity,

    /// <summary>Text: a log record's body.</summary>
    Body,

    /// <summary>
    /// Text: anything that can be read: name, status message, body, names of events, and values of the attributes of the span or
    /// record itself and of its events. Not those of its resource, scope or links.
    /// </summary>
    AnyText,
}

/// <summary>What a condition looks at, or what is grouped by.</summary>
/// <param name="FieldKind">What it is.</param>
/// <param name="Key">The key of an attribute; empty for the rest.</param>
public readonly record struct Field(FieldKind FieldKind, string Key = "")
{
    /// <summary>Whether it is an attribute of some scope.</summary>
    public bool IsAttribute => FieldKind <= FieldKind.LinkAttribute;

    /// <summary>An attribute of any scope.</summary>
    public static Field Attribute(string key) => new(FieldKind.Attribute, key);
}
