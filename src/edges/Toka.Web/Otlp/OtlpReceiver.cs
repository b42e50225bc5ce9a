using System.Collections.Concurrent;
using Toka.Core.Errors;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Protocols.Events;
using Toka.Protocols.Otlp;
using Toka.Web.Ingest;

namespace Toka.Web.Otlp;

/// <summary>How a request came.</summary>
public enum OtlpProtocol
{
    /// <summary>gRPC.</summary>
    Grpc,

    /// <summary>HTTP with protobuf.</summary>
    HttpProtobuf,

    /// <summary>HTTP with JSON.</summary>
    HttpJson,
}

/// <summary>
/// Takes OTLP requests of metrics, traces and logs from all listeners and writes them into the stores. One instance a process; thread-safe.
/// </summary>
/// <remarks>
/// A request is acknowledged only after the store has acknowledged its samples. Requests that find none of the places of
/// <see cref="IngestHost"/> are told to come again, so that memory stays bounded.
/// </remarks>
public sealed class OtlpReceiver
{
    private readonly OtlpDeltaAccumulator _deltas;
    private readonly IngestTally[] _tallies;
    private readonly SelfCounter[] _points;
    private readonly OtlpTracesIntake _traces;
    private readonly OtlpLogsIntake _logs;
    private readonly ConcurrentBag<Work> _idle = [];
    private volatile OtlpTranslationOptions _translation = OtlpTranslationOptions.Default;

    /// <summary>Makes a receiver.</summary>
    /// <param name="host">What it shares with the other protocols.</param>
    /// <param name="limits">The limits of a request; that of its bytes holds for all signals.</param>
    /// <param name="events">The limits of a request of spans or log records; null for the defaults.</param>
    public OtlpReceiver(IngestHost host, OtlpLimits limits, EventLimits? events = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(limits);
        Host = host;
        Limits = limits;
        _deltas = new OtlpDeltaAccumulator(limits, host.Time);
        _tallies = [.. Names.Select(name => new IngestTally(host.Metrics, name))];
        _points = [.. Names.Select(name => host.Metrics.Counter("toka_otlp_points_total", "OTLP data points stored, by protocol.", ("protocol", name)))];
        _traces = new OtlpTracesIntake(host, events ?? new EventLimits());
        _logs = new OtlpLogsIntake(host, events ?? new EventLimits());
        host.Metrics.Gauge("toka_otlp_delta_series", "OTLP series whose deltas are being summed up.", () => _deltas.Count);
    }

    /// <summary>The limits of a request.</summary>
    public OtlpLimits Limits { get; }

    /// <summary>How metrics are named and labelled; changed while requests come in, it holds from the next one on.</summary>
    public OtlpTranslationOptions Translation
    {
        get => _translation;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _translation = value;
        }
    }

    /// <summary>What the receiver shares with the other protocols.</summary>
    internal IngestHost Host { get; }

    /// <summary>The label <c>protocol</c> of each <see cref="OtlpProtocol"/>.</summary>
    private static string[] Names { get; } = ["otlp_grpc", "otlp_http", "otlp_json"];

    /// <summary>Where requests of a protocol are counted.</summary>
    internal IngestTally TallyOf(OtlpProtocol protocol) => _tallies[(int)protocol];

    /// <summary>What a sender is told whose signal is not taken; null where it is.</summary>
    internal string? WhyNot(OtlpSignal signal) => signal switch
    {
        OtlpSignal.Metrics when !Host.TakesSamples => "metrics are not taken here: performance.metrics_enabled is false in Toka's configuration",
        OtlpSignal.Traces when Host.Spans is null => "traces are not taken here: tracing is switched off in Toka's configuration",
        OtlpSignal.Logs when Host.Logs is null => "logs are not taken here: they are switched off in Toka's configuration",
        _ => null,
    };

    /// <summary>Decodes a request, writes what it brings, and says what became of it.</summary>
    /// <param name="signal">What it brings; one for which <see cref="WhyNot"/> gives no reason.</param>
    /// <param name="body">The whole body, decompressed.</param>
    /// <param name="protocol">How it came; JSON is decoded as such.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <exception cref="BadInputException">The request is malformed; nothing was written.</exception>
    /// <exception cref="IOException">The store could not write; send it again.</exception>
    internal async ValueTask<OtlpExport> ExportAsync(OtlpSignal signal, ReadOnlyMemory<byte> body, OtlpProtocol protocol, CancellationToken cancellationToken)
    {
        switch (signal)
        {
            case OtlpSignal.Traces:
                return OtlpExport.Of(await _traces.ExportAsync(body, protocol == OtlpProtocol.HttpJson, TallyOf(protocol), cancellationToken));
            case OtlpSignal.Logs:
                return OtlpExport.Of(await _logs.ExportAsync(body, protocol == OtlpProtocol.HttpJson, TallyOf(protocol), cancellationToken));
            default:
                var result = await ExportAsync(body, protocol, cancellationToken);
                return new OtlpExport(result.Rejected, result.Reasons);
        }
    }

    /// <summary>Decodes a request of metrics, writes its samples, and says what became of its points.</summary>
    /// <param name="body">The whole body, decompressed.</param>
    /// <param name="protocol">How it came; JSON is decoded as such.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <exception cref="BadInputException">The request is malformed; nothing was written.</exception>
    /// <exception cref="IOException">The store could not write; send it again.</exception>
    private async ValueTask<OtlpDecodeResult> ExportAsync(ReadOnlyMemory<byte> body, OtlpProtocol protocol, CancellationToken cancellationToken)
    {
        if (!_idle.TryTake(out var work))
        {
            work = new Work(new OtlpMetricsDecoder(Limits, _deltas), new WriteBatch());
        }

        try
        {
            work.Decoder.Translation = _translation;
            var result = protocol == OtlpProtocol.HttpJson
                ? work.Decoder.DecodeJson(body.Span, work.Batch)
                : work.Decoder.DecodeProtobuf(body.Span, work.Batch);
            if (!work.Batch.IsEmpty)
            {
                result = await WriteAsync(work.Batch, result, TallyOf(protocol), cancellationToken);
            }

            work.Decoder.CountRefusals(TallyOf(protocol));
            _points[(int)protocol].Add(result.Accepted);
            return result;
        }
        finally
        {
            work.Batch.Clear();
            _idle.Add(work); // No more are ever made than there are places.
        }
    }

    private async ValueTask<OtlpDecodeResult> WriteAsync(WriteBatch batch, OtlpDecodeResult result, IngestTally tally, CancellationToken cancellationToken)
    {
        try
        {
            var written = await Host.Writer.WriteAsync(batch, cancellationToken);
            tally.Written(written);
            return result.WithRefusedSamples(written.Refused, written.FirstReason);
        }
        catch when (result.HasDeltas)
        {
            // The sender will send the same deltas again: they must not be added twice.
            _deltas.Forget(batch);
            throw;
        }
    }

    private sealed record Work(OtlpMetricsDecoder Decoder, WriteBatch Batch);
}
