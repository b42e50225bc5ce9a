using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using Toka.Core.Searching;

namespace Toka.Events.Indexes;

/// <summary>
/// The hashes that an index knows a granule's content by: of a field and its value as text, and of the field alone for "it is
/// there". Numbers that may be written in two ways (whole and floating-point) have the same text as long as they are below 2^53.
/// </summary>
internal static class Tokens
{
    /// <summary>What hashes of a field's values begin with.</summary>
    /// <param name="scope">The field.</param>
    /// <param name="key">The key of an attribute; empty for the rest.</param>
    public static long Seed(FieldKind scope, ReadOnlySpan<byte> key) => (long)XxHash3.HashToUInt64(key, ((long)scope << 32) | 0x746f6b61);

    /// <summary>What hashes of a field's values begin with.</summary>
    public static long Seed(Field field) => Seed(field.FieldKind, Encoding.UTF8.GetBytes(field.Key));

    /// <summary>The hash that says that a field is there.</summary>
    public static ulong Exists(long seed) => (ulong)seed;

    /// <summary>The hash of a value as text.</summary>
    public static ulong Of(long seed, ReadOnlySpan<byte> text) => XxHash3.HashToUInt64(text, seed);

    /// <summary>The hash of an origin.</summary>
    public static ulong OfOrigin(ulong id) => (id * 0x9E3779B97F4A7C15) ^ 0x6f726967;

    /// <summary>What a trace is found by: 32 bits of a hash.</summary>
    public static uint FingerprintOf(UInt128 uuid)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128LittleEndian(bytes, uuid);
        return (uint)(XxHash3.HashToUInt64(bytes) >> 32);
    }
}
