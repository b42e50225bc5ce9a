using System.Text;
using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Core.Spans;

namespace Toka.Core.Logs;

/// <summary>A log record as it is read. Immutable.</summary>
public sealed record LogRecord : ISearchable
{
    /// <summary>When it happened, ns since the Unix epoch.</summary>
    public required long TimeNs { get; init; }

    /// <summary>When it was observed, ns since the Unix epoch; 0 where it is not said.</summary>
    public long ObservedNs { get; init; }

    /// <summary>The trace it belongs to; empty for none.</summary>
    public TraceId TraceId { get; init; }

    /// <summary>The span it belongs to; empty for none.</summary>
    public SpanId SpanId { get; init; }

    /// <summary>Where it comes from.</summary>
    public required Origin Origin { get; init; }

    /// <summary>W3C trace flags.</summary>
    public uint Flags { get; init; }

    /// <summary>Attributes that the sender says it dropped.</summary>
    public uint Dropped { get; init; }

    /// <summary>1 to 24 as OTLP has it; 0 where it is not said.</summary>
    public byte Severity { get; init; }

    /// <summary>The severity in the sender's own word.</summary>
    public string SeverityText { get; init; } = "";

    /// <summary>The name of an event; empty where it is none.</summary>
    public string EventName { get; init; } = "";

    /// <summary>The body: text as it is, anything else as <see cref="Core.Attributes.AttributeJson"/> writes a value.</summary>
    public string Body { get; init; } = "";

    /// <summary>Attributes, as <see cref="Core.Attributes.AttributeJson"/> writes them.</summary>
    public ReadOnlyMemory<byte> Attributes { get; init; }

    /// <inheritdoc/>
    long ISearchable.MomentNs => TimeNs;

    /// <inheritdoc/>
    void ISearchable.CollectValues(Field field, ICollection<AttributeValue> values) => LogFields.Collect(this, field, values);

    /// <inheritdoc/>
    void ISearchable.CollectKeys(ICollection<FieldKey> keys) => LogFields.CollectKeys(this, keys);

    /// <summary>The record of a row.</summary>
    public static LogRecord Of(LogBatch batch, in LogRow row)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return new LogRecord
        {
            TimeNs = row.TimeNs,
            ObservedNs = row.ObservedNs,
            TraceId = row.TraceId,
            SpanId = row.SpanId,
            Origin = batch.Origins[row.Origin],
            Flags = row.Flags,
            Dropped = row.Dropped,
            Severity = row.Severity,
            SeverityText = Encoding.UTF8.GetString(batch.Bytes[row.SeverityText]),
            EventName = Encoding.UTF8.GetString(batch.Bytes[row.EventName]),
            Body = Encoding.UTF8.GetString(batch.Bytes[row.Body]),
            Attributes = batch.Bytes[row.Attributes].ToArray(),
        };
    }
}
