namespace Toka.Protocols.Events;

/// <summary>Why a span or a log record, or a part of one, was not kept as it came.</summary>
internal enum EventFault
{
    None,
    Malformed,
    BadTraceId,
    BadSpanId,
    BadParentId,
    NoTime,
    TimeRange,
    CountLimit,
    OriginsLimit,
    TextBytesLimit,
    EndBeforeStart,
    BadKey,
    BadUtf8,
    AttributesLimit,
    KeyBytesLimit,
    ValueBytesLimit,
    NestingLimit,
    NameBytesLimit,
    EventsLimit,
    LinksLimit,
}

/// <summary>The faults' names, as in <c>toka_dropped_total{reason}</c>, and their sentences.</summary>
internal static class EventFaults
{
    public const int Count = (int)EventFault.LinksLimit + 1;

    public static string Name(EventFault fault) => fault switch
    {
        EventFault.Malformed => "malformed",
        EventFault.BadTraceId => "bad_trace_id",
        EventFault.BadSpanId => "bad_span_id",
        EventFault.BadParentId => "bad_parent_id",
        EventFault.NoTime => "no_time",
        EventFault.TimeRange => "time_range",
        EventFault.CountLimit => "count_limit",
        EventFault.OriginsLimit => "origins_limit",
        EventFault.TextBytesLimit => "text_bytes_limit",
        EventFault.EndBeforeStart => "end_before_start",
        EventFault.BadKey => "bad_attribute_key",
        EventFault.BadUtf8 => "bad_utf8",
        EventFault.AttributesLimit => "attributes_limit",
        EventFault.KeyBytesLimit => "key_bytes_limit",
        EventFault.ValueBytesLimit => "value_bytes_limit",
        EventFault.NestingLimit => "nesting_limit",
        EventFault.NameBytesLimit => "name_bytes_limit",
        EventFault.EventsLimit => "events_limit",
        EventFault.LinksLimit => "links_limit",
        _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, null),
    };

    /// <summary>What was wrong and what to do, for the faults that a whole span or record is refused for.</summary>
    public static string Sentence(EventFault fault, EventLimits limits) => fault switch
    {
        EventFault.Malformed => "it is malformed",
        EventFault.BadTraceId => "the trace id must be 16 bytes (32 hexadecimal digits) and not all zero",
        EventFault.BadSpanId => "the span id must be 8 bytes (16 hexadecimal digits) and not all zero",
        EventFault.BadParentId => "the parent's id must be 8 bytes (16 hexadecimal digits), or nothing for a root",
        EventFault.NoTime => "its start is missing",
        EventFault.TimeRange => "a time is beyond the year 2262; is it in nanoseconds?",
        EventFault.CountLimit => $"the request has more than {limits.PerRequestMax} (PerRequestMax); send smaller requests",
        EventFault.OriginsLimit => $"the request has more than {limits.OriginsPerRequestMax} resources and scopes (OriginsPerRequestMax), or more than {limits.OriginBytesPerRequestMax} bytes of them (OriginBytesPerRequestMax); send smaller requests, or group what is of one resource",
        EventFault.TextBytesLimit => $"the request expands to more than {limits.TextBytesPerRequestMax} bytes of texts (TextBytesPerRequestMax); send smaller requests",
        EventFault.ValueBytesLimit => $"its body is a list or a map of more than {limits.BodyBytesMax} bytes (BodyBytesMax)",
        EventFault.NestingLimit => $"its body nests deeper than {limits.NestingMax} (NestingMax)",
        _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, null),
    };
}
