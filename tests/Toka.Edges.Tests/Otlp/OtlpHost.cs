using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Toka.Core.Labels;
using Toka.Core.Logs;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Core.Spans;
using Toka.Core.Telemetry;
using Toka.Protocols.Otlp;
using Toka.Web.Ingest;
using Toka.Web.Otlp;
using Toka.Web.Zipkin;

namespace Toka.Edges.Tests.Otlp;

/// <summary>Keeps what is written; can be told to fail, to refuse, or to hold.</summary>
internal sealed class MemoryWriter : ISeriesWriter
{
    private readonly Lock _lock = new();
    private readonly List<(LabelSet Labels, long Ms, double Value)> _samples = [];
    private readonly List<(LabelSet Labels, NativeHistogram Histogram)> _histograms = [];
    private readonly List<(LabelSet Series, LabelSet Labels)> _exemplars = [];

    public bool Fails { get; set; }

    public int Refuses { get; set; }

    public TaskCompletionSource? Hold { get; set; }

    public SemaphoreSlim Entered { get; } = new(0);

    public IReadOnlyList<(LabelSet Labels, long Ms, double Value)> Samples
    {
        get
        {
            lock (_lock)
            {
                return [.. _samples];
            }
        }
    }

    public IReadOnlyList<(LabelSet Labels, NativeHistogram Histogram)> Histograms
    {
        get
        {
            lock (_lock)
            {
                return [.. _histograms];
            }
        }
    }

    public IReadOnlyList<(LabelSet Series, LabelSet Labels)> Exemplars
    {
        get
        {
            lock (_lock)
            {
                return [.. _exemplars];
            }
        }
    }

    public async ValueTask<WriteResult> WriteAsync(WriteBatch batch, CancellationToken cancellationToken)
    {
        Entered.Release();
        if (Hold is { } hold)
        {
            await hold.Task;
        }

        if (Fails)
        {
            throw new IOException("the disk is full");
        }

        lock (_lock)
        {
            foreach (var row in batch.Rows)
            {
                _samples.Add((LabelSet.FromEncoded(batch.LabelsOf(row)), row.TimestampMs, row.Value));
            }

            _histograms.AddRange(batch.Histograms.Select(h => (LabelSet.FromEncoded(batch.LabelsOf(h.Series)), h.Histogram)));
            _exemplars.AddRange(batch.Exemplars.Select(e => (LabelSet.FromEncoded(batch.LabelsOf(e.Series)), LabelSet.FromEncoded(batch.LabelsOf(e.Labels)))));
        }

        return new WriteResult(batch.Count - Refuses, TooOld: Refuses, FirstReason: Refuses > 0 ? "too old" : null);
    }
}

/// <summary>Keeps the spans and log records that are written; can be told to fail or to refuse some.</summary>
internal sealed class MemoryEvents : ISpanWriter, ILogWriter
{
    private readonly Lock _lock = new();
    private readonly List<SpanRecord> _spans = [];
    private readonly List<LogRecord> _logs = [];

    public bool Fails { get; set; }

    public EventWriteResult Refuses { get; set; }

    public IReadOnlyList<SpanRecord> Spans
    {
        get
        {
            lock (_lock)
            {
                return [.. _spans];
            }
        }
    }

    public IReadOnlyList<LogRecord> Logs
    {
        get
        {
            lock (_lock)
            {
                return [.. _logs];
            }
        }
    }

    public ValueTask<EventWriteResult> WriteAsync(SpanBatch batch, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            foreach (ref readonly var row in batch.Rows)
            {
                _spans.Add(SpanRecord.Of(batch, row));
            }
        }

        return Result(batch.Count);
    }

    public ValueTask<EventWriteResult> WriteAsync(LogBatch batch, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            foreach (ref readonly var row in batch.Rows)
            {
                _logs.Add(LogRecord.Of(batch, row));
            }
        }

        return Result(batch.Count);
    }

    private ValueTask<EventWriteResult> Result(int count) =>
        Fails ? throw new IOException("the disk is full") : ValueTask.FromResult(Refuses with { Accepted = count - Refuses.Refused });
}

/// <summary>A Kestrel host with both endpoints on free ports of the loopback.</summary>
internal sealed class OtlpHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private OtlpHost(WebApplication app, MemoryWriter writer, MemoryEvents events, SelfMetrics metrics)
    {
        Events = events;
        _app = app;
        Writer = writer;
        Metrics = metrics;
        var addresses = app.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        Http = new Uri(addresses.First());
        Grpc = new Uri(addresses.Last());
    }

    public Uri Http { get; }

    public Uri Grpc { get; }

    public MemoryWriter Writer { get; }

    public MemoryEvents Events { get; }

    public SelfMetrics Metrics { get; }

    public static async Task<OtlpHost> StartAsync(OtlpLimits? limits = null, TimeProvider? time = null, bool takesEvents = true)
    {
        var writer = new MemoryWriter();
        var events = new MemoryEvents();
        var metrics = new SelfMetrics();
        var host = new IngestHost(writer, metrics, time ?? TimeProvider.System) { Spans = takesEvents ? events : null, Logs = takesEvents ? events : null };
        var receiver = new OtlpReceiver(host, limits ?? new OtlpLimits());
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        builder.Services.AddTokaOtlpGrpc(receiver);
        var app = builder.Build();
        app.MapTokaOtlpHttp(receiver);
        app.MapTokaOtlpGrpc();
        app.MapTokaZipkin(new ZipkinReceiver(host));
        await app.StartAsync();
        return new OtlpHost(app, writer, events, metrics);
    }

    public double Metric(string name, params (string Name, string Value)[] labels) => Metrics.Read()
        .Where(m => m.Labels["__name__"] == name && labels.All(l => m.Labels[l.Name] == l.Value)).Sum(m => m.Value);

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
