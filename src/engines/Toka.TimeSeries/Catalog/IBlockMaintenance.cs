using Toka.TimeSeries.Compaction;

namespace Toka.TimeSeries.Catalog;

/// <summary>What the store has done with its blocks in the background: merging, retention, deletion.</summary>
internal interface IBlockMaintenance : IDisposable
{
    /// <summary>
    /// Does what is due. Called by the maintenance, one call at a time, never beside a seal; the catalog may be changed freely.
    /// Failures of the disk are its own to count and to try again; what it throws is taken for a bug.
    /// </summary>
    /// <param name="nowMs">The time that retention goes by: the earlier of the clock and what it should be.</param>
    /// <param name="stop">Ends it soon.</param>
    void RunOnce(long nowMs, CancellationToken stop);

    /// <summary>Why nothing may be written at present, in sentences; null where writing is allowed. Asked before every write: it must be quick.</summary>
    string? Finding { get; }

    /// <summary>Frees the oldest data until so many bytes more fit under the size cap. Called as <see cref="RunOnce"/> is.</summary>
    /// <param name="bytes">What is about to be written.</param>
    /// <returns>Whether they fit.</returns>
    /// <exception cref="IOException">A block could not be deleted.</exception>
    bool MakeRoom(long bytes);

    /// <summary>What room there is for the log, on the disk and under the size cap. Asked while writers go on.</summary>
    /// <param name="logBytes">What the log takes, or would.</param>
    /// <param name="blockBytes">What blocks of it would take, about.</param>
    /// <exception cref="IOException">The disk does not say how much is free.</exception>
    LogRoom RoomForLog(long logBytes, long blockBytes);

    /// <summary>Told when writing a block or the log failed, such as on a full disk.</summary>
    /// <param name="failure">What was thrown.</param>
    void WriteFailed(Exception failure);
}
