using System.Buffers.Binary;
using System.Globalization;
using System.Net;

namespace Toka.Monitoring.StatsD;

/// <summary>What the kernel says of a socket for datagrams. Source: proc(5), <c>/proc/net/udp</c>; its last column counts drops.</summary>
internal static class SocketDrops
{
    /// <summary>Finds the drops of a socket.</summary>
    /// <param name="table">The text of <c>/proc/net/udp</c> or <c>/proc/net/udp6</c>.</param>
    /// <param name="endPoint">The socket's own address.</param>
    /// <returns>How many datagrams were dropped; null where the socket is not in the table.</returns>
    public static long? Find(string table, IPEndPoint endPoint)
    {
        var local = Written(endPoint);
        foreach (var line in table.AsSpan().EnumerateLines())
        {
            var colon = line.IndexOf(':');
            if (colon >= 0 && line[(colon + 1)..].TrimStart().StartsWith(local, StringComparison.OrdinalIgnoreCase))
            {
                var text = line.TrimEnd();
                return long.TryParse(text[(text.LastIndexOf(' ') + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var drops) ? drops : null;
            }
        }

        return null;
    }

    /// <summary>An address as the table writes it: words of 32 bits as this machine has them, then the port, all in hexadecimal.</summary>
    private static string Written(IPEndPoint endPoint)
    {
        var bytes = endPoint.Address.GetAddressBytes();
        var text = new System.Text.StringBuilder();
        for (var i = 0; i < bytes.Length; i += sizeof(uint))
        {
            var word = BitConverter.IsLittleEndian ? BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(i)) : BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(i));
            text.Append(word.ToString("X8", CultureInfo.InvariantCulture));
        }

        return text.Append(CultureInfo.InvariantCulture, $":{endPoint.Port:X4} ").ToString();
    }
}
