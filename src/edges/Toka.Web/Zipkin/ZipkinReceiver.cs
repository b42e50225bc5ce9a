using Toka.Core.Errors;
using Toka.Core.Spans;
using Toka.Core.Telemetry;
using Toka.Protocols.Events;
using Toka.Protocols.Zipkin;
using Toka.Web.Ingest;

namespace Toka.Web.Zipkin;

/// <summary>Takes lists of Zipkin's spans and writes them into a store. One instance a process; thread-safe.</summary>
public sealed class ZipkinReceiver
{
    private readonly IdleStock<Work> _idle;

    /// <summary>Makes a receiver.</summary>
    /// <param name="host">What all protocols share.</param>
    /// <param name="limits">The limits of a request; null for the defaults.</param>
    public ZipkinReceiver(IngestHost host, EventLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        Host = host;
        limits ??= new EventLimits();
        _idle = new IdleStock<Work>(() => new Work(new ZipkinDecoder(limits), new SpanBatch()));
        Tally = new IngestTally(host.Metrics, "zipkin");
    }

    /// <summary>Bytes of a body, unpacked. Default 16 MiB: Zipkin's reporters send at most 500 KB, its collector takes 10 MB.</summary>
    public int RequestBytesMax { get; init; } = 16 * 1024 * 1024;

    internal IngestHost Host { get; }

    internal IngestTally Tally { get; }

    /// <summary>Stores a list of spans. There must be a writer.</summary>
    /// <exception cref="BadInputException">The request is malformed; nothing was written.</exception>
    /// <exception cref="IOException">The store could not write; send it again.</exception>
    internal async ValueTask<EventDecodeResult> WriteAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var work = _idle.Take();
        try
        {
            var result = work.Decoder.Decode(body.Span, work.Batch);
            if (work.Batch.Count > 0)
            {
                var written = await Host.Spans!.WriteAsync(work.Batch, cancellationToken);
                Tally.Written(written, "spans");
                result = result.With(written);
            }

            work.Decoder.CountRefusals(Tally);
            return result;
        }
        finally
        {
            work.Batch.Clear();
            _idle.Return(work);
        }
    }

    private sealed record Work(ZipkinDecoder Decoder, SpanBatch Batch) : IDisposable
    {
        public void Dispose()
        {
            // Nothing that is not the collector's.
        }
    }
}
