using System.Text.Json;
using Toka.Core.Errors;
using Toka.TimeSeries.Disk;

namespace Toka.TimeSeries.Care;

/// <summary>A file of a backup.</summary>
/// <param name="Path">Relative to the backup, with slashes.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Checksum">Its CRC32C; null for a block, which has its own checksums and may be too large to be read for each backup.</param>
internal sealed record BackupFile(string Path, long Bytes, uint? Checksum);

/// <summary>What a backup consists of. Written last: a backup without it is not whole. docs/formats/backup.md describes it.</summary>
internal sealed record BackupManifest(IReadOnlyList<BackupFile> Files)
{
    /// <summary>The file in the backup's folder.</summary>
    public const string FileName = "manifest.json";

    private const int Version = 1;

    /// <summary>A larger manifest is damage: a million files are below it.</summary>
    private const long BytesMax = 256L << 20;

    /// <summary>Writes it; it is durable when this returns.</summary>
    public void Write(IStoreDisk disk, string root)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("version", Version);
            json.WriteStartArray("files");
            foreach (var file in Files)
            {
                json.WriteStartObject();
                json.WriteString("path", file.Path);
                json.WriteNumber("bytes", file.Bytes);
                if (file.Checksum is { } checksum)
                {
                    json.WriteNumber("crc32c", checksum);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        var temporary = System.IO.Path.Combine(root, FileName + ".tmp");
        disk.Delete(temporary);
        using (var file = disk.Create(temporary))
        {
            file.Write(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), 0);
            file.Sync();
        }

        disk.Rename(temporary, System.IO.Path.Combine(root, FileName));
        disk.SyncDirectory(root);
    }

    /// <summary>Reads it.</summary>
    /// <exception cref="BadInputException">It is not there, damaged, or of another version.</exception>
    public static BackupManifest Read(IStoreDisk disk, string root)
    {
        var path = System.IO.Path.Combine(root, FileName);
        if (!disk.Exists(path))
        {
            throw new BadInputException($"{root} is no backup, or one that was cut off: it has no {FileName}. Name a folder that `toka backup` made");
        }

        using var file = disk.Open(path, toWrite: false);
        if (file.Length > BytesMax)
        {
            throw new BadInputException($"{path} has {file.Length} bytes, which no manifest has");
        }

        var bytes = new byte[file.Length];
        for (int at = 0, read; at < bytes.Length && (read = file.Read(bytes.AsSpan(at), at)) > 0; at += read)
        {
        }

        try
        {
            using var document = JsonDocument.Parse(bytes);
            var version = document.RootElement.GetProperty("version").GetInt32();
            return version == Version
                ? new BackupManifest([.. document.RootElement.GetProperty("files").EnumerateArray().Select(FileOf)])
                : throw new BadInputException($"{path} has version {version}; this toka reads version {Version}");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new BadInputException($"{path} is damaged: {e.Message}");
        }
    }

    private static BackupFile FileOf(JsonElement file)
    {
        var path = file.GetProperty("path").GetString() ?? "";
        return path.Length == 0 || System.IO.Path.IsPathRooted(path) || path.Split('/').Contains("..")
            ? throw new FormatException($"'{path}' is not a path within the backup")
            : new BackupFile(path, file.GetProperty("bytes").GetInt64(), file.TryGetProperty("crc32c", out var checksum) ? checksum.GetUInt32() : null);
    }
}
