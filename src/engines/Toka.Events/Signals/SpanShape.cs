using System.Text;
using DuckDB.NET.Native;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Events.Duck;
using Toka.Events.Indexes;

namespace Toka.Events.Signals;

/// <summary>Spans as rows.</summary>
internal sealed class SpanShape : SignalShape<SpanRecord>
{
    private static readonly long ServiceSeed = Tokens.Seed(new Field(FieldKind.Service));
    private static readonly long NameSeed = Tokens.Seed(new Field(FieldKind.Name));
    private static readonly long EventNameSeed = Tokens.Seed(new Field(FieldKind.EventName));
    private static readonly long LinkTraceSeed = Tokens.Seed(new Field(FieldKind.LinkTraceId));

    /// <inheritdoc/>
    public override string Name => "spans";

    /// <inheritdoc/>
    public override string TimeColumn => "start_time";

    /// <inheritdoc/>
    public override int AttributesColumn => 14;

    /// <inheritdoc/>
    public override int OriginColumn => 5;

    /// <inheritdoc/>
    public override IReadOnlyList<SignalColumn> Columns { get; } =
    [
        new("trace_id", DuckDBType.Uuid),
        new("span_id", DuckDBType.UnsignedBigInt),
        new("parent_id", DuckDBType.UnsignedBigInt),
        new("start_time", DuckDBType.TimestampNs),
        new("duration_ns", DuckDBType.BigInt),
        new("origin", DuckDBType.UnsignedBigInt),
        new("service", DuckDBType.Varchar),
        new("name", DuckDBType.Varchar),
        new("kind", DuckDBType.UnsignedTinyInt),
        new("status", DuckDBType.UnsignedTinyInt),
        new("status_message", DuckDBType.Varchar),
        new("trace_state", DuckDBType.Varchar),
        new("flags", DuckDBType.UnsignedInteger),
        new("dropped", DuckDBType.UnsignedInteger),
        new("attributes", DuckDBType.Varchar),
        new("events", DuckDBType.Varchar),
        new("links", DuckDBType.Varchar),
    ];

    /// <inheritdoc/>
    public override string? ColumnOf(FieldKind field) => field switch
    {
        FieldKind.Service => "service",
        FieldKind.Name => "name",
        FieldKind.Status => "status",
        FieldKind.StatusMessage => "status_message",
        FieldKind.Kind => "kind",
        FieldKind.Duration => "duration_ns",
        _ => null,
    };

    /// <inheritdoc/>
    public override ulong TieOf(SpanRecord record) => record.SpanId.Value;

    /// <summary>Appends a span.</summary>
    /// <param name="columns">The chunk.</param>
    /// <param name="at">The row in it.</param>
    /// <param name="batch">The batch that the span is in.</param>
    /// <param name="row">The span.</param>
    /// <param name="service">The name of its service, as UTF-8.</param>
    public static void Write(DuckColumns columns, int at, SpanBatch batch, in SpanRow row, ReadOnlySpan<byte> service)
    {
        var bytes = batch.Bytes;
        columns.Set(0, at, ToUuid(row.TraceId));
        columns.Set(1, at, row.SpanId.Value);
        columns.Set(2, at, row.ParentId.Value);
        columns.Set(3, at, row.StartNs);
        columns.Set(4, at, row.DurationNs);
        columns.Set(5, at, batch.Origins[row.Origin].Id);
        columns.Set(6, at, service);
        columns.Set(7, at, bytes[row.Name]);
        columns.Set(8, at, (byte)row.Kind);
        columns.Set(9, at, (byte)row.Status);
        columns.Set(10, at, bytes[row.StatusMessage]);
        columns.Set(11, at, bytes[row.TraceState]);
        columns.Set(12, at, row.Flags);
        columns.Set(13, at, row.Dropped);
        columns.Set(14, at, bytes[row.Attributes]);
        columns.Set(15, at, bytes[row.Events]);
        columns.Set(16, at, bytes[row.Links]);
    }

    /// <inheritdoc/>
    public override RowFacts FactsOf(DuckRows rows, int row) =>
        new(rows.Values<long>(3)[row], (SpanStatus)rows.Values<byte>(9)[row] == SpanStatus.Error, rows.Values<long>(4)[row]);

    /// <inheritdoc/>
    public override void AddTokens(DuckRows rows, int row, PartIndexBuilder index)
    {
        index.AddToken(Tokens.Of(ServiceSeed, rows.Text(6, row)));
        index.AddToken(Tokens.Of(NameSeed, rows.Text(7, row)));
        foreach (var one in SpanEvent.Read(rows.Text(15, row)))
        {
            AddToken(index, EventNameSeed, Encoding.UTF8.GetBytes(one.Name));
            AddAttributes(index, FieldKind.EventAttribute, one.Attributes.Span);
        }

        foreach (var link in SpanLink.Read(rows.Text(16, row)))
        {
            AddToken(index, LinkTraceSeed, Encoding.UTF8.GetBytes(link.TraceId.ToString()));
            AddAttributes(index, FieldKind.LinkAttribute, link.Attributes.Span);
        }
    }

    /// <inheritdoc/>
    public override SpanRecord Read(DuckRows rows, int row, Origin origin, ReadOnlyMemory<byte> attributes) => new()
    {
        TraceId = OfUuid(rows.Values<UInt128>(0)[row]),
        SpanId = new SpanId(rows.Values<ulong>(1)[row]),
        ParentId = new SpanId(rows.Values<ulong>(2)[row]),
        StartNs = rows.Values<long>(3)[row],
        DurationNs = rows.Values<long>(4)[row],
        Origin = origin,
        Name = rows.String(7, row),
        Kind = (SpanKind)rows.Values<byte>(8)[row],
        Status = (SpanStatus)rows.Values<byte>(9)[row],
        StatusMessage = rows.String(10, row),
        TraceState = rows.String(11, row),
        Flags = rows.Values<uint>(12)[row],
        Dropped = rows.Values<uint>(13)[row],
        Attributes = attributes,
        Events = rows.Text(15, row).ToArray(),
        Links = rows.Text(16, row).ToArray(),
    };
}
