using System.Text.Json;
using Toka.Core.Spans;

namespace Toka.Events.Origins;

/// <summary>Origins out of files.</summary>
internal static class OriginBytes
{
    /// <summary>An origin.</summary>
    /// <exception cref="InvalidDataException">Its resource is no JSON.</exception>
    public static Origin Read(ReadOnlySpan<byte> resource, string scopeName, string scopeVersion, ReadOnlySpan<byte> scope)
    {
        try
        {
            return new Origin(resource, scopeName, scopeVersion, scope);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"an origin of it cannot be read: {e.Message}", e);
        }
    }
}
