using System.Buffers;

namespace Toka.TimeSeries.Codecs;

/// <summary>
/// The frequencies of an entropy-coded column's classes, in shares of a power of two. They are stored as logarithms in
/// steps of 1/2 bit, which takes less than a byte a class; a share is off by a fifth at most, which costs little of a bit.
/// </summary>
internal static class EntropyTable
{
    /// <summary>The shares of the longest columns: 2^12.</summary>
    public const int SharesLogMax = 12;

    /// <summary>At least as many shares as classes.</summary>
    public const int SharesLogMin = 8;

    /// <summary>No table takes more bytes.</summary>
    public const int BytesMax = (Classes.Count * (WeightBits + RunBits) / 8) + 8;

    /// <summary>Counts above it weigh as much as it: the last weight.</summary>
    private const int CountMax = 1 << 15;

    /// <summary>A weight takes so many bits; 0 begins a run of classes that do not occur.</summary>
    private const int WeightBits = 5;

    /// <summary>A run takes so many bits.</summary>
    private const int RunBits = 5;

    /// <summary>2^(k/2) in sixteenths, so that every reader computes the same shares without floats.</summary>
    private static ReadOnlySpan<int> Weights =>
    [
        0, 16, 23, 32, 45, 64, 91, 128, 181, 256, 362, 512, 724, 1024, 1448, 2048, 2896, 4096, 5793, 8192, 11585,
        16384, 23170, 32768, 46341, 65536, 92682, 131072, 185364, 262144, 370728, 524288,
    ];

    /// <summary>The shares that suit a number of samples.</summary>
    public static int SharesLogOf(int count) => Math.Clamp(Numbers.BitLength((ulong)count) - 1, SharesLogMin, SharesLogMax);

    /// <summary>Turns counts into weights as they are stored.</summary>
    /// <param name="counts">How often each class occurs; at least one does.</param>
    /// <param name="weights">Takes 0 for those that do not, else 1 to 31.</param>
    public static void Weigh(ReadOnlySpan<int> counts, Span<byte> weights)
    {
        for (var i = 0; i < Classes.Count; i++)
        {
            weights[i] = counts[i] == 0 ? (byte)0 : Nearest(Math.Min(counts[i], CountMax) * 16);
        }
    }

    /// <summary>Makes shares of weights: each at least 1, together 2^<paramref name="sharesLog"/>.</summary>
    /// <exception cref="CodecException">No weight is there.</exception>
    public static void Share(ReadOnlySpan<byte> weights, int sharesLog, Span<int> shares)
    {
        long total = 0;
        foreach (var weight in weights)
        {
            total += Weights[weight];
        }

        if (total == 0)
        {
            throw new CodecException("An entropy table is empty.");
        }

        var goal = 1 << sharesLog;
        var left = goal;
        for (var i = 0; i < Classes.Count; i++)
        {
            var share = weights[i] == 0 ? 0 : Math.Max(1, (int)((long)Weights[weights[i]] * goal / total));
            shares[i] = share;
            left -= share;
        }

        Settle(shares, left);
    }

    /// <summary>Writes weights.</summary>
    /// <returns>How many bytes.</returns>
    public static int Write(ReadOnlySpan<byte> weights, Span<byte> into)
    {
        var writer = new BitWriter(into);
        for (var i = 0; i < Classes.Count;)
        {
            writer.Write(weights[i], WeightBits);
            if (weights[i++] != 0)
            {
                continue;
            }

            var run = 0;
            while (i < Classes.Count && weights[i] == 0 && run < (1 << RunBits) - 2)
            {
                run++;
                i++;
            }

            // The longest run says that nothing follows.
            if (!weights[i..].ContainsAnyExcept((byte)0))
            {
                writer.Write((1 << RunBits) - 1, RunBits);
                break;
            }

            writer.Write((ulong)run, RunBits);
        }

        writer.Flush();
        return writer.Length;
    }

    /// <summary>Reads weights.</summary>
    public static void Read(scoped ref ByteReader reader, scoped Span<byte> weights)
    {
        weights.Clear();
        var bit = 0L;
        var from = reader.Rest;
        for (var i = 0; i < Classes.Count;)
        {
            var weight = (byte)BitPacking.ReadBits(from, bit, WeightBits);
            bit += WeightBits;
            weights[i++] = weight;
            if (weight != 0)
            {
                continue;
            }

            var run = (int)BitPacking.ReadBits(from, bit, RunBits);
            bit += RunBits;
            i = run == (1 << RunBits) - 1 ? Classes.Count : i + run;
        }

        reader.Take((int)((bit + 7) / 8));
    }

    private static byte Nearest(int weight)
    {
        var best = 1;
        while (best < Weights.Length - 1 && (long)weight * weight >= (long)Weights[best] * Weights[best + 1])
        {
            best++;
        }

        return (byte)best;
    }

    /// <summary>Gives what is left over to the greatest share, or takes it from the greatest ones.</summary>
    private static void Settle(Span<int> shares, int left)
    {
        while (left != 0)
        {
            var greatest = 0;
            for (var i = 1; i < shares.Length; i++)
            {
                greatest = shares[i] > shares[greatest] ? i : greatest;
            }

            var change = left > 0 ? left : -Math.Min(-left, Math.Max(1, shares[greatest] / 4));
            shares[greatest] += change;
            left -= change;
        }
    }
}
