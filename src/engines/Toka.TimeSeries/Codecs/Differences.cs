namespace Toka.TimeSeries.Codecs;

/// <summary>
/// The head of the forms that hold differences: x = origin + divisor · y, with y₀ = 0, and the differences of order 0 (y
/// itself), 1 (its steps) or 2 (the steps' steps) after it.
/// </summary>
/// <param name="Order">0 to 2.</param>
/// <param name="Divisor">What all distances have in common; at least 1.</param>
/// <param name="Origin">The first value.</param>
/// <param name="FirstStep">Order 2: y₁.</param>
internal readonly record struct Differences(int Order, long Divisor, long Origin, long FirstStep)
{
    private const int OrderMask = 3;
    private const int DividedFlag = 4;

    /// <summary>Writes it.</summary>
    public void Write(System.Buffers.IBufferWriter<byte> into)
    {
        into.WriteByte(Order | (Divisor == 1 ? 0 : DividedFlag));
        if (Divisor != 1)
        {
            into.WriteVarint((ulong)Divisor);
        }

        into.WriteZigZag(Origin);
        if (Order == 2)
        {
            into.WriteZigZag(FirstStep);
        }
    }

    /// <summary>Reads it.</summary>
    public static Differences Read(ref ByteReader reader)
    {
        var flags = reader.Byte();
        if (flags > (OrderMask | DividedFlag) || (flags & OrderMask) == OrderMask)
        {
            throw new CodecException($"A column of differences begins with {flags}.");
        }

        var divisor = (flags & DividedFlag) != 0 ? (long)reader.Varint() : 1;
        var origin = reader.ZigZag();
        var order = flags & OrderMask;
        return new Differences(order, divisor, origin, order == 2 ? reader.ZigZag() : 0);
    }

    /// <summary>Makes the differences of a column; the first <see cref="Order"/> ones are as the one behind them.</summary>
    /// <param name="steps">y.</param>
    /// <param name="order">0 to 2.</param>
    /// <param name="into">As long, at least <paramref name="order"/> + 1.</param>
    public static void Make(ReadOnlySpan<long> steps, int order, Span<long> into)
    {
        into = into[..steps.Length];
        if (order == 0)
        {
            steps.CopyTo(into);
            return;
        }

        if (order == 1)
        {
            for (var i = 1; i < into.Length; i++)
            {
                into[i] = steps[i] - steps[i - 1];
            }
        }
        else
        {
            for (var i = 2; i < into.Length; i++)
            {
                into[i] = steps[i] - (2 * steps[i - 1]) + steps[i - 2];
            }

            into[1] = into[2];
        }

        into[0] = into[1];
    }

    /// <summary>Makes the column of its differences, in place.</summary>
    public void Restore(Span<long> values)
    {
        if (Order == 2)
        {
            values[0] = 0;
            if (values.Length > 1)
            {
                values[1] = FirstStep;
            }

            Sums.Accumulate(values, 0);
        }

        if (Order > 0)
        {
            values[0] = 0;
            Sums.Accumulate(values, Divisor == 1 ? Origin : 0);
        }

        if (Divisor != 1 || Order == 0)
        {
            Sums.Stretch(values, Origin, Divisor);
        }
    }
}
