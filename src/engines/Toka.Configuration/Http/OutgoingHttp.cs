using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Toka.Configuration.Http;

/// <summary>
/// Carries requests as <see cref="HttpClientOptions"/> say: authentication and headers at each, TLS, proxy, redirects. Files of
/// credentials and certificates are read again when they have changed. It decompresses nothing and has no time limit but that of
/// connecting: whoever sends decides on both. Thread-safe; one instance is made for each set of options and kept, because it holds the
/// connections.
/// </summary>
public sealed class OutgoingHttp : HttpMessageInvoker
{
    /// <summary>Redirects in a row that are followed, count; Prometheus follows as many.</summary>
    public const int RedirectsMax = 10;

    /// <summary>Makes it. Nothing is read or connected before the first request.</summary>
    /// <param name="options">What was configured.</param>
    /// <param name="environment">Gives environment variables, for <c>proxy_from_environment</c>; null for the process's.</param>
    public OutgoingHttp(HttpClientOptions options, Func<string, string?>? environment = null)
        : base(new Handler(options, environment ?? Environment.GetEnvironmentVariable))
    {
    }

    /// <summary>Sends a request. It may be sent again with the same message, but only once at a time.</summary>
    /// <param name="request">
    /// The request. Its version, Authorization and configured headers are set; where redirects are followed, its address is
    /// that of the last one afterwards.
    /// </param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The response; its content is a stream that is read as it comes.</returns>
    /// <exception cref="HttpRequestException">There was no response, a file of the configuration cannot be read, or there were too many redirects.</exception>
    public override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        base.SendAsync(request, cancellationToken);

    private sealed class Handler : HttpMessageHandler
    {
        private readonly HttpClientOptions _options;
        private readonly TlsHandlers _handlers;
        private readonly FileContent? _username;
        private readonly FileContent? _password;
        private readonly FileContent? _credentials;
        private readonly (HttpHeaderOptions Header, FileContent[] Files)[] _headers;

        public Handler(HttpClientOptions options, Func<string, string?> environment)
        {
            ArgumentNullException.ThrowIfNull(options);
            _options = options;
            _handlers = new TlsHandlers(options, environment);
            _username = FileOf(options.BasicAuth?.UsernameFile, "basic_auth.username_file");
            _password = FileOf(options.BasicAuth?.PasswordFile, "basic_auth.password_file");
            _credentials = FileOf(options.Authorization?.CredentialsFile, "authorization.credentials_file");
            _headers = [.. options.Headers.Select(static header => (header, header.Files.Select(file => new FileContent(file, $"http_headers.{header.Name}.files")).ToArray()))];
        }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var first = request.RequestUri ?? throw new InvalidOperationException("the request has no address");
            for (var redirects = 0; ; redirects++)
            {
                Prepare(request, first);
                var response = await _handlers.Current().SendAsync(request, cancellationToken);
                if (!_options.FollowRedirects || Target(response, request.RequestUri!) is not { } target)
                {
                    return response;
                }

                var status = response.StatusCode;
                response.Dispose();
                if (redirects == RedirectsMax)
                {
                    throw new HttpRequestException($"{first.GetLeftPart(UriPartial.Path)} was redirected more than {RedirectsMax} times");
                }

                request.RequestUri = target;
                if (status is not (HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect) && request.Method != HttpMethod.Head)
                {
                    request.Method = HttpMethod.Get;
                    request.Content = null;
                }
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _handlers.Dispose();
            }

            base.Dispose(disposing);
        }

        private static FileContent? FileOf(string? path, string key) => path is null ? null : new FileContent(path, key);

        private static Uri? Target(HttpResponseMessage response, Uri from)
        {
            if (response.StatusCode is not (HttpStatusCode.Moved or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect)
                || response.Headers.Location is not { } location)
            {
                return null;
            }

            var target = location.IsAbsoluteUri ? location : new Uri(from, location);
            return target.Scheme is "http" or "https" ? target : null;
        }

        /// <summary>Credentials go to the host that was asked, and not to where it redirects.</summary>
        private void Prepare(HttpRequestMessage request, Uri first)
        {
            var target = request.RequestUri!;
            var isSecure = target.Scheme == Uri.UriSchemeHttps;
            var isOwn = target.Scheme == first.Scheme && target.Authority == first.Authority;
            request.Version = isSecure && _options.EnableHttp2 ? HttpVersion.Version20 : HttpVersion.Version11;
            request.VersionPolicy = HttpVersionPolicy.RequestVersionOrLower;
            request.Headers.Authorization = isOwn ? Authorization() : null;
            if (_options.Tls.ServerName is { } name && isSecure)
            {
                // The runtime takes the name for TLS from the host of the request.
                request.Headers.Host = isOwn ? (target.IsDefaultPort ? name : $"{name}:{target.Port}") : null;
            }

            foreach (var (header, files) in _headers)
            {
                request.Headers.Remove(header.Name);
                if (!isOwn)
                {
                    continue;
                }

                request.Headers.TryAddWithoutValidation(header.Name, header.Values);
                request.Headers.TryAddWithoutValidation(header.Name, header.Secrets.Select(static secret => secret.Reveal()));
                request.Headers.TryAddWithoutValidation(header.Name, files.Select(static file => file.ReadTrimmed()));
            }
        }

        private AuthenticationHeaderValue? Authorization()
        {
            if (_options.BasicAuth is { } basic)
            {
                var user = _username?.ReadTrimmed() ?? basic.Username ?? "";
                var password = _password?.ReadTrimmed() ?? basic.Password?.Reveal() ?? "";
                return new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
            }

            if (_options.Authorization is not { } authorization)
            {
                return null;
            }

            var credentials = _credentials?.ReadTrimmed() ?? authorization.Credentials?.Reveal() ?? "";
            return credentials.Length == 0 ? null : new AuthenticationHeaderValue(authorization.Type, credentials);
        }
    }
}
