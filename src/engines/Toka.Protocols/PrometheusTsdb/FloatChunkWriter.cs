namespace Toka.Protocols.PrometheusTsdb;

/// <summary>Writes chunks of float samples (encoding 1, "XOR"); the counterpart of <see cref="FloatChunk"/>.</summary>
internal static class FloatChunkWriter
{
    /// <summary>The encoding's number in chunks and on the wire.</summary>
    public const int Encoding = 1;

    /// <summary>Writes one chunk.</summary>
    /// <param name="writer">Cleared first; holds the chunk afterwards.</param>
    /// <param name="timestamps">1 to 65 535 times, ascending.</param>
    /// <param name="values">As many values.</param>
    public static void Write(BitWriter writer, ReadOnlySpan<long> timestamps, ReadOnlySpan<double> values)
    {
        writer.Clear();
        writer.Bits((ulong)timestamps.Length, 16);
        var value = new XorEncoder();
        long time = 0, delta = 0;
        for (var i = 0; i < timestamps.Length; i++)
        {
            switch (i)
            {
                case 0:
                    writer.Varint(timestamps[0]);
                    value.First(writer, values[0]);
                    break;
                case 1:
                    delta = timestamps[1] - time;
                    writer.Uvarint((ulong)delta);
                    value.Next(writer, values[1]);
                    break;
                default:
                    var next = timestamps[i] - time;
                    WriteChangeOfDelta(writer, next - delta);
                    delta = next;
                    value.Next(writer, values[i]);
                    break;
            }

            time = timestamps[i];
        }
    }

    private static void WriteChangeOfDelta(BitWriter writer, long change)
    {
        if (change == 0)
        {
            writer.Bit(false);
            return;
        }

        var (prefix, prefixBits, bits) = BitWriter.Fits(change, 14) ? (0b10UL, 2, 14)
            : BitWriter.Fits(change, 17) ? (0b110UL, 3, 17)
            : BitWriter.Fits(change, 20) ? (0b1110UL, 4, 20)
            : (0b1111UL, 4, 64);
        writer.Bits(prefix, prefixBits);
        writer.Bits((ulong)change, bits);
    }
}
