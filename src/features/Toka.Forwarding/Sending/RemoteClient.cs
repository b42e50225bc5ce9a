using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Toka.Configuration.Http;
using Toka.Forwarding.Options;
using Toka.Protocols.RemoteWrite;

namespace Toka.Forwarding.Sending;

/// <summary>What became of a request.</summary>
internal enum SendResult
{
    /// <summary>The remote took it.</summary>
    Sent,

    /// <summary>It is to be sent again.</summary>
    Failed,

    /// <summary>The remote will not take it another time either.</summary>
    Refused,

    /// <summary>The remote does not know protocol 2.0.</summary>
    Unsupported,
}

/// <summary>What became of a request.</summary>
/// <param name="Result">What.</param>
/// <param name="Error">What went wrong; null where nothing did.</param>
/// <param name="RetryAfter">When the remote wants to be asked again; null where it does not say.</param>
/// <param name="Written">How many entries it says it took; null where it does not say.</param>
internal readonly record struct SendOutcome(SendResult Result, string? Error = null, TimeSpan? RetryAfter = null, int? Written = null);

/// <summary>Posts requests to one remote and reads its answers. Thread-safe. Source: Prometheus Remote-Write 1.0 and 2.0.</summary>
internal sealed class RemoteClient(RemoteWriteOptions options, HttpMessageInvoker http, TimeProvider time) : IDisposable
{
    /// <summary>Of an error's text so much is read, in bytes: it says what is wrong in its first line.</summary>
    private const int ErrorBytesMax = 1024;

    /// <summary>A remote that asks for a longer pause is asked again after this: it may have been a mistake, or be over.</summary>
    public static readonly TimeSpan RetryAfterMax = TimeSpan.FromMinutes(10);

    private static readonly ProductInfoHeaderValue s_agent = new("toka", null);

    /// <summary>Posts a request.</summary>
    /// <param name="body">A Snappy block.</param>
    /// <param name="version">Which message it is.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OperationCanceledException">It was cancelled; nobody knows what became of it.</exception>
    public async Task<SendOutcome> SendAsync(ReadOnlyMemory<byte> body, RemoteWriteVersion version, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.RemoteTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var request = Request(body, version);
            using var response = await http.SendAsync(request, either.Token);
            if (request.Method != HttpMethod.Post)
            {
                return new SendOutcome(SendResult.Failed, "it redirects to another address in a way that loses the samples; give that address as url");
            }

            return await JudgeAsync(response, version, either.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new SendOutcome(SendResult.Failed, string.Create(CultureInfo.InvariantCulture, $"no answer within {options.RemoteTimeout.TotalSeconds} s (remote_timeout)"));
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new SendOutcome(SendResult.Failed, e.Message);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private HttpRequestMessage Request(ReadOnlyMemory<byte> body, RemoteWriteVersion version)
    {
        var content = new ReadOnlyMemoryContent(body);
        content.Headers.ContentEncoding.Add("snappy");
        content.Headers.TryAddWithoutValidation("Content-Type", RemoteWriteHeaders.ContentTypeOf(version));
        var request = new HttpRequestMessage(HttpMethod.Post, options.Url) { Content = content };
        request.Headers.UserAgent.Add(s_agent);
        request.Headers.TryAddWithoutValidation(RemoteWriteHeaders.Version, RemoteWriteHeaders.NumberOf(version));
        return request;
    }

    private async Task<SendOutcome> JudgeAsync(HttpResponseMessage response, RemoteWriteVersion version, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        var written = version == RemoteWriteVersion.V2 ? WrittenOf(response) : null;
        if (response.IsSuccessStatusCode)
        {
            // Who knows 2.0 says what it has written; who does not may have taken the message for one of 1.0 with nothing in it.
            return version == RemoteWriteVersion.V2 && written is null
                ? new SendOutcome(SendResult.Unsupported, $"it answered {status} without saying what it wrote, as remotes do that know protocol 1.0 only")
                : new SendOutcome(SendResult.Sent, Written: written);
        }

        var error = $"it answered {status} {await TextOfAsync(response, cancellationToken)}".TrimEnd();
        return response.StatusCode switch
        {
            HttpStatusCode.UnsupportedMediaType when version == RemoteWriteVersion.V2 => new SendOutcome(SendResult.Unsupported, error),
            HttpStatusCode.TooManyRequests when !options.Queue.RetryOnHttp429 => new SendOutcome(SendResult.Refused, error, Written: written),
            HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout => new SendOutcome(SendResult.Failed, error, RetryAfterOf(response)),
            _ when status is >= 400 and < 500 => new SendOutcome(SendResult.Refused, error, Written: written),
            _ => new SendOutcome(SendResult.Failed, error, RetryAfterOf(response)),
        };
    }

    private TimeSpan? RetryAfterOf(HttpResponseMessage response)
    {
        var after = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - time.GetUtcNow(),
            _ => TimeSpan.Zero,
        };
        return after <= TimeSpan.Zero ? null : after < RetryAfterMax ? after : RetryAfterMax;
    }

    private static int? WrittenOf(HttpResponseMessage response)
    {
        int? written = null;
        foreach (var name in new[] { RemoteWriteHeaders.SamplesWritten, RemoteWriteHeaders.HistogramsWritten, RemoteWriteHeaders.ExemplarsWritten })
        {
            if (response.Headers.TryGetValues(name, out var values) && int.TryParse(values.FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            {
                written = (written ?? 0) + count;
            }
        }

        return written;
    }

    /// <summary>The first line of what a remote says about an error.</summary>
    private static async Task<string> TextOfAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            var bytes = new byte[ErrorBytesMax];
            var length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
            var text = Encoding.UTF8.GetString(bytes, 0, length).Trim();
            var end = text.AsSpan().IndexOfAny('\r', '\n');
            return new string([.. (end < 0 ? text : text[..end]).Where(static c => !char.IsControl(c))]);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return "";
        }
    }
}
