using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Toka.Core.Telemetry;
using Toka.Web.Ingest;

namespace Toka.Web.Otlp;

/// <summary>
/// What <see cref="IngestEndpoint"/> is over HTTP, around the library's course of a gRPC call: a place before the message is read,
/// a deadline for it, and a count of calls that never become one. Thread-safe.
/// </summary>
internal sealed class GrpcGate(OtlpReceiver receiver)
{
    private static readonly object s_key = new();

    private IngestTally Tally => receiver.TallyOf(OtlpProtocol.Grpc);

    /// <summary>Takes note that a call's message is there: it is counted by whoever handles it, and its deadline is over.</summary>
    public static void Received(HttpContext context) => ((Passage)context.Items[s_key]!).Receive();

    /// <summary>Handles a call.</summary>
    /// <param name="context">The request.</param>
    /// <param name="call">The library's course.</param>
    public async Task HandleAsync(HttpContext context, RequestDelegate call)
    {
        if (!receiver.Host.Places.TryEnter())
        {
            // Not RESOURCE_EXHAUSTED: exporters do not send that again.
            Tally.Request("busy");
            context.Response.ContentType = "application/grpc";
            context.Response.Headers["grpc-status"] = ((int)StatusCode.Unavailable).ToString(CultureInfo.InvariantCulture);
            context.Response.Headers["grpc-message"] = IngestHost.Busy;
            return;
        }

        try
        {
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            {
                size.MaxRequestBodySize = null; // The library judges the message by the length before it, and answers as gRPC does.
            }

            using var passage = new Passage(context, receiver.Host.Time);
            context.Items[s_key] = passage;
            await call(context);
            if (!passage.IsReceived)
            {
                Tally.Request(passage.IsLate ? "too_slow" : OutcomeOf(context));
            }
        }
        finally
        {
            receiver.Host.Places.Leave();
        }
    }

    private static string OutcomeOf(HttpContext context)
    {
        var status = context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers.TryGetValue("grpc-status", out var trailer) == true
            ? trailer.ToString()
            : context.Response.Headers["grpc-status"].ToString();
        return !int.TryParse(status, CultureInfo.InvariantCulture, out var code) || context.RequestAborted.IsCancellationRequested ? "cancelled" : (StatusCode)code switch
        {
            StatusCode.ResourceExhausted => "too_large",
            StatusCode.Unimplemented => "unsupported",
            StatusCode.Cancelled => "cancelled",
            _ => "bad_request",
        };
    }

    /// <summary>A call whose message is to come within a time.</summary>
    private sealed class Passage : IDisposable
    {
        private readonly ITimer _late;
        private int _state;

        public Passage(HttpContext context, TimeProvider time) => _late = time.CreateTimer(
            _ =>
            {
                if (Interlocked.CompareExchange(ref _state, 2, 0) == 0)
                {
                    context.Abort();
                }
            },
            null, IngestHost.BodyTimeMax, Timeout.InfiniteTimeSpan);

        public bool IsReceived => Volatile.Read(ref _state) == 1;

        public bool IsLate => Volatile.Read(ref _state) == 2;

        public void Receive()
        {
            Interlocked.CompareExchange(ref _state, 1, 0);
            _late.Dispose();
        }

        public void Dispose() => _late.Dispose();
    }
}
