using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Toka.Core.Errors;
using Toka.Core.Telemetry;

namespace Toka.Web.Ingest;

/// <summary>
/// The course of one HTTP request that brings samples, the same for all protocols: encoding, place, body within its limits,
/// decoding, answer; each end is counted once. What differs is the protocol's: how it decodes and how it answers. Thread-safe.
/// </summary>
/// <param name="host">What the protocols share.</param>
internal abstract class IngestEndpoint(IngestHost host)
{
    /// <summary>What the protocols share.</summary>
    protected IngestHost Host { get; } = host;

    /// <summary>Bytes of a body, unpacked.</summary>
    protected abstract int BytesMax { get; }

    /// <summary>What a body is packed with where the sender does not say.</summary>
    protected virtual BodyEncoding DefaultEncoding => BodyEncoding.Identity;

    /// <summary>The encodings that are taken, for the sentence that refuses others.</summary>
    protected virtual string Encodings => "gzip, zstd or none";

    /// <summary>Handles a request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        if (await RunAsync(context) is { } answer)
        {
            await AnswerAsync(context, answer);
        }
    }

    /// <summary>Whether bodies may be packed so.</summary>
    protected virtual bool Takes(BodyEncoding encoding) => encoding != BodyEncoding.Snappy;

    /// <summary>Where the request is counted.</summary>
    protected abstract IngestTally TallyOf(HttpContext context);

    /// <summary>Looks at a request before its body; null where nothing is wrong.</summary>
    protected virtual IngestFault? Check(HttpContext context) => null;

    /// <summary>Decodes a body and writes its samples.</summary>
    /// <param name="context">The request; headers of the answer may be set.</param>
    /// <param name="body">The body, unpacked; valid until the task ends, so the answer keeps nothing of it.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <exception cref="BadInputException">Nothing of it was written.</exception>
    /// <exception cref="LimitExceededException">Nothing of it was written.</exception>
    /// <exception cref="IOException">The store could not write; the sender is asked to come again.</exception>
    protected abstract ValueTask<IngestAnswer> TakeAsync(HttpContext context, ReadOnlyMemory<byte> body, CancellationToken cancellationToken);

    /// <summary>The answer that tells a fault.</summary>
    protected virtual IngestAnswer AnswerOf(HttpContext context, IngestFault fault) =>
        new(fault.Outcome, fault.Status, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(fault.Message + "\n"));

    private async Task<IngestAnswer?> RunAsync(HttpContext context)
    {
        if (Check(context) is { } fault)
        {
            return Refuse(context, fault);
        }

        var header = context.Request.Headers.ContentEncoding.ToString();
        if (BodyEncodings.Of(header, DefaultEncoding) is not { } encoding || !Takes(encoding))
        {
            return Refuse(context, new IngestFault(
                "unsupported", StatusCodes.Status415UnsupportedMediaType, $"Content-Encoding must be {Encodings}, but is \"{header}\""));
        }

        if (!Host.Places.TryEnter())
        {
            return Refuse(context, new IngestFault("busy", StatusCodes.Status429TooManyRequests, IngestHost.Busy));
        }

        try
        {
            return await ReceiveAsync(context, encoding);
        }
        finally
        {
            Host.Places.Leave();
        }
    }

    /// <summary>Reads and takes a body. Null where nobody is there any more to be answered.</summary>
    private async Task<IngestAnswer?> ReceiveAsync(HttpContext context, BodyEncoding encoding)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = BytesMax;
        }

        var isTaking = false;
        using var late = new CancellationTokenSource(IngestHost.BodyTimeMax, Host.Time);
        using var lateOrGone = CancellationTokenSource.CreateLinkedTokenSource(late.Token, context.RequestAborted);
        try
        {
            using var body = await IngestBody.ReadAsync(context.Request.Body, encoding, BytesMax, lateOrGone.Token);
            isTaking = true;
            return await TakeAsync(context, body.Memory, context.RequestAborted);
        }
        catch (OperationCanceledException) when (!isTaking && late.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            return Refuse(context, new IngestFault("too_slow", StatusCodes.Status408RequestTimeout,
                $"the body did not come within {IngestHost.BodyTimeMax.TotalSeconds:0} s; send smaller batches"));
        }
        catch (Exception e) when (FaultOf(e, isTaking && !context.RequestAborted.IsCancellationRequested) is { } fault)
        {
            return Refuse(context, fault);
        }
        catch (Exception e) when (e is OperationCanceledException or ConnectionAbortedException or ConnectionResetException
            || (e is IOException && context.RequestAborted.IsCancellationRequested))
        {
            // The sender has gone, or the stop cut it off before the request says so.
            TallyOf(context).Request("cancelled");
            return null;
        }
        catch
        {
            TallyOf(context).Request("error");
            throw;
        }
    }

    private IngestFault? FaultOf(Exception exception, bool isStoring) => exception switch
    {
        LimitExceededException e => new IngestFault("too_large", StatusCodes.Status413PayloadTooLarge, e.Message),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } =>
            new IngestFault("too_large", StatusCodes.Status413PayloadTooLarge, IngestBody.TooLarge(BytesMax)),
        // Kestrel's own patience is shorter than the deadline for those who hardly send.
        BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } e => new IngestFault("too_slow", e.StatusCode, e.Message),
        BadHttpRequestException e => new IngestFault("bad_request", e.StatusCode, e.Message),
        BadInputException e => new IngestFault("bad_request", StatusCodes.Status400BadRequest, e.Message),
        IOException e when isStoring => new IngestFault("unavailable", StatusCodes.Status503ServiceUnavailable, IngestHost.NotWritten(e)),
        _ => null,
    };

    private IngestAnswer Refuse(HttpContext context, IngestFault fault)
    {
        if (fault.IsRetriable)
        {
            context.Response.Headers.RetryAfter = IngestHost.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        }

        return AnswerOf(context, fault);
    }

    private Task AnswerAsync(HttpContext context, in IngestAnswer answer)
    {
        TallyOf(context).Request(answer.Outcome);
        var response = context.Response;
        response.StatusCode = answer.Status;
        if (answer.ContentType is null)
        {
            return Task.CompletedTask;
        }

        response.ContentType = answer.ContentType;
        response.ContentLength = answer.Body.Length;
        return response.Body.WriteAsync(answer.Body, context.RequestAborted).AsTask();
    }
}
