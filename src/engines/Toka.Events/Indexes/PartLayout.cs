using System.Text;
using DuckDB.NET.Native;
using Toka.Core.Attributes;

namespace Toka.Events.Indexes;

/// <summary>An attribute that has a column of its own in a sealed file.</summary>
/// <param name="Key">The attribute's key.</param>
/// <param name="Kind">What its values are; those of other kinds stay in the JSON.</param>
internal sealed record AttributeColumn(string Key, AttributeKind Kind)
{
    /// <summary>What column names of attributes begin with.</summary>
    public const string Prefix = "attr.";

    /// <summary>The column's name.</summary>
    public string Name { get; } = Prefix + Key;

    /// <summary>The column's name within SQL.</summary>
    public string SqlName { get; } = Duck.DuckNative.Name(Prefix + Key);

    /// <summary>The key as UTF-8.</summary>
    public byte[] KeyBytes { get; } = Encoding.UTF8.GetBytes(Key);

    /// <summary>The key as it stands in JSON, with its colon.</summary>
    public byte[] JsonKey { get; } = [.. "\""u8, .. System.Text.Json.JsonEncodedText.Encode(Key).EncodedUtf8Bytes, .. "\":"u8];

    /// <summary>What DuckDB holds it as.</summary>
    public DuckDBType Type => Kind switch
    {
        AttributeKind.Int => DuckDBType.BigInt,
        AttributeKind.Double => DuckDBType.Double,
        AttributeKind.Bool => DuckDBType.Boolean,
        _ => DuckDBType.Varchar,
    };
}

/// <summary>What a service has in a granule.</summary>
/// <param name="Service">The service, by its place in <see cref="PartIndex.Services"/>.</param>
/// <param name="Rows">Its rows.</param>
/// <param name="Errors">Those that failed.</param>
/// <param name="MaxDurationNs">The longest.</param>
internal readonly record struct GranuleService(int Service, int Rows, int Errors, long MaxDurationNs);

/// <summary>A row group of a sealed file.</summary>
/// <param name="Rows">Rows in it.</param>
/// <param name="FromNs">The earliest time in it.</param>
/// <param name="ToNs">The latest time in it.</param>
/// <param name="Services">Its services.</param>
internal sealed record Granule(int Rows, long FromNs, long ToNs, IReadOnlyList<GranuleService> Services);
