using System.Buffers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Toka.Core.Errors;
using Toka.Core.Series;
using Toka.Protocols.RemoteRead;
using Toka.Web.Http;
using Toka.Web.Ingest;

namespace Toka.Web.Prometheus;

/// <summary>
/// <c>POST api/v1/read</c>: Prometheus's remote read, with samples in one block or chunks in frames. Raw samples are sent
/// wherever they are kept; the protocol has no place for warnings, so those are in the log.
/// </summary>
internal sealed class RemoteReadApi(TokaWebServices services) : IDisposable
{
    /// <summary>Bytes gather before they are handed to the connection.</summary>
    private const int PieceBytes = 256 * 1024;

    /// <summary>Length and checksum before a frame's message.</summary>
    private const int FrameHeadBytes = 14;

    private static readonly string[] s_post = ["POST"];

    private readonly SemaphoreSlim _places = new(services.Limits.MaxConcurrentReads);

    public void Map(IEndpointRouteBuilder endpoints, TokaEndpoint endpoint) =>
        endpoints.MapMethods("/api/v1/read", s_post, endpoint.Partial(ReadAsync));

    public void Dispose() => _places.Dispose();

    private async Task ReadAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var request = await RequestAsync(context, cancellationToken);
        var type = request.Negotiated ?? throw new BadInputException(
            $"server does not support any of the requested response types: [{string.Join(' ', request.Accepted.Select(static t => (int)t))}]; supported: SAMPLES (0) and STREAMED_XOR_CHUNKS (1)");
        await _places.WaitAsync(cancellationToken);
        try
        {
            await (type == ReadResponseType.Samples ? SendSamplesAsync(context, request, cancellationToken) : SendChunksAsync(context, request, cancellationToken));
        }
        finally
        {
            _places.Release();
        }
    }

    private async Task<ReadRequest> RequestAsync(HttpContext context, CancellationToken cancellationToken)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = services.Limits.MaxFormBytes;
        }

        var encoding = context.Request.Headers.ContentEncoding.ToString();
        if (encoding.Length > 0 && !encoding.Equals("snappy", StringComparison.OrdinalIgnoreCase))
        {
            throw new BadHttpRequestException($"Content-Encoding {encoding} is not known here: remote read requests are Snappy blocks", StatusCodes.Status415UnsupportedMediaType);
        }

        try
        {
            using var body = await IngestBody.ReadAsync(context.Request.Body, BodyEncoding.Identity, services.Limits.MaxFormBytes, cancellationToken);
            using var message = SnappyBlock.Unpack(body.Memory.Span, services.Limits.MaxReadRequestBytes);
            return ReadRequestDecoder.Decode(message.Memory.Span);
        }
        catch (LimitExceededException e)
        {
            throw new BadHttpRequestException(e.Message, StatusCodes.Status413PayloadTooLarge);
        }
    }

    private async Task SendSamplesAsync(HttpContext context, ReadRequest request, CancellationToken cancellationToken)
    {
        using var answer = new SampledResponse(services.Limits.MaxReadSamples, services.Limits.MaxReadBytes);
        using var floats = new FloatColumn();
        using var histograms = new HistogramColumn();
        foreach (var query in request.Queries)
        {
            answer.BeginQuery();
            using var set = await SelectAsync(query, cancellationToken);
            for (var i = 0; i < set.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (Read(set, i, floats, histograms))
                {
                    answer.Add(set.LabelsOf(i), floats, histograms);
                }
            }

            Tell(set);
        }

        using var block = answer.Pack();
        context.Response.ContentType = "application/x-protobuf";
        context.Response.Headers.ContentEncoding = "snappy";
        context.Response.ContentLength = block.Memory.Length;
        await context.Response.Body.WriteAsync(block.Memory, cancellationToken);
    }

    private async Task SendChunksAsync(HttpContext context, ReadRequest request, CancellationToken cancellationToken)
    {
        using var frames = new ChunkedResponse();
        using var floats = new FloatColumn();
        using var histograms = new HistogramColumn();
        var unsent = 0L;
        for (var number = 0; number < request.Queries.Count; number++)
        {
            using var set = await SelectAsync(request.Queries[number], cancellationToken);
            if (number == 0)
            {
                // Begun now, not when enough has gathered: an error after this must cut the connection, never stand behind frames.
                context.Response.ContentType = "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse";
                await context.Response.BodyWriter.FlushAsync(cancellationToken);
            }

            for (var i = 0; i < set.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!Read(set, i, floats, histograms))
                {
                    continue;
                }

                frames.Begin(number, set.LabelsOf(i), floats, histograms);
                while (PutFrame(context.Response.BodyWriter, frames, ref unsent))
                {
                    if (unsent >= PieceBytes)
                    {
                        await context.Response.BodyWriter.FlushAsync(cancellationToken);
                        unsent = 0;
                    }
                }
            }

            Tell(set);
        }

        await context.Response.BodyWriter.FlushAsync(cancellationToken);
    }

    private static bool PutFrame(System.IO.Pipelines.PipeWriter writer, ChunkedResponse frames, ref long unsent)
    {
        Span<byte> head = stackalloc byte[FrameHeadBytes];
        if (!frames.TryNext(head, out var headLength, out var message))
        {
            return false;
        }

        writer.Write(head[..headLength]);
        writer.Write(message);
        unsent += headLength + message.Length;
        return true;
    }

    private ValueTask<SeriesSet> SelectAsync(ReadQuery query, CancellationToken cancellationToken) =>
        services.SelectAllAsync(new SelectRequest { Matchers = query.Matchers, FromMs = query.FromMs, ToMs = query.ToMs, PrefersRaw = true }, cancellationToken);

    /// <summary>Reads a series; false where it has nothing in the time asked for.</summary>
    private static bool Read(SeriesSet set, int index, FloatColumn floats, HistogramColumn histograms)
    {
        floats.Clear();
        histograms.Clear();
        set.ReadFloats(index, floats);
        if (set.MayHaveHistograms)
        {
            set.ReadHistograms(index, histograms);
        }

        return floats.Count > 0 || histograms.Count > 0;
    }

    private void Tell(SeriesSet set)
    {
        if (set.Warnings.Count > 0)
        {
            services.Log.LogWarning("a remote read was answered with a reserve: {Warnings}", string.Join("; ", set.Warnings));
        }
    }
}
