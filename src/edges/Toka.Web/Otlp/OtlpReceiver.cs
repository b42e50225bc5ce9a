using System.Collections.Concurrent;
using Toka.Core.Errors;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Protocols.Otlp;

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
/// Takes OTLP metric requests from all listeners and writes them into a store. One instance a process; thread-safe.
/// </summary>
/// <remarks>
/// A request is acknowledged only after the store has acknowledged its samples. Requests beyond
/// <see cref="ConcurrentRequestsMax"/> are told to come again, so that memory stays bounded.
/// </remarks>
public sealed class OtlpReceiver
{
    /// <summary>
    /// Requests decoded or written at the same time. Each holds a body, a batch and buffers, so this bounds memory; with a few
    /// cores more at a time gain nothing.
    /// </summary>
    public const int ConcurrentRequestsMax = 16;

    /// <summary>Seconds after which a refused sender is asked to try again.</summary>
    public const int RetryAfterSeconds = 1;

    /// <summary>
    /// How long a body may take to come. Places are few: without this a handful of senders that trickle, each just above
    /// the slowest rate allowed, would keep all others out. 16 MiB in 60 s is 2 Mbit/s.
    /// </summary>
    public static readonly TimeSpan BodyTimeMax = TimeSpan.FromSeconds(60);

    private const string RequestsHelp = "OTLP metric requests, by protocol and outcome.";

    private readonly ISeriesWriter _writer;
    private readonly SelfMetrics _metrics;
    private readonly OtlpDeltaAccumulator _deltas;
    private readonly ConcurrentBag<Work> _idle = [];
    private int _busy;

    /// <summary>Makes a receiver.</summary>
    /// <param name="writer">Where samples go.</param>
    /// <param name="metrics">Toka's own metrics.</param>
    /// <param name="limits">The limits of a request.</param>
    /// <param name="time">The clock.</param>
    public OtlpReceiver(ISeriesWriter writer, SelfMetrics metrics, OtlpLimits limits, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(metrics);
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentNullException.ThrowIfNull(time);
        _writer = writer;
        _metrics = metrics;
        Limits = limits;
        Time = time;
        _deltas = new OtlpDeltaAccumulator(limits, time);
        metrics.Gauge("toka_otlp_delta_series", "OTLP series whose deltas are being summed up.", () => _deltas.Count);
    }

    /// <summary>The limits of a request.</summary>
    public OtlpLimits Limits { get; }

    /// <summary>The clock.</summary>
    internal TimeProvider Time { get; }

    /// <summary>Takes one of the places for requests, before a body is read.</summary>
    /// <returns>Whether there was one; then <see cref="Leave"/> must be called.</returns>
    internal bool TryEnter(OtlpProtocol protocol)
    {
        if (Interlocked.Increment(ref _busy) <= ConcurrentRequestsMax)
        {
            return true;
        }

        Interlocked.Decrement(ref _busy);
        Count(protocol, "busy");
        return false;
    }

    internal void Leave() => Interlocked.Decrement(ref _busy);

    /// <summary>Decodes a request, writes its samples, and says what became of its points.</summary>
    /// <param name="body">The whole body, decompressed.</param>
    /// <param name="protocol">How it came; JSON is decoded as such.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <exception cref="BadInputException">The request is malformed; nothing was written.</exception>
    /// <exception cref="IOException">The store could not write; send it again.</exception>
    internal async ValueTask<OtlpDecodeResult> ExportAsync(ReadOnlyMemory<byte> body, OtlpProtocol protocol, CancellationToken cancellationToken)
    {
        if (!_idle.TryTake(out var work))
        {
            work = new Work(new OtlpMetricsDecoder(Limits, _deltas, _metrics), new WriteBatch());
        }

        var outcome = "error";
        try
        {
            var result = protocol == OtlpProtocol.HttpJson
                ? work.Decoder.DecodeJson(body.Span, work.Batch)
                : work.Decoder.DecodeProtobuf(body.Span, work.Batch);
            if (!work.Batch.IsEmpty)
            {
                result = await WriteAsync(work.Batch, result, cancellationToken);
            }

            work.Decoder.CountRefusals();
            _metrics.Counter("toka_otlp_points_total", "OTLP data points stored, by protocol.", ("protocol", NameOf(protocol))).Add(result.Accepted);
            outcome = result.Rejected == 0 ? "ok" : "partial";
            return result;
        }
        catch (Exception e) when (e is BadInputException or IOException or OperationCanceledException)
        {
            outcome = e switch
            {
                BadInputException => "bad_request",
                IOException => "unavailable",
                _ => "cancelled",
            };
            throw;
        }
        finally
        {
            Count(protocol, outcome);
            work.Batch.Clear();
            _idle.Add(work); // No more than ConcurrentRequestsMax are ever made.
        }
    }

    /// <summary>Counts a request that ended before <see cref="ExportAsync"/>.</summary>
    internal void Count(OtlpProtocol protocol, string outcome) =>
        _metrics.Counter("toka_otlp_requests_total", RequestsHelp, ("protocol", NameOf(protocol)), ("outcome", outcome)).Add();

    private async ValueTask<OtlpDecodeResult> WriteAsync(WriteBatch batch, OtlpDecodeResult result, CancellationToken cancellationToken)
    {
        try
        {
            var written = await _writer.WriteAsync(batch, cancellationToken);
            return result.WithRefusedSamples(written.Refused, written.FirstReason);
        }
        catch when (result.HasDeltas)
        {
            // The sender will send the same deltas again: they must not be added twice.
            _deltas.Forget(batch);
            throw;
        }
    }

    private static string NameOf(OtlpProtocol protocol) => protocol switch
    {
        OtlpProtocol.Grpc => "grpc",
        OtlpProtocol.HttpProtobuf => "http_protobuf",
        OtlpProtocol.HttpJson => "http_json",
        _ => throw new ArgumentOutOfRangeException(nameof(protocol), protocol, null),
    };

    private sealed record Work(OtlpMetricsDecoder Decoder, WriteBatch Batch);
}
