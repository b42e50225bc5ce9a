using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Toka.Core.Searching;
using Toka.Tracing.Live;
using Toka.Web.Http;

namespace Toka.Web.Api.Events;

/// <summary>Records as they come, each a document in a line (NDJSON), until the client goes or the server stops.</summary>
internal static class FollowResponse
{
    /// <summary>Sends what a subscription gives. A line <c>{"dropped":N}</c> says how many came faster than the client took them.</summary>
    /// <param name="context">The request.</param>
    /// <param name="subscription">What is sent; disposed at the end.</param>
    /// <param name="write">Writes one record.</param>
    /// <param name="stopping">Ends it: the server stops.</param>
    /// <param name="cancellationToken">Ends it: the client went.</param>
    public static async Task SendAsync<T>(
        HttpContext context, FeedSubscription<T> subscription, Action<Utf8JsonWriter, T> write, CancellationToken stopping, CancellationToken cancellationToken)
        where T : ISearchable
    {
        using (subscription)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, cancellationToken);
            using var buffer = new PooledBuffer(JsonResponse.PieceBytes / 4);
            await using var json = JsonResponse.WriterTo(buffer);
            context.Response.ContentType = "application/x-ndjson";
            context.Response.Headers.CacheControl = "no-store";
            context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            await context.Response.StartAsync(either.Token);
            try
            {
                await foreach (var item in subscription.ReadAllAsync(either.Token))
                {
                    if (item.Lost > 0)
                    {
                        json.WriteStartObject();
                        json.WriteNumber("dropped"u8, item.Lost);
                        json.WriteEndObject();
                        EndLine(json, buffer);
                    }

                    write(json, item.Record);
                    EndLine(json, buffer);
                    await context.Response.Body.WriteAsync(buffer.WrittenMemory, either.Token);
                    await context.Response.Body.FlushAsync(either.Token);
                    buffer.Clear();
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                // A whole answer: what came until the server stopped.
            }
        }
    }

    private static void EndLine(Utf8JsonWriter json, PooledBuffer buffer)
    {
        json.Flush();
        json.Reset();
        buffer.GetSpan(1)[0] = (byte)'\n';
        buffer.Advance(1);
    }
}
