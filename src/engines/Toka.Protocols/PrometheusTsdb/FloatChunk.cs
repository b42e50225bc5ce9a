using System.Buffers.Binary;
using Toka.Core.Series;

namespace Toka.Protocols.PrometheusTsdb;

/// <summary>Chunks of float samples (encoding 1, "XOR"). Source: Prometheus, "Chunks Disk Format".</summary>
internal static class FloatChunk
{
    /// <summary>Appends the samples of a chunk.</summary>
    /// <exception cref="InvalidDataException">The chunk is damaged.</exception>
    public static void Read(ReadOnlySpan<byte> data, FloatColumn into)
    {
        if (data.Length < sizeof(ushort))
        {
            throw new InvalidDataException("the chunk has no count of samples");
        }

        var count = BinaryPrimitives.ReadUInt16BigEndian(data);
        var reader = new BitReader(data[sizeof(ushort)..]);
        var value = new XorValue();
        long time = 0, delta = 0;
        for (var i = 0; i < count; i++)
        {
            switch (i)
            {
                case 0:
                    time = reader.Varint();
                    value.First(ref reader);
                    break;
                case 1:
                    delta = (long)reader.Uvarint();
                    time += delta;
                    value.Next(ref reader);
                    break;
                default:
                    delta += ReadChangeOfDelta(ref reader);
                    time += delta;
                    value.Next(ref reader);
                    break;
            }

            into.Add(time, value.Value);
        }
    }

    private static long ReadChangeOfDelta(ref BitReader reader) => reader.Ones(4) switch
    {
        0 => 0,
        1 => reader.Signed(14),
        2 => reader.Signed(17),
        3 => reader.Signed(20),
        _ => reader.Signed(64),
    };
}
