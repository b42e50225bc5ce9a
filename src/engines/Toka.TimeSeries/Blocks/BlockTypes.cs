namespace Toka.TimeSeries.Blocks;

/// <summary>What a chunk holds. The numbers are on disk: append only, 7 at most.</summary>
internal enum ChunkKind : byte
{
    /// <summary>Float samples: a time column and one value column.</summary>
    Floats = 1,

    /// <summary>Native histograms, in a payload that is opaque here.</summary>
    Histograms = 2,

    /// <summary>Exemplars, in a payload that is opaque here.</summary>
    Exemplars = 3,

    /// <summary>Created timestamps, in a payload that is opaque here.</summary>
    Created = 4,

    /// <summary>Summaries of a tier: a time column and six columns.</summary>
    Summaries = 5,
}

/// <summary>What a section holds. The numbers are on disk: append only.</summary>
internal enum SectionKind
{
    /// <summary>Chunks and time columns, each with a checksum of its own.</summary>
    Data = 1,

    /// <summary>Table: where the time columns are.</summary>
    TimeColumns = 2,

    /// <summary>The names of labels, ascending, without gaps.</summary>
    NameTexts = 3,

    /// <summary>Table: the names.</summary>
    Names = 4,

    /// <summary>The values of each name, ascending, in groups of shared beginnings.</summary>
    Values = 5,

    /// <summary>Table: where the groups of values begin.</summary>
    ValueGroups = 6,

    /// <summary>The ordinals of the series of each value.</summary>
    Postings = 7,

    /// <summary>Lists of names that series have.</summary>
    Shapes = 8,

    /// <summary>Table: where the shapes begin.</summary>
    ShapeTable = 9,

    /// <summary>The series in the order of their labels: shape, values, chunks.</summary>
    Series = 10,

    /// <summary>Table: where the groups of series begin.</summary>
    SeriesGroups = 11,

    /// <summary>Metadata of metric families, compressed.</summary>
    Metadata = 12,
}

/// <summary>What a block says of itself.</summary>
/// <param name="Sequence">Its number; a higher one was written later.</param>
/// <param name="TierMs">The resolution of its summaries in ms; 0 for raw samples.</param>
/// <param name="MinMs">The first moment of its chunks, ms since the Unix epoch.</param>
/// <param name="MaxMs">The last moment, inclusive.</param>
/// <param name="Series">How many series.</param>
/// <param name="Samples">How many samples, histograms or summaries; exemplars and created timestamps are not counted.</param>
/// <param name="Bytes">The length of the file.</param>
/// <param name="Sources">The blocks that it replaces, and the oldest block that those were made of, long gone; empty where it is made of none, or is not the last output of a merge that has several.</param>
/// <param name="Path">The file.</param>
internal sealed record BlockInfo(long Sequence, long TierMs, long MinMs, long MaxMs, int Series, long Samples, long Bytes, IReadOnlyList<long> Sources, string Path);

/// <summary>A part of a block that cannot be read; everything else of it can.</summary>
/// <param name="Path">The file.</param>
/// <param name="Offset">Where in it, in bytes.</param>
/// <param name="What">What is wrong.</param>
internal sealed record BlockFault(string Path, long Offset, string What)
{
    /// <summary>How every sentence about bytes that were changed after they were written ends.</summary>
    public const string NoChecksum = "does not have its checksum";

    /// <summary>Whether bytes are not those that were written.</summary>
    public bool IsOfChecksum => What.EndsWith(NoChecksum, StringComparison.Ordinal);

    /// <summary>File, offset and what is wrong.</summary>
    public override string ToString() => $"{Path}: at byte {Offset}: {What}";
}

/// <summary>Where a chunk is and what it holds. Of use only with the block that gave it.</summary>
/// <param name="Kind">What it holds.</param>
/// <param name="MinMs">The first moment.</param>
/// <param name="MaxMs">The last moment, inclusive.</param>
/// <param name="Count">How many samples (or payload entries).</param>
/// <param name="TimeColumn">The number of its time column; −1 where the payload holds the times.</param>
/// <param name="Offset">Where the payload begins in the file.</param>
/// <param name="Length">The payload's length; its CRC32C follows.</param>
internal readonly record struct ChunkRef(ChunkKind Kind, long MinMs, long MaxMs, int Count, int TimeColumn, long Offset, int Length);

/// <summary>A block that cannot be used. The message has file, offset and what is wrong.</summary>
internal sealed class BlockDamagedException : Exception
{
    /// <summary>Names a damage.</summary>
    /// <param name="path">The file.</param>
    /// <param name="offset">Where in it, in bytes.</param>
    /// <param name="what">What is wrong.</param>
    public BlockDamagedException(string path, long offset, string what)
        : base(new BlockFault(path, offset, what).ToString()) => Fault = new BlockFault(path, offset, what);

    /// <summary>The damage.</summary>
    public BlockFault Fault { get; }
}
