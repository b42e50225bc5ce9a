using Toka.Core.Spans;
using Toka.Protocols.Events;

namespace Toka.Protocols.Zipkin;

/// <summary>Origins by the service's name: that is all that Zipkin says of one. Not thread-safe.</summary>
internal sealed class ZipkinOrigins(EventLimits limits)
{
    /// <summary>Bytes of a service's name that count; longer ones are cut.</summary>
    public const int NameBytesMax = 256;

    /// <summary>Origins that are kept; beyond it all are forgotten.</summary>
    private const int OriginsMax = 1024;

    private readonly Dictionary<string, Origin> _origins = new(StringComparer.Ordinal);
    private readonly EventBytes _bytes = new();

    /// <summary>The origin of a service; its name may be empty.</summary>
    public Origin Find(ReadOnlySpan<byte> service)
    {
        Span<char> name = stackalloc char[NameBytesMax];
        var known = _origins.GetAlternateLookup<ReadOnlySpan<char>>();
        var text = name[..System.Text.Encoding.UTF8.GetChars(service, name)];
        if (known.TryGetValue(text, out var origin))
        {
            return origin;
        }

        _bytes.Clear();
        if (!service.IsEmpty)
        {
            _bytes.Add("{\"service.name\":"u8);
            _bytes.AddString(service, limits.ValueBytesMax);
            _bytes.AddByte((byte)'}');
        }

        origin = new Origin(_bytes[_bytes.From(0)], "", "", default);
        if (_origins.Count >= OriginsMax)
        {
            _origins.Clear();
        }

        _origins[text.ToString()] = origin;
        return origin;
    }
}
