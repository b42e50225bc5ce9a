using System.Text.Json;

namespace Toka.Protocols.PrometheusTsdb;

/// <summary>What <c>meta.json</c> says of a block.</summary>
/// <param name="Id">The block's ULID.</param>
/// <param name="FromMs">The first moment it covers, ms since the Unix epoch.</param>
/// <param name="ToMs">The first moment behind it.</param>
/// <param name="Samples">Its samples, as counted by who wrote it; 0 where it is not said.</param>
public sealed record PrometheusBlockMeta(string Id, long FromMs, long ToMs, long Samples)
{
    private const int Version = 1;

    /// <summary>Reads a <c>meta.json</c>.</summary>
    /// <param name="file">Its name for messages.</param>
    /// <param name="json">Its content.</param>
    /// <exception cref="TsdbFormatException">It is not one, or of another version.</exception>
    public static PrometheusBlockMeta Parse(string file, ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            var version = root.GetProperty("version").GetInt32();
            return version == Version
                ? new PrometheusBlockMeta(
                    root.GetProperty("ulid").GetString() ?? "",
                    root.GetProperty("minTime").GetInt64(),
                    root.GetProperty("maxTime").GetInt64(),
                    root.TryGetProperty("stats", out var stats) && stats.TryGetProperty("numSamples", out var samples) ? samples.GetInt64() : 0)
                : throw new TsdbFormatException(file, 0, $"the block has version {version}; version {Version} is read");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new TsdbFormatException(file, 0, $"this is not the meta.json of a Prometheus block: {e.Message}");
        }
    }
}
