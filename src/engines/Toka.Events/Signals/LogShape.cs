using DuckDB.NET.Native;
using Toka.Core.Logs;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Events.Duck;
using Toka.Events.Indexes;

namespace Toka.Events.Signals;

/// <summary>Log records as rows.</summary>
internal sealed class LogShape : SignalShape<LogRecord>
{
    private const byte ErrorSeverity = 17;

    private static readonly long ServiceSeed = Tokens.Seed(new Field(FieldKind.Service));
    private static readonly long EventNameSeed = Tokens.Seed(new Field(FieldKind.EventName));

    /// <inheritdoc/>
    public override string Name => "logs";

    /// <inheritdoc/>
    public override string TimeColumn => "time";

    /// <inheritdoc/>
    public override int AttributesColumn => 12;

    /// <inheritdoc/>
    public override int OriginColumn => 4;

    /// <inheritdoc/>
    public override IReadOnlyList<SignalColumn> Columns { get; } =
    [
        new("trace_id", DuckDBType.Uuid),
        new("span_id", DuckDBType.UnsignedBigInt),
        new("time", DuckDBType.TimestampNs),
        new("observed_time", DuckDBType.TimestampNs),
        new("origin", DuckDBType.UnsignedBigInt),
        new("service", DuckDBType.Varchar),
        new("severity", DuckDBType.UnsignedTinyInt),
        new("severity_text", DuckDBType.Varchar),
        new("event_name", DuckDBType.Varchar),
        new("flags", DuckDBType.UnsignedInteger),
        new("dropped", DuckDBType.UnsignedInteger),
        new("body", DuckDBType.Varchar),
        new("attributes", DuckDBType.Varchar),
    ];

    /// <inheritdoc/>
    public override string? ColumnOf(FieldKind field) => field switch
    {
        FieldKind.Service => "service",
        FieldKind.Severity => "severity",
        FieldKind.Body => "body",
        FieldKind.EventName => "event_name",
        _ => null,
    };

    /// <inheritdoc/>
    public override ulong TieOf(LogRecord record) => record.SpanId.Value;

    /// <summary>Appends a log record.</summary>
    /// <param name="columns">The chunk.</param>
    /// <param name="at">The row in it.</param>
    /// <param name="batch">The batch that the record is in.</param>
    /// <param name="row">The record.</param>
    /// <param name="service">The name of its service, as UTF-8.</param>
    public static void Write(DuckColumns columns, int at, LogBatch batch, in LogRow row, ReadOnlySpan<byte> service)
    {
        var bytes = batch.Bytes;
        columns.Set(0, at, ToUuid(row.TraceId));
        columns.Set(1, at, row.SpanId.Value);
        columns.Set(2, at, row.TimeNs);
        columns.Set(3, at, row.ObservedNs);
        columns.Set(4, at, batch.Origins[row.Origin].Id);
        columns.Set(5, at, service);
        columns.Set(6, at, row.Severity);
        columns.Set(7, at, bytes[row.SeverityText]);
        columns.Set(8, at, bytes[row.EventName]);
        columns.Set(9, at, row.Flags);
        columns.Set(10, at, row.Dropped);
        columns.Set(11, at, bytes[row.Body]);
        columns.Set(12, at, bytes[row.Attributes]);
    }

    /// <inheritdoc/>
    public override RowFacts FactsOf(DuckRows rows, int row) => new(rows.Values<long>(2)[row], rows.Values<byte>(6)[row] >= ErrorSeverity, rows.Values<byte>(6)[row]);

    /// <inheritdoc/>
    public override void AddTokens(DuckRows rows, int row, PartIndexBuilder index)
    {
        index.AddToken(Tokens.Of(ServiceSeed, rows.Text(5, row)));
        AddToken(index, EventNameSeed, rows.Text(8, row));
    }

    /// <inheritdoc/>
    public override LogRecord Read(DuckRows rows, int row, Origin origin, ReadOnlyMemory<byte> attributes) => new()
    {
        TraceId = OfUuid(rows.Values<UInt128>(0)[row]),
        SpanId = new SpanId(rows.Values<ulong>(1)[row]),
        TimeNs = rows.Values<long>(2)[row],
        ObservedNs = rows.Values<long>(3)[row],
        Origin = origin,
        Severity = rows.Values<byte>(6)[row],
        SeverityText = rows.String(7, row),
        EventName = rows.String(8, row),
        Flags = rows.Values<uint>(9)[row],
        Dropped = rows.Values<uint>(10)[row],
        Body = rows.String(11, row),
        Attributes = attributes,
    };
}
