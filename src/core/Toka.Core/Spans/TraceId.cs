using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Toka.Core.Spans;

/// <summary>The id of a trace: 16 bytes, the first one highest. All zero is none.</summary>
/// <param name="Value">The bytes as a number, big-endian.</param>
public readonly record struct TraceId(UInt128 Value)
{
    /// <summary>Bytes of an id.</summary>
    public const int Size = 16;

    /// <summary>Whether it is none.</summary>
    public bool IsEmpty => Value == UInt128.Zero;

    /// <summary>Reads 16 bytes.</summary>
    public static TraceId Of(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt128BigEndian(bytes));

    /// <summary>Reads 1 to 32 hexadecimal digits of either case; what is shorter is filled with zeros before it, as B3 and Zipkin do.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out TraceId id)
    {
        id = default;
        if (text is not { Length: >= 1 and <= 2 * Size } || !UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        id = new TraceId(value);
        return !id.IsEmpty;
    }

    /// <summary>32 small hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("x32", CultureInfo.InvariantCulture);
}

/// <summary>The id of a span: 8 bytes, the first one highest. All zero is none.</summary>
/// <param name="Value">The bytes as a number, big-endian.</param>
public readonly record struct SpanId(ulong Value)
{
    /// <summary>Bytes of an id.</summary>
    public const int Size = 8;

    /// <summary>Whether it is none.</summary>
    public bool IsEmpty => Value == 0;

    /// <summary>Reads 8 bytes.</summary>
    public static SpanId Of(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt64BigEndian(bytes));

    /// <summary>Reads 1 to 16 hexadecimal digits of either case.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out SpanId id)
    {
        id = default;
        if (text is not { Length: >= 1 and <= 2 * Size } || !ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        id = new SpanId(value);
        return !id.IsEmpty;
    }

    /// <summary>16 small hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);
}
