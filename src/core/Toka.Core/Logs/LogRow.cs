using Toka.Core.Spans;

namespace Toka.Core.Logs;

/// <summary>A log record in a <see cref="LogBatch"/>. Texts are UTF-8 in the batch's bytes.</summary>
public struct LogRow
{
    /// <summary>When it happened, ns since the Unix epoch; when it was observed, where that is all that is known.</summary>
    public long TimeNs { get; set; }

    /// <summary>When it was observed, ns since the Unix epoch; 0 where it is not said.</summary>
    public long ObservedNs { get; set; }

    /// <summary>The trace it belongs to; empty for none.</summary>
    public TraceId TraceId { get; set; }

    /// <summary>The span it belongs to; empty for none.</summary>
    public SpanId SpanId { get; set; }

    /// <summary>Its place in <see cref="LogBatch.Origins"/>.</summary>
    public int Origin { get; set; }

    /// <summary>W3C trace flags.</summary>
    public uint Flags { get; set; }

    /// <summary>Attributes that the sender says it dropped.</summary>
    public uint Dropped { get; set; }

    /// <summary>1 to 24 as OTLP has it (1 trace, 5 debug, 9 info, 13 warn, 17 error, 21 fatal); 0 where it is not said.</summary>
    public byte Severity { get; set; }

    /// <summary>The severity in the sender's own word.</summary>
    public TextSlice SeverityText { get; set; }

    /// <summary>The name of an event; empty where it is none.</summary>
    public TextSlice EventName { get; set; }

    /// <summary>The body: text as it is, anything else as <see cref="Attributes.AttributeJson"/> writes a value.</summary>
    public TextSlice Body { get; set; }

    /// <summary>Attributes, as <see cref="Attributes.AttributeJson"/> writes them.</summary>
    public TextSlice Attributes { get; set; }
}
