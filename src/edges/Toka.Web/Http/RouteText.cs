using Microsoft.AspNetCore.Http;

namespace Toka.Web.Http;

/// <summary>Values of routes that are names, not ids: they may have any character.</summary>
internal static class RouteText
{
    /// <summary>The value. A slash is left as <c>%2F</c> by the router, which takes it for two parts otherwise.</summary>
    public static string Of(HttpContext context, string name) =>
        ((string)context.Request.RouteValues[name]!).Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}
