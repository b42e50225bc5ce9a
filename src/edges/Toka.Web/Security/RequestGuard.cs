using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Toka.Core.Telemetry;
using Toka.Web.Http;

namespace Toka.Web.Security;

/// <summary>
/// Closed by default: looks at every request of every listener before anything else does. A page of another site must not
/// reach Toka through the browser of the person who sits at this machine, neither by naming Toka's address (Origin) nor by
/// giving its own name Toka's address (Host: DNS rebinding).
/// </summary>
internal sealed class RequestGuard(IReadOnlyList<string> allowedHosts, SelfMetrics self)
{
    private readonly SelfCounter _refusedHost = Refused(self, "host");
    private readonly SelfCounter _refusedOrigin = Refused(self, "origin");

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        SetHeaders(context.Response.Headers);
        if (!IsHostAllowed(request.Headers.Host, context.Connection.LocalPort))
        {
            _refusedHost.Add();
            await RefuseAsync(
                context, $"Host \"{request.Headers.Host}\" is not a name of this server. Use 127.0.0.1:{context.Connection.LocalPort}.");
            return;
        }

        if (!IsSameOrigin(request))
        {
            _refusedOrigin.Add();
            await RefuseAsync(context, "The request comes from a page of another origin. Only Toka's own page may ask from a browser.");
            return;
        }

        await next(context);
    }

    /// <summary>Whether a Host header names this server: a loopback name or address with the listener's port or none, or a configured name.</summary>
    /// <param name="header">The header's values.</param>
    /// <param name="localPort">The listener's port.</param>
    internal bool IsHostAllowed(StringValues header, int localPort)
    {
        if (header.Count != 1 || !TrySplit(header.ToString(), out var name, out var port))
        {
            return false;
        }

        foreach (var allowed in allowedHosts)
        {
            if (TrySplit(allowed, out var allowedName, out var allowedPort)
                && allowedName.Equals(name, StringComparison.OrdinalIgnoreCase)
                && (allowedPort is null ? port is null || port == localPort : port == allowedPort))
            {
                return true;
            }
        }

        return (port is null || port == localPort) && IsLoopback(name);
    }

    /// <summary>Whether a request comes from Toka's own page, or from no page at all.</summary>
    internal static bool IsSameOrigin(HttpRequest request)
    {
        var origin = request.Headers.Origin;
        if (origin.Count > 0)
        {
            return origin.Count == 1
                && string.Equals(origin.ToString(), $"{request.Scheme}://{request.Headers.Host}", StringComparison.OrdinalIgnoreCase);
        }

        // Browsers send no Origin with plain GETs, but say whose page asked. A link from elsewhere may lead here.
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        return site is "" or "same-origin" or "none"
            || (HttpMethods.IsGet(request.Method) && request.Headers["Sec-Fetch-Mode"] == "navigate" && request.Headers["Sec-Fetch-Dest"] == "document");
    }

    private static bool IsLoopback(string name)
    {
        if (name.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        var bare = name is ['[', .., ']'] ? name[1..^1] : name;
        return IPAddress.TryParse(bare, out var address)
            && IPAddress.IsLoopback(address)
            && !address.IsIPv4MappedToIPv6
            && address.ToString() == bare;
    }

    private static bool TrySplit(string host, out string name, out int? port)
    {
        name = host;
        port = null;
        var colon = host.LastIndexOf(':');
        if (colon >= 0 && host[^1] != ']')
        {
            if (!ushort.TryParse(host.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return false;
            }

            name = host[..colon];
            port = number;
        }

        // An IPv6 address without brackets would have been split within.
        return name.Length > 0 && (!name.Contains(':', StringComparison.Ordinal) || name is ['[', .., ']']);
    }

    private static void SetHeaders(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
    }

    private static Task RefuseAsync(HttpContext context, string message) =>
        ErrorResponse.SendAsync(context, StatusCodes.Status403Forbidden, "forbidden", message);

    private static SelfCounter Refused(SelfMetrics self, string reason) =>
        self.Counter("toka_http_refused_total", "Requests refused before they were looked at, by reason.", ("reason", reason));

    // Style attributes are allowed, because the page's framework writes them into its markup; style sheets and scripts
    // come from this server alone. Pictures may be made by the page itself.
    private const string ContentSecurityPolicy =
        "default-src 'self'; script-src 'self'; connect-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; "
        + "object-src 'none'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'";
}
