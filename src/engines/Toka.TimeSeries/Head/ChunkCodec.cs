using System.Buffers.Binary;
using System.Numerics;

namespace Toka.TimeSeries.Head;

/// <summary>
/// The lossless codec of the head's chunks, a bit stream that begins at the lowest bit of each byte. Times: the first one
/// raw, then the change of the distance ("delta of delta"). Values: nothing new (1 bit), a step of a decimal number, the
/// XOR with the value before, or a new decimal scale.
/// </summary>
/// <remarks>
/// Sources: Pelkonen et al., "Gorilla" (VLDB 2015) for delta of delta and the XOR window; the decimal steps are for what a
/// kernel counts, n / 10^e with small steps, which as XORed floats would cost 6 bytes each. Every bit of a value is kept:
/// a decimal form is used only where dividing gives back the same bits, so NaN payloads and −0 go by XOR.
/// </remarks>
internal static class ChunkCodec
{
    /// <summary>The most bytes one sample can take: 4 + 64 bits of time, 3 + 1 + 6 + 6 + 64 bits of value, and a shared first byte.</summary>
    public const int SampleBytesMax = 20;

    /// <summary>Bytes that must be readable or writable behind the last bit: bits move eight bytes at a time.</summary>
    public const int Slack = 16;

    /// <summary>The decimal scales that are tried: whole numbers, 1/10, hundredths (jiffies), ms, µs, ns.</summary>
    private const int ScaleMax = 9;

    /// <summary>After this many misses in a row, only every eighth value is tried for a decimal scale.</summary>
    private const int MissesMax = 8;

    /// <summary>Whole numbers below 2^53 are exact.</summary>
    private const double ExactMax = 9007199254740992.0;

    private static readonly double[] s_powers = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

    private static ReadOnlySpan<byte> StepWidths => [3, 5, 7, 9, 12, 16, 24];

    private static ReadOnlySpan<byte> TimeWidths => [0, 5, 9, 17, 64];

    /// <summary>Writes one sample.</summary>
    /// <param name="state">The encoder.</param>
    /// <param name="into">The chunk's bytes, with <see cref="SampleBytesMax"/> + <see cref="Slack"/> bytes behind the current one.</param>
    /// <param name="lastTime">The time before.</param>
    /// <param name="lastBits">The value before.</param>
    /// <param name="time">The time, after <paramref name="lastTime"/> except for a chunk's first.</param>
    /// <param name="bits">The value's bits.</param>
    public static void Append(ref ChunkState state, Span<byte> into, long lastTime, ulong lastBits, long time, ulong bits)
    {
        var writer = new BitWriter(into, state.Bits);
        if (state.Count == 0)
        {
            writer.Write64((ulong)time);
            lastBits = 0;
        }
        else
        {
            WriteTime(ref state, ref writer, time - lastTime);
        }

        if (bits == lastBits)
        {
            writer.Write(0, 1);
        }
        else
        {
            WriteValue(ref state, ref writer, lastBits, bits);
        }

        state.Bits = (ushort)writer.Position;
        state.Count++;
    }

    /// <summary>Reads a chunk.</summary>
    /// <param name="from">The chunk's bytes and <see cref="Slack"/> more.</param>
    /// <param name="times">Takes the times; as long as the chunk has samples.</param>
    /// <param name="values">Takes the values; as long.</param>
    public static void Decode(ReadOnlySpan<byte> from, Span<long> times, Span<double> values)
    {
        if (times.IsEmpty)
        {
            return;
        }

        values = values[..times.Length];
        var reader = new BitReader(from);
        var time = (long)reader.Read64();
        var delta = 0L;
        var value = default(ValueDecoder);
        value.Next(ref reader);
        times[0] = time;
        values[0] = BitConverter.UInt64BitsToDouble(value.Bits);
        for (var i = 1; i < times.Length; i++)
        {
            var head = reader.Peek();
            if ((head & 1) == 0)
            {
                reader.Skip(1);
            }
            else
            {
                delta += ReadTimeChange(ref reader, head);
            }

            time += delta;
            times[i] = time;
            value.Next(ref reader);
            values[i] = BitConverter.UInt64BitsToDouble(value.Bits);
        }
    }

