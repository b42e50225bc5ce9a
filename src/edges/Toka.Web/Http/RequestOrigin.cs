using Microsoft.AspNetCore.Http;
using Toka.Query;

namespace Toka.Web.Http;

/// <summary>Who asks a query over HTTP, for the query log and the list of active queries.</summary>
internal static class RequestOrigin
{
    public static QueryOrigin Of(HttpContext context)
    {
        var connection = context.Connection;
        var client = connection.RemoteIpAddress is { } address ? new System.Net.IPEndPoint(address, connection.RemotePort).ToString() : "";
        return QueryOrigin.OfHttp(client, context.Request.Headers.UserAgent.ToString(), context.Request.Path);
    }
}
