using System.Text.Json;

namespace Toka.Protocols.Zipkin;

/// <summary>An end of a call.</summary>
internal ref struct ZipkinEndpoint
{
    /// <summary>The service's name; may be empty.</summary>
    public ReadOnlySpan<byte> Service { get; private set; }

    /// <summary>The address as a JSON string, quotes included: IPv6 where there is one, or else IPv4; may be empty.</summary>
    public ReadOnlySpan<byte> Address { get; private set; }

    /// <summary>The port; 0 for none.</summary>
    public int Port { get; private set; }

    /// <summary>Reads an endpoint.</summary>
    /// <param name="json">An object, or nothing.</param>
    /// <param name="text">Reads its texts.</param>
    /// <param name="room">Gets the service's name, cut to this length.</param>
    public static ZipkinEndpoint Read(ReadOnlySpan<byte> json, ZipkinText text, Span<byte> room)
    {
        var endpoint = default(ZipkinEndpoint);
        if (json.IsEmpty)
        {
            return endpoint;
        }

        var reader = new Utf8JsonReader(json);
        reader.Read();
        var isSix = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("serviceName"u8))
            {
                reader.Read();
                var name = text.Optional(reader, "serviceName");
                var length = Events.EventText.CutLength(name, room.Length);
                name[..length].CopyTo(room);
                endpoint.Service = room[..length];
            }
            else if (reader.ValueTextEquals("ipv4"u8) || reader.ValueTextEquals("ipv6"u8))
            {
                var six = reader.ValueTextEquals("ipv6"u8);
                reader.Read();
                if (reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length > 0 && (six || !isSix))
                {
                    endpoint.Address = json[(int)reader.TokenStartIndex..(int)reader.BytesConsumed];
                    isSix = six;
                }
                else
                {
                    reader.Skip();
                }
            }
            else if (reader.ValueTextEquals("port"u8))
            {
                reader.Read();
                endpoint.Port = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var port) ? port : 0;
                reader.Skip();
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return endpoint;
    }
}
