using System.Buffers;

namespace Toka.TimeSeries.Codecs;

/// <summary>A column of times: an even pace takes a few bytes, jitter its entropy. The boxes are in docs/formats/columns.md.</summary>
/// <remarks>Thread-safe. Any integers in any order come back; ascending times are what it is made for.</remarks>
internal static class TimeColumn
{
    /// <summary>Writes a column.</summary>
    /// <param name="times">Milliseconds since the Unix epoch; best up to 8192.</param>
    /// <param name="into">Takes at most a few bytes more than 8 a time.</param>
    public static void Encode(ReadOnlySpan<long> times, IBufferWriter<byte> into) => IntEncoder.Encode(times, into);

    /// <summary>Reads a column.</summary>
    /// <param name="from">Exactly the bytes that were written.</param>
    /// <param name="times">As many as were written.</param>
    /// <exception cref="CodecException">The bytes are damaged; the times are then anything.</exception>
    public static void Decode(ReadOnlySpan<byte> from, Span<long> times) => IntDecoder.Decode(from, times);
}
