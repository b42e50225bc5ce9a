using Microsoft.Extensions.Time.Testing;
using Toka.Core.Logs;
using Toka.Core.Spans;
using Toka.Tests.Events;

namespace Toka.Edges.Tests.Web.Api;

/// <summary>The endpoints over rings of spans and log records, at a fixed time.</summary>
internal sealed class EventsHost : IAsyncDisposable
{
    private EventsHost(WebHost web, SpanRing spans, LogRing logs) => (Web, Spans, Logs) = (web, spans, logs);

    /// <summary>The present: noon.</summary>
    public static DateTimeOffset Now { get; } = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>The present, ns since the Unix epoch.</summary>
    public static long NowNs { get; } = Now.ToUnixTimeMilliseconds() * 1_000_000;

    public WebHost Web { get; }

    public SpanRing Spans { get; }

    public LogRing Logs { get; }

    public static async Task<EventsHost> StartAsync()
    {
        var (spans, logs) = (new SpanRing(), new LogRing());
        var web = await WebHost.StartAsync(services => services with { Spans = spans, Logs = logs, Time = new FakeTimeProvider(Now) });
        return new EventsHost(web, spans, logs);
    }

    /// <summary>A span of the trace 1 that began some ms before the present.</summary>
    public static SpanRecord Span(ulong id, ulong parent, string service, string name, double agoMs, double ms, params (string, object?)[] attributes) => new()
    {
        TraceId = new TraceId(1),
        SpanId = new SpanId(id),
        ParentId = new SpanId(parent),
        StartNs = NowNs - (long)(agoMs * 1e6),
        DurationNs = (long)(ms * 1e6),
        Origin = SpanBatches.From(service),
        Name = name,
        Attributes = SpanBatches.AttributesOf(attributes),
    };

    public async Task AddAsync(params SpanRecord[] spans) => await Spans.WriteAsync(SpanBatches.Of(spans), TestContext.Current.CancellationToken);

    public async Task AddAsync(params LogRecord[] logs) => await Logs.WriteAsync(SpanBatches.Of(logs), TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => Web.DisposeAsync();
}
