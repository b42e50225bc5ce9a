using Toka.Core.Logs;
using Toka.Core.Spans;
using Toka.Core.Telemetry;
using Toka.Protocols.Events;
using Toka.Protocols.Otlp.Logs;
using Toka.Protocols.Otlp.Traces;
using Toka.Web.Ingest;

namespace Toka.Web.Otlp;

/// <summary>What became of a request, as it is answered.</summary>
/// <param name="Rejected">How many points, spans or records were refused.</param>
/// <param name="Reasons">Why; null where none were.</param>
internal readonly record struct OtlpExport(long Rejected, string? Reasons)
{
    /// <summary>How the request is counted.</summary>
    public string Outcome => Rejected == 0 ? "ok" : "partial";

    /// <summary>The answer of a decoded request.</summary>
    public static OtlpExport Of(in EventDecodeResult result) => new(result.Rejected, result.Reasons);
}

/// <summary>Takes requests of traces. Thread-safe.</summary>
internal sealed class OtlpTracesIntake(IngestHost host, EventLimits limits)
{
    private readonly IdleStock<Work> _idle = new(() => new Work(new OtlpTracesDecoder(limits), new SpanBatch()));

    /// <summary>Decodes a request, writes its spans, and says what became of them. There must be a writer.</summary>
    public async ValueTask<EventDecodeResult> ExportAsync(ReadOnlyMemory<byte> body, bool isJson, IngestTally tally, CancellationToken cancellationToken)
    {
        var work = _idle.Take();
        try
        {
            var result = isJson ? work.Decoder.DecodeJson(body.Span, work.Batch) : work.Decoder.DecodeProtobuf(body.Span, work.Batch);
            if (work.Batch.Count > 0)
            {
                var written = await host.Spans!.WriteAsync(work.Batch, cancellationToken);
                tally.Written(written, "spans");
                result = result.With(written);
            }

            work.Decoder.CountRefusals(tally);
            return result;
        }
        finally
        {
            work.Batch.Clear();
            _idle.Return(work);
        }
    }

    private sealed record Work(OtlpTracesDecoder Decoder, SpanBatch Batch) : IDisposable
    {
        public void Dispose() => Decoder.Dispose();
    }
}

/// <summary>Takes requests of logs. Thread-safe.</summary>
internal sealed class OtlpLogsIntake(IngestHost host, EventLimits limits)
{
    private readonly IdleStock<Work> _idle = new(() => new Work(new OtlpLogsDecoder(limits, host.Time), new LogBatch()));

    /// <summary>Decodes a request, writes its records, and says what became of them. There must be a writer.</summary>
    public async ValueTask<EventDecodeResult> ExportAsync(ReadOnlyMemory<byte> body, bool isJson, IngestTally tally, CancellationToken cancellationToken)
    {
        var work = _idle.Take();
        try
        {
            var result = isJson ? work.Decoder.DecodeJson(body.Span, work.Batch) : work.Decoder.DecodeProtobuf(body.Span, work.Batch);
            if (work.Batch.Count > 0)
            {
                var written = await host.Logs!.WriteAsync(work.Batch, cancellationToken);
                tally.Written(written, "logs");
                result = result.With(written);
            }

            work.Decoder.CountRefusals(tally);
            return result;
        }
        finally
        {
            work.Batch.Clear();
            _idle.Return(work);
        }
    }

    private sealed record Work(OtlpLogsDecoder Decoder, LogBatch Batch) : IDisposable
    {
        public void Dispose() => Decoder.Dispose();
    }
}
