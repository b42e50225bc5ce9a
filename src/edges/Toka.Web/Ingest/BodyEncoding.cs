namespace Toka.Web.Ingest;

/// <summary>How a body is packed, as Content-Encoding names it.</summary>
internal enum BodyEncoding
{
    /// <summary>Not at all.</summary>
    Identity,

    /// <summary>gzip, RFC 1952.</summary>
    Gzip,

    /// <summary>Zstandard, RFC 8878.</summary>
    Zstd,

    /// <summary>One Snappy block without frames, as Prometheus's remote protocols use it.</summary>
    Snappy,
}

/// <summary>The names of encodings.</summary>
internal static class BodyEncodings
{
    /// <summary>Reads a Content-Encoding header.</summary>
    /// <param name="header">The header; empty where there is none.</param>
    /// <param name="absent">What stands for none.</param>
    /// <returns>The encoding; null where it is not known, or more than one.</returns>
    public static BodyEncoding? Of(string header, BodyEncoding absent = BodyEncoding.Identity) => header.Trim().ToUpperInvariant() switch
    {
        "" => absent,
        "IDENTITY" => BodyEncoding.Identity,
        "GZIP" or "X-GZIP" => BodyEncoding.Gzip,
        "ZSTD" => BodyEncoding.Zstd,
        "SNAPPY" => BodyEncoding.Snappy,
        _ => null,
    };
}
