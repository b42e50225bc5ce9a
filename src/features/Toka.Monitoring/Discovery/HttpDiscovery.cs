using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using Toka.Configuration.Http;
using Toka.Core.Errors;
using Toka.Monitoring.Discovery.Options;

namespace Toka.Monitoring.Discovery;

/// <summary>Targets that an address answers with, as JSON.</summary>
[SuppressMessage("Reliability", "CA1001:Types that own disposable fields should be disposable", Justification = "a discovery is run once, and the end of its run disposes it")]
internal sealed class HttpDiscovery(HttpDiscoveryOptions options, DiscoveryTools tools) : PollingDiscovery("http", options.RefreshInterval, tools)
{
    private readonly OutgoingHttp _http = new(options.Http);

    protected override Task LookAsync(CancellationToken cancellationToken) => AskAsync(options.Url.AbsoluteUri, FetchAsync, cancellationToken);

    protected override void Release() => _http.Dispose();

    private async Task<IReadOnlyList<TargetGroup>> FetchAsync(CancellationToken cancellationToken)
    {
        // An answer that is not there when the next one is due is none.
        using var deadline = new CancellationTokenSource(options.RefreshInterval, Tools.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, options.Url);
            request.Headers.TryAddWithoutValidation("User-Agent", "Toka");
            request.Headers.TryAddWithoutValidation("Accept", "application/json");
            request.Headers.TryAddWithoutValidation("X-Prometheus-Refresh-Interval-Seconds", options.RefreshInterval.TotalSeconds.ToString(CultureInfo.InvariantCulture));
            using var response = await _http.SendAsync(request, either.Token);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                throw new BadInputException($"it answers {(int)response.StatusCode}; 200 is wanted");
            }

            var type = response.Content.Headers.ContentType;
            if (type?.MediaType is not { } media || !media.Equals("application/json", StringComparison.OrdinalIgnoreCase)
                || (type.CharSet is { } charset && !charset.Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase)))
            {
                throw new BadInputException($"its Content-Type is \"{type}\"; application/json is wanted");
            }

            return TargetGroupReader.ReadJson(await ReadAsync(response, either.Token), options.Url.AbsoluteUri, ("__meta_url", options.Url.AbsoluteUri));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BadInputException($"it has not answered within {options.RefreshInterval.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s");
        }
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (body.Length + read > TargetGroupReader.BytesMax)
            {
                throw new BadInputException($"its answer has more than {TargetGroupReader.BytesMax} bytes; that is the most for one source");
            }

            body.Write(buffer, 0, read);
        }

        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }
}