    private static void WriteTime(ref ChunkState state, ref BitWriter writer, long delta)
    {
        var change = ZigZag(delta - state.Delta);
        state.Delta = delta;
        if (change == 0)
        {
            writer.Write(0, 1);
        }
        else if (change < 1UL << 5)
        {
            writer.Write(0b01 | (change << 2), 2 + 5);
        }
        else if (change < 1UL << 9)
        {
            writer.Write(0b011 | (change << 3), 3 + 9);
        }
        else if (change < 1UL << 17)
        {
            writer.Write(0b0111 | (change << 4), 4 + 17);
        }
        else
        {
            writer.Write(0b1111, 4);
            writer.Write64(change);
        }
    }

    private static long ReadTimeChange(ref BitReader reader, ulong head)
    {
        var ones = Math.Min(BitOperations.TrailingZeroCount(~head), 4);
        reader.Skip(Math.Min(ones + 1, 4));
        return UnZigZag(ones == 4 ? reader.Read64() : reader.Read(TimeWidths[ones]));
    }

    private static void WriteValue(ref ChunkState state, ref BitWriter writer, ulong lastBits, ulong bits)
    {
        var value = BitConverter.UInt64BitsToDouble(bits);
        if (state.Scale >= 0 && TryScale(value, bits, state.Scale, out var scaled))
        {
            WriteStep(ref writer, ZigZag(scaled - state.Scaled));
            state.Scaled = scaled;
            return;
        }

        if ((state.Misses < MissesMax || (state.Count & 7) == 0) && TryFindScale(value, bits, out var scale, out scaled))
        {
            var magnitude = ZigZag(scaled);
            var width = Math.Max(1, 64 - BitOperations.LeadingZeroCount(magnitude));
            writer.Write(0b111u | ((ulong)scale << 3) | ((ulong)(width - 1) << 7), 3 + 4 + 6);
            writer.WriteWide(magnitude, width);
            state.Scale = (sbyte)scale;
            state.Scaled = scaled;
            state.Misses = 0;
            return;
        }

        state.Scale = -1;
        state.Misses = (byte)Math.Min(state.Misses + 1, MissesMax);
        WriteXor(ref state, ref writer, lastBits ^ bits);
    }

    private static void WriteStep(ref BitWriter writer, ulong step)
    {
        for (var i = 0; i < StepWidths.Length; i++)
        {
            if (step < 1UL << StepWidths[i])
            {
                writer.Write(0b01u | ((ulong)i << 2) | (step << 5), 5 + StepWidths[i]);
                return;
            }
        }

        var width = 64 - BitOperations.LeadingZeroCount(step);
        writer.Write(0b01u | (7u << 2) | ((ulong)(width - 1) << 5), 5 + 6);
        writer.WriteWide(step, width);
    }

    private static void WriteXor(ref ChunkState state, ref BitWriter writer, ulong xor)
    {
        var leading = BitOperations.LeadingZeroCount(xor);
        var trailing = BitOperations.TrailingZeroCount(xor);
        var width = 64 - leading - trailing;
        var windowTrailing = 64 - state.Leading - state.Window;

        // A window much wider than needed is replaced: 12 bits of a new one are soon earned back.
        if (state.Window != 0 && leading >= state.Leading && trailing >= windowTrailing && state.Window - width < 16)
        {
            writer.Write(0b0011, 4);
            writer.WriteWide(xor >> windowTrailing, state.Window);
            return;
        }

        writer.Write(0b1011u | ((ulong)leading << 4) | ((ulong)(width - 1) << 10), 4 + 6 + 6);
        writer.WriteWide(xor >> trailing, width);
        state.Leading = (byte)leading;
        state.Window = (byte)width;
    }

    private static bool TryFindScale(double value, ulong bits, out int scale, out long scaled)
    {
        for (scale = 0; scale <= ScaleMax; scale++)
        {
            if (TryScale(value, bits, scale, out scaled))
            {
                return true;
            }
        }

        scaled = 0;
        return false;
    }

