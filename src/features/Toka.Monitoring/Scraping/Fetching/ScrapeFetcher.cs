using System.Globalization;
using System.IO.Compression;
using System.Net;
using Toka.Configuration.Http;
using Toka.Monitoring.Scraping.Appending;
using Toka.Monitoring.Scraping.Options;
using Toka.Protocols.Exposition;

namespace Toka.Monitoring.Scraping.Fetching;

/// <summary>Gets the bodies of a job's targets. Thread-safe.</summary>
internal sealed class ScrapeFetcher
{
    /// <summary>The most bytes of a body of a job without <c>body_size_limit</c>: 64 MiB; the largest exporters send some ten.</summary>
    public const long BodyBytesMax = 64L << 20;

    private readonly HttpMessageInvoker _http;
    private readonly BodyRoom _room;
    private readonly TimeProvider _time;
    private readonly string _accept;
    private readonly string _userAgent;
    private readonly bool _asksForGzip;
    private readonly ExpositionFormat? _fallback;

    public ScrapeFetcher(ScrapeJobOptions job, HttpMessageInvoker http, string userAgent, BodyRoom room, TimeProvider time)
    {
        (_http, _userAgent, _room, _time) = (http, userAgent, room, time);
        _accept = AcceptHeader.Of(job);
        _asksForGzip = job.EnableCompression;
        _fallback = job.FallbackScrapeProtocol is { } protocol ? AcceptHeader.FormatOf(protocol) : null;
        BytesMax = job.BodySizeLimit > 0 ? Math.Min(job.BodySizeLimit, Array.MaxLength / 2) : BodyBytesMax;
    }

    /// <summary>The most bytes of a body, before and after decompression.</summary>
    public long BytesMax { get; }

    /// <summary>Gets a body.</summary>
    /// <param name="url">The target.</param>
    /// <param name="timeout">What all of it may take.</param>
    /// <param name="expected">About how many bytes will come.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ScrapeFailure">There is none.</exception>
    public async Task<ScrapeBody> FetchAsync(Uri url, TimeSpan timeout, int expected, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            using var request = RequestOf(url, timeout);
            using var response = await _http.SendAsync(request, either.Token).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                throw new ScrapeFailure(ScrapeOutcome.Status, $"the target answered with HTTP status {(int)response.StatusCode} {response.ReasonPhrase}".TrimEnd());
            }

            var contentType = response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var types) ? types.ToString() : null;
            if (!ExpositionFormats.TryFromContentType(contentType, _fallback, out var format, out var reason))
            {
                throw new ScrapeFailure(ScrapeOutcome.ContentType, $"{reason}; set fallback_scrape_protocol of the job if it is one of these all the same");
            }

            if (response.Content.Headers.ContentLength > BytesMax)
            {
                throw ScrapeBody.TooLarge(BytesMax);
            }

            using var sent = await response.Content.ReadAsStreamAsync(either.Token).ConfigureAwait(false);
            if (!IsPacked(response))
            {
                return await ScrapeBody.ReadAsync(sent, expected, BytesMax, format, _room, either.Token).ConfigureAwait(false);
            }

            using var tail = new TailStream(sent);
            using var unpacked = new GZipStream(tail, CompressionMode.Decompress);
            var body = await ScrapeBody.ReadAsync(unpacked, expected, BytesMax, format, _room, either.Token).ConfigureAwait(false);
            if (!tail.EndsAsGzip(body.Length))
            {
                body.Dispose();
                throw new InvalidDataException("it is cut, or something stands behind it");
            }

            return body;
        }
        catch (Exception e) when ((e is OperationCanceledException or HttpRequestException or IOException)
            && deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ScrapeFailure(ScrapeOutcome.Timeout, $"the target did not send all within scrape_timeout, {timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new ScrapeFailure(ScrapeOutcome.Connection, Words(e), e);
        }
        catch (InvalidDataException e)
        {
            throw new ScrapeFailure(ScrapeOutcome.Body, $"the body is not the gzip that its Content-Encoding says: {e.Message}", e);
        }
    }

    private HttpRequestMessage RequestOf(Uri url, TimeSpan timeout)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.TryAddWithoutValidation("Accept", _accept);
        request.Headers.TryAddWithoutValidation("Accept-Encoding", _asksForGzip ? "gzip" : "identity");
        request.Headers.TryAddWithoutValidation("User-Agent", _userAgent);
        request.Headers.TryAddWithoutValidation("X-Prometheus-Scrape-Timeout-Seconds", timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture));
        return request;
    }

    private static bool IsPacked(HttpResponseMessage response)
    {
        var encoding = response.Content.Headers.NonValidated.TryGetValues("Content-Encoding", out var encodings) ? encodings.ToString().Trim() : "";
        return encoding.ToUpperInvariant() switch
        {
            "" or "IDENTITY" => false,
            "GZIP" or "X-GZIP" => true,
            _ => throw new ScrapeFailure(ScrapeOutcome.Body, $"the target answered with Content-Encoding {encoding}, which was not asked for; gzip and none are read"),
        };
    }

    /// <summary>What the runtime says, to its cause: the outer words often only point there.</summary>
    private static string Words(Exception e)
    {
        var words = e.Message.TrimEnd('.');
        for (var inner = e.InnerException; inner is not null; inner = inner.InnerException)
        {
            if (!words.Contains(inner.Message.TrimEnd('.'), StringComparison.Ordinal))
            {
                words += ": " + inner.Message.TrimEnd('.');
            }
        }

        return words;
    }
}
