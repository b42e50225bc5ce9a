namespace Toka.TimeSeries.Codecs;

/// <summary>How the integers of a column are laid down: the low half of its first byte. Persisted; numbers never change.</summary>
internal enum IntForm : byte
{
    /// <summary>One value for all.</summary>
    Constant = 1,

    /// <summary>A first value and one step for all.</summary>
    Line = 2,

    /// <summary>Differences in mini-blocks of <see cref="BitPacking.BlockLength"/>, each with its own base and width.</summary>
    Packed = 3,

    /// <summary>Differences by classes of magnitude: the class entropy-coded, the bits below it as they are.</summary>
    Coded = 4,

    /// <summary>Differences as planes of bytes under zstd.</summary>
    Planes = 5,

    /// <summary>Runs of equal values: a column of lengths and one of values.</summary>
    Runs = 6,

    /// <summary>Few distinct values: a column of them in ascending order and one of indices.</summary>
    Dictionary = 7,

    /// <summary>Eight bytes a value.</summary>
    Raw = 8,
}

/// <summary>What the integers of a column of floats mean: the high half of its first byte. Persisted; numbers never change.</summary>
internal enum ValueShape : byte
{
    /// <summary>They are the column: times and integers.</summary>
    Integers = 0,

    /// <summary>Whole numbers.</summary>
    Whole = 1,

    /// <summary>Whole numbers of 10^−e; e is the second byte.</summary>
    Decimal = 2,

    /// <summary>As <see cref="Decimal"/>, with runs of values that are none (stale markers, NaN, ∞) listed beside.</summary>
    Patched = 3,

    /// <summary>The bits of the float64, negative ones mirrored so that the order is the floats'.</summary>
    Bits = 4,

    /// <summary>The bits of each float64 XOR those of the one before.</summary>
    Xor = 5,
}
