namespace Toka.Core.Series;

/// <summary>Takes samples in. Implementations are thread-safe.</summary>
public interface ISeriesWriter
{
    /// <summary>
    /// Writes a batch. When the task completes, every accepted sample is acknowledged: it has been handed to the kernel, so
    /// the death of the process loses nothing, and a query sees it.
    /// </summary>
    /// <param name="batch">The samples. The writer does not keep it; the caller may reuse it afterwards.</param>
    /// <param name="cancellationToken">Ends the wait; what was already written stays written.</param>
    /// <returns>What was accepted, and what was not and why. One bad sample never loses the good ones beside it.</returns>
    /// <exception cref="IOException">The batch could not be written; nothing of it is acknowledged.</exception>
    ValueTask<WriteResult> WriteAsync(WriteBatch batch, CancellationToken cancellationToken);
}

/// <summary>What became of a batch.</summary>
/// <param name="Accepted">Samples that were stored.</param>
/// <param name="Duplicates">Samples that were there already with the same value: nothing to do, not an error.</param>
/// <param name="Conflicting">Samples refused because another value stands at the same time of the same series.</param>
/// <param name="TooOld">Samples refused because they are older than the store keeps.</param>
/// <param name="TooFarInFuture">Samples refused because their time is further ahead of the clock than the store allows.</param>
/// <param name="OverSeriesLimit">Samples refused because their series would be one more than the limit.</param>
/// <param name="FirstReason">A sentence about the first sample refused, naming its series; null where none was.</param>
/// <param name="Unstorable">Native histograms refused because they break <see cref="Samples.HistogramRule"/>.</param>
/// <param name="OverMemory">Native histograms refused because memory for them is full: they may be taken later.</param>
/// <param name="Histograms">How many of <paramref name="Accepted"/> and <paramref name="Duplicates"/> are native histograms.</param>
/// <param name="Exemplars">Exemplars that are stored now, those too that were there already. They are no samples, and those refused are counted by the store alone.</param>
public readonly record struct WriteResult(
    int Accepted,
    int Duplicates = 0,
    int Conflicting = 0,
    int TooOld = 0,
    int TooFarInFuture = 0,
    int OverSeriesLimit = 0,
    string? FirstReason = null,
    int Unstorable = 0,
    int OverMemory = 0,
    int Histograms = 0,
    int Exemplars = 0)
{
    /// <summary>Samples that were not stored and are not duplicates.</summary>
    public int Refused => Conflicting + TooOld + TooFarInFuture + OverSeriesLimit + Unstorable + OverMemory;
}
