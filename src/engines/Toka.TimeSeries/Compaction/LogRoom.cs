namespace Toka.TimeSeries.Compaction;

/// <summary>What room there is for the log to grow into, on the disk and under the size cap.</summary>
internal enum LogRoom
{
    /// <summary>Enough.</summary>
    Ample,

    /// <summary>Little: the oldest blocks should go soon.</summary>
    Ending,

    /// <summary>None: the oldest blocks go before anything is written.</summary>
    Ended,

    /// <summary>The log is the one that takes too much: it becomes blocks before anything is written.</summary>
    NeedsSeal,
}
