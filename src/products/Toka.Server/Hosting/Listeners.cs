using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Toka.Web.Security;

namespace Toka.Server.Hosting;

/// <summary>The addresses that the server listens on, each checked, and what each of them answers.</summary>
/// <param name="Http">The page, the APIs, and OTLP over HTTP too.</param>
/// <param name="OtlpGrpc">OTLP over gRPC only: HTTP/2 without TLS, which leaves no room for HTTP/1.1 beside it.</param>
/// <param name="OtlpHttp">OTLP over HTTP only.</param>
/// <param name="StatsD">StatsD over UDP and TCP, which the web server has no part in; null for none.</param>
internal sealed record Listeners(ListenAddress Http, ListenAddress OtlpGrpc, ListenAddress OtlpHttp, ListenAddress? StatsD)
{
    /// <summary>Reads the addresses.</summary>
    /// <exception cref="Core.Errors.BadInputException">One is not ADDRESS:PORT on loopback.</exception>
    public static Listeners Parse(ServeOptions options) =>
        new(
            ListenAddress.Parse(options.Http),
            ListenAddress.Parse(options.OtlpGrpc),
            ListenAddress.Parse(options.OtlpHttp),
            options.StatsD is { } statsD ? ListenAddress.Parse(statsD) : null);

    /// <summary>Makes Kestrel listen. Each connection carries what its listener answers, since a port may be any free one.</summary>
    public void Apply(KestrelServerOptions kestrel)
    {
        Http.Listen(kestrel, listen => Serve(listen, HttpProtocols.Http1, new Role("")));
        OtlpHttp.Listen(kestrel, listen => Serve(listen, HttpProtocols.Http1, new Role("/v1/")));
        OtlpGrpc.Listen(kestrel, listen => Serve(listen, HttpProtocols.Http2, new Role("/opentelemetry.proto.collector.")));
    }

    /// <summary>Whether a request came to a listener that answers it.</summary>
    public static bool Answers(HttpContext context) =>
        context.Features.Get<Role>() is { } role && context.Request.Path.Value is { } path && path.StartsWith(role.PathPrefix, StringComparison.Ordinal);

    private static void Serve(ListenOptions listen, HttpProtocols protocols, Role role)
    {
        listen.Protocols = protocols;
        listen.Use(next => connection =>
        {
            connection.Features.Set(role);
            return next(connection);
        });
    }

    private sealed record Role(string PathPrefix);
}
