namespace Toka.Core.Spans;

/// <summary>A part of the bytes of a batch.</summary>
/// <param name="Start">Where it begins.</param>
/// <param name="Length">How many bytes it has.</param>
public readonly record struct TextSlice(int Start, int Length);

/// <summary>A span in a <see cref="SpanBatch"/>. Texts are UTF-8 in the batch's bytes.</summary>
public struct SpanRow
{
    /// <summary>The trace's id.</summary>
    public TraceId TraceId { get; set; }

    /// <summary>The span's id.</summary>
    public SpanId SpanId { get; set; }

    /// <summary>The parent's id; empty for a root.</summary>
    public SpanId ParentId { get; set; }

    /// <summary>When it began, ns since the Unix epoch.</summary>
    public long StartNs { get; set; }

    /// <summary>How long it took, ns; never negative.</summary>
    public long DurationNs { get; set; }

    /// <summary>Its place in <see cref="SpanBatch.Origins"/>.</summary>
    public int Origin { get; set; }

    /// <summary>W3C trace flags in the low eight bits, and above them OTLP's on a remote parent.</summary>
    public uint Flags { get; set; }

    /// <summary>Attributes, events and links that the sender says it dropped.</summary>
    public uint Dropped { get; set; }

    /// <summary>Its role.</summary>
    public SpanKind Kind { get; set; }

    /// <summary>How it ended.</summary>
    public SpanStatus Status { get; set; }

    /// <summary>Its name: the operation.</summary>
    public TextSlice Name { get; set; }

    /// <summary>What is said of its status.</summary>
    public TextSlice StatusMessage { get; set; }

    /// <summary>W3C <c>tracestate</c>.</summary>
    public TextSlice TraceState { get; set; }

    /// <summary>Attributes, as <see cref="Attributes.AttributeJson"/> writes them.</summary>
    public TextSlice Attributes { get; set; }

    /// <summary>Events, as <see cref="SpanEvent"/> says; empty for none.</summary>
    public TextSlice Events { get; set; }

    /// <summary>Links, as <see cref="SpanLink"/> says; empty for none.</summary>
    public TextSlice Links { get; set; }
}
