using Toka.Core.Attributes;
using Toka.Core.Searching;

namespace Toka.Core.Spans;

/// <summary>A span as it is read. Immutable.</summary>
public sealed record SpanRecord : ISearchable
{
    /// <summary>The trace's id.</summary>
    public required TraceId TraceId { get; init; }

    /// <summary>The span's id.</summary>
    public required SpanId SpanId { get; init; }

    /// <summary>The parent's id; empty for a root.</summary>
    public SpanId ParentId { get; init; }

    /// <summary>When it began, ns since the Unix epoch.</summary>
    public required long StartNs { get; init; }

    /// <summary>How long it took, ns.</summary>
    public required long DurationNs { get; init; }

    /// <summary>When it ended, ns since the Unix epoch.</summary>
    public long EndNs => StartNs + DurationNs;

    /// <summary>Where it comes from.</summary>
    public required Origin Origin { get; init; }

    /// <summary>Its name: the operation.</summary>
    public required string Name { get; init; }

    /// <summary>Its role.</summary>
    public SpanKind Kind { get; init; }

    /// <summary>How it ended.</summary>
    public SpanStatus Status { get; init; }

    /// <summary>What is said of its status.</summary>
    public string StatusMessage { get; init; } = "";

    /// <summary>W3C <c>tracestate</c>.</summary>
    public string TraceState { get; init; } = "";

    /// <summary>W3C trace flags in the low eight bits, and above them OTLP's on a remote parent.</summary>
    public uint Flags { get; init; }

    /// <summary>Attributes, events and links that the sender says it dropped.</summary>
    public uint Dropped { get; init; }

    /// <summary>Attributes, as <see cref="AttributeJson"/> writes them.</summary>
    public ReadOnlyMemory<byte> Attributes { get; init; }

    /// <summary>Events, as <see cref="SpanEvent"/> writes them; empty for none.</summary>
    public ReadOnlyMemory<byte> Events { get; init; }

    /// <summary>Links, as <see cref="SpanLink"/> writes them; empty for none.</summary>
    public ReadOnlyMemory<byte> Links { get; init; }

    /// <inheritdoc/>
    long ISearchable.MomentNs => StartNs;

    /// <inheritdoc/>
    void ISearchable.CollectValues(Field field, ICollection<AttributeValue> values) => SpanFields.Collect(this, field, values);

    /// <inheritdoc/>
    void ISearchable.CollectKeys(ICollection<FieldKey> keys) => SpanFields.CollectKeys(this, keys);

    /// <summary>The span of a row.</summary>
    public static SpanRecord Of(SpanBatch batch, in SpanRow row)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return new SpanRecord
        {
            TraceId = row.TraceId,
            SpanId = row.SpanId,
            ParentId = row.ParentId,
            StartNs = row.StartNs,
            DurationNs = row.DurationNs,
            Origin = batch.Origins[row.Origin],
            Name = TextOf(batch, row.Name),
            Kind = row.Kind,
            Status = row.Status,
            StatusMessage = TextOf(batch, row.StatusMessage),
            TraceState = TextOf(batch, row.TraceState),
            Flags = row.Flags,
            Dropped = row.Dropped,
            Attributes = batch.Bytes[row.Attributes].ToArray(),
            Events = batch.Bytes[row.Events].ToArray(),
            Links = batch.Bytes[row.Links].ToArray(),
        };
    }

    private static string TextOf(SpanBatch batch, TextSlice slice) => System.Text.Encoding.UTF8.GetString(batch.Bytes[slice]);
}
