namespace Toka.Protocols.Events;

/// <summary>
/// What one request of spans or log records may ask for. A span or record that cannot be kept is refused alone; of one that has too
/// much, the rest is left out: counted in <c>toka_dropped_total</c> by reason, and in its own <c>Dropped</c>. Immutable.
/// </summary>
public sealed record EventLimits
{
    /// <summary>Spans or records of one request. Default 200,000: more than exporters send by far, and 40 MiB of rows.</summary>
    public int PerRequestMax { get; init; } = 200_000;

    /// <summary>
    /// Resources and scopes of one request, each counted as often as it stands. Default 20,000: one is an object of commonly 1 KiB, and
    /// a body of the default size could otherwise ask for hundreds of MiB of them.
    /// </summary>
    public int OriginsPerRequestMax { get; init; } = 20_000;

    /// <summary>
    /// Bytes of the resources and scopes of one request, a resource counted with each of its scopes. Default 64 MiB: senders' have some
    /// KiB each, and a body could otherwise name one of megabytes with thousands of scopes.
    /// </summary>
    public long OriginBytesPerRequestMax { get; init; } = 64L << 20;

    /// <summary>
    /// Bytes of texts that one request may expand to. Default 64 MiB. A control character takes six bytes of JSON, so that a body
    /// could otherwise grow sixfold.
    /// </summary>
    public int TextBytesPerRequestMax { get; init; } = 64 * 1024 * 1024;

    /// <summary>Bytes of a name, a status message or a trace state. Default 4096; what is longer is cut.</summary>
    public int NameBytesMax { get; init; } = 4096;

    /// <summary>Attributes of one span, record, event, link, scope or resource. Default 256, twice the limit of OpenTelemetry's SDKs.</summary>
    public int AttributesMax { get; init; } = 256;

    /// <summary>Bytes of an attribute's key. Default 512. Attributes with a longer one are left out.</summary>
    public int KeyBytesMax { get; init; } = 512;

    /// <summary>
    /// Bytes of an attribute's value. Default 32 KiB, room for a stack trace. A longer text is cut, a longer list, map or array of
    /// bytes is left out, as half of it would mean something else.
    /// </summary>
    public int ValueBytesMax { get; init; } = 32 * 1024;

    /// <summary>How deep lists and maps may nest in a value. Default 8. Each level is a recursion of the reader; what is deeper is left out.</summary>
    public int NestingMax { get; init; } = 8;

    /// <summary>Events of one span. Default 1024, eight times the limit of OpenTelemetry's SDKs; further ones are left out.</summary>
    public int EventsMax { get; init; } = 1024;

    /// <summary>Links of one span. Default 1024, eight times the limit of OpenTelemetry's SDKs; further ones are left out.</summary>
    public int LinksMax { get; init; } = 1024;

    /// <summary>Bytes of a log record's body. Default 256 KiB; a longer text is cut, a longer list or map refused.</summary>
    public int BodyBytesMax { get; init; } = 256 * 1024;

    /// <summary>
    /// Spans or records of one request that are malformed in themselves. Default 100: beyond it the whole request is. They are
    /// told apart by exceptions, which take time.
    /// </summary>
    public int MalformedMax { get; init; } = 100;
}
