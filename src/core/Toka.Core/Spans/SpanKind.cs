namespace Toka.Core.Spans;

/// <summary>The role of a span. Numbers are OTLP's.</summary>
public enum SpanKind : byte
{
    /// <summary>Not said.</summary>
    Unspecified,

    /// <summary>Work within an application.</summary>
    Internal,

    /// <summary>A request that is handled for a remote caller.</summary>
    Server,

    /// <summary>A request to a remote service.</summary>
    Client,

    /// <summary>A message that is sent.</summary>
    Producer,

    /// <summary>A message that is handled.</summary>
    Consumer,
}

/// <summary>How a span ended. Numbers are OTLP's.</summary>
public enum SpanStatus : byte
{
    /// <summary>Nothing was said.</summary>
    Unset,

    /// <summary>Said to have succeeded.</summary>
    Ok,

    /// <summary>Failed.</summary>
    Error,
}
