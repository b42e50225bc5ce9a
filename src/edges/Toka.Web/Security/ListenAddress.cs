using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Toka.Core.Errors;

namespace Toka.Web.Security;

/// <summary>
/// Where a listener stands: a loopback address and a port. Every other address is refused, because without authentication
/// whoever reaches the port could read everything.
/// </summary>
/// <param name="Address">A loopback address.</param>
/// <param name="Port">From 0 (any that is free) to 65535.</param>
public sealed record ListenAddress(IPAddress Address, int Port)
{
    /// <summary>Reads <c>ADDRESS:PORT</c>: an address of 127.0.0.0/8, <c>[::1]</c>, or <c>localhost</c>, which means 127.0.0.1.</summary>
    /// <param name="text">Such as <c>127.0.0.1:4319</c>.</param>
    /// <exception cref="BadInputException">It is not an address and a port, or the address is not a loopback one. One line.</exception>
    public static ListenAddress Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            throw new BadInputException($"listen address \"{Printable(text)}\" is not ADDRESS:PORT with a port from 0 to 65535, such as 127.0.0.1:4319");
        }

        var host = text[..colon];
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            return new ListenAddress(IPAddress.Loopback, port);
        }

        var isBracketed = host is ['[', .., ']'];
        var bare = isBracketed ? host[1..^1] : host;

        // Short and octal forms such as 127.1 parse too, but not everything reads them alike: only the usual form is taken.
        var isLoopback = IPAddress.TryParse(bare, out var address)
            && IPAddress.IsLoopback(address)
            && !address.IsIPv4MappedToIPv6
            && address.ToString() == bare
            && isBracketed == (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6);
        return isLoopback
            ? new ListenAddress(address!, port)
            : throw new BadInputException(
                $"listen address \"{Printable(text)}\" is refused: without authentication, which a later version brings, Toka listens on loopback only; use 127.0.0.1:{port} or [::1]:{port}");
    }

    /// <summary>Adds the listener.</summary>
    /// <param name="kestrel">The server's options.</param>
    /// <param name="configure">Sets what is special about it, such as the protocols; null for nothing.</param>
    public void Listen(KestrelServerOptions kestrel, Action<ListenOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(kestrel);
        kestrel.Listen(Address, Port, configure ?? (static _ => { }));
    }

    /// <summary>As it was read: <c>ADDRESS:PORT</c>.</summary>
    public override string ToString() => new IPEndPoint(Address, Port).ToString();

    /// <summary>One line stays one line, whatever was given.</summary>
    private static string Printable(string text) =>
        string.Concat(text.Take(100).Select(static c => char.IsControl(c) ? '?' : c));
}