    /// <summary>Whether a value is a whole number of 10^−scale that gives back every bit.</summary>
    /// <param name="value">The value.</param>
    /// <param name="bits">Its bits.</param>
    /// <param name="scale">0 to 9.</param>
    /// <param name="scaled">The whole number.</param>
    internal static bool TryScale(double value, ulong bits, int scale, out long scaled)
    {
        var product = value * s_powers[scale];
        if (!(Math.Abs(product) < ExactMax))
        {
            scaled = 0;
            return false;
        }

        scaled = (long)Math.Round(product);
        return Unscale(scaled, scale) == bits;
    }

    /// <summary>The bits of the value that <see cref="TryScale"/> made a whole number of.</summary>
    internal static ulong Unscale(long scaled, int scale) => BitConverter.DoubleToUInt64Bits(scaled / s_powers[scale]);

    private static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    private static long UnZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);

    private ref struct ValueDecoder
    {
        public ulong Bits;
        private long _scaled;
        private int _scale;
        private int _leading;
        private int _window;

        public void Next(scoped ref BitReader reader)
        {
            var head = reader.Peek();
            if ((head & 1) == 0)
            {
                reader.Skip(1);
                return;
            }

            if ((head & 2) == 0)
            {
                ReadStep(ref reader, (int)(head >> 2) & 7);
            }
            else if ((head & 4) == 0)
            {
                ReadXor(ref reader, head);
            }
            else
            {
                _scale = (int)(head >> 3) & 15;
                var width = ((int)(head >> 7) & 63) + 1;
                reader.Skip(13);
                _scaled = UnZigZag(reader.ReadWide(width));
                Bits = Unscale(_scaled, _scale);
            }
        }

        private void ReadStep(scoped ref BitReader reader, int selector)
        {
            reader.Skip(5);
            var step = selector < 7 ? reader.Read(StepWidths[selector]) : reader.ReadWide((int)reader.Read(6) + 1);
            _scaled += UnZigZag(step);
            Bits = Unscale(_scaled, _scale);
        }

        private void ReadXor(scoped ref BitReader reader, ulong head)
        {
            if ((head & 8) == 0)
            {
                reader.Skip(4);
            }
            else
            {
                _leading = (int)(head >> 4) & 63;
                _window = ((int)(head >> 10) & 63) + 1;
                reader.Skip(16);
            }

            Bits ^= reader.ReadWide(_window) << (64 - _leading - _window);
        }
    }

    private ref struct BitWriter(Span<byte> into, int position)
    {
        private readonly Span<byte> _into = into;

        public int Position { get; private set; } = position;

        /// <summary>Writes up to 56 bits; whatever lay behind them is overwritten.</summary>
        public void Write(ulong bits, int count)
        {
            var at = _into.Slice(Position >> 3, sizeof(ulong));
            var shift = Position & 7;
            var kept = at[0] & ((1u << shift) - 1);
            BinaryPrimitives.WriteUInt64LittleEndian(at, kept | (bits << shift));
            Position += count;
        }

        public void WriteWide(ulong bits, int count)
        {
            if (count <= 32)
            {
                Write(bits, count);
                return;
            }

            Write(bits & 0xffff_ffff, 32);
            Write(bits >> 32, count - 32);
        }

        public void Write64(ulong bits) => WriteWide(bits, 64);
    }

    private ref struct BitReader(ReadOnlySpan<byte> from)
    {
        private readonly ReadOnlySpan<byte> _from = from;
        private int _position;

        /// <summary>At least the next 57 bits, without taking them.</summary>
        public readonly ulong Peek() => BinaryPrimitives.ReadUInt64LittleEndian(_from[(_position >> 3)..]) >> (_position & 7);

        public void Skip(int count) => _position += count;

        public ulong Read(int count)
        {
            var bits = Peek() & ((1UL << count) - 1);
            _position += count;
            return bits;
        }

        public ulong ReadWide(int count)
        {
            if (count <= 32)
            {
                return Read(count);
            }

            var low = Read(32);
            return low | (Read(count - 32) << 32);
        }

        public ulong Read64() => ReadWide(64);
    }
}
