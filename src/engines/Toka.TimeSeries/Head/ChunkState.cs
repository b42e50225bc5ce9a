namespace Toka.TimeSeries.Head;

/// <summary>Where the encoder of a chunk stands. <c>default</c> is not a start: use <see cref="Start"/>.</summary>
internal struct ChunkState
{
    /// <summary>The newest value times ten to the <see cref="Scale"/>; meaningless where there is no scale.</summary>
    public long Scaled;

    /// <summary>The distance of the two newest times, ms.</summary>
    public long Delta;

    /// <summary>Bits written.</summary>
    public ushort Bits;

    /// <summary>Samples written.</summary>
    public ushort Count;

    /// <summary>The decimal scale in force, or −1 where the newest value has none.</summary>
    public sbyte Scale;

    /// <summary>Leading zero bits of the XOR window.</summary>
    public byte Leading;

    /// <summary>Meaningful bits of the XOR window; 0 where there is no window yet.</summary>
    public byte Window;

    /// <summary>How many values in a row had no decimal scale; spares the search on random data.</summary>
    public byte Misses;

    /// <summary>The state before the first sample.</summary>
    public static ChunkState Start => new() { Scale = -1 };
}
