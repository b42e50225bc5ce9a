using System.Buffers;

namespace Toka.TimeSeries.Codecs;

/// <summary>A column of integers of any kind: buckets, counts, created times. The boxes are in docs/formats/columns.md.</summary>
/// <remarks>Thread-safe. Every value comes back; the number of values is the caller's to know.</remarks>
internal static class IntColumn
{
    /// <summary>Writes a column.</summary>
    /// <param name="values">The values; best up to 8192.</param>
    /// <param name="into">Takes at most a few bytes more than 8 a value.</param>
    public static void Encode(ReadOnlySpan<long> values, IBufferWriter<byte> into) => IntEncoder.Encode(values, into);

    /// <summary>Reads a column.</summary>
    /// <param name="from">Exactly the bytes that were written.</param>
    /// <param name="values">As many as were written.</param>
    /// <exception cref="CodecException">The bytes are damaged; the values are then anything.</exception>
    public static void Decode(ReadOnlySpan<byte> from, Span<long> values) => IntDecoder.Decode(from, values);
}
