namespace Toka.Core.Spans;

/// <summary>Takes spans in. Implementations are thread-safe.</summary>
public interface ISpanWriter
{
    /// <summary>
    /// Writes a batch. When the task completes, every accepted span is acknowledged: the death of the process loses nothing,
    /// and a search sees it.
    /// </summary>
    /// <param name="batch">The spans. The writer does not keep it; the caller may reuse it afterwards.</param>
    /// <param name="cancellationToken">Ends the wait; what was already written stays written.</param>
    /// <returns>What was accepted, and what was not and why.</returns>
    /// <exception cref="IOException">The batch could not be written; nothing of it is acknowledged. It may be sent again.</exception>
    ValueTask<EventWriteResult> WriteAsync(SpanBatch batch, CancellationToken cancellationToken);
}

/// <summary>What became of a batch of spans or log records.</summary>
/// <param name="Accepted">Those that were stored, or that a sampling policy decided not to keep: nothing for the sender to do.</param>
/// <param name="TooOld">Refused because they are older than the store keeps.</param>
/// <param name="TooFarInFuture">Refused because their time is further ahead of the clock than the store allows.</param>
/// <param name="OverQuota">Refused because their service sends more than its quota.</param>
/// <param name="FirstReason">A sentence about the first that was refused, naming its service; null where none was.</param>
public readonly record struct EventWriteResult(int Accepted, int TooOld = 0, int TooFarInFuture = 0, int OverQuota = 0, string? FirstReason = null)
{
    /// <summary>Those that were not stored.</summary>
    public int Refused => TooOld + TooFarInFuture + OverQuota;

    /// <summary>Two results as one.</summary>
    public static EventWriteResult operator +(EventWriteResult left, EventWriteResult right) => new(
        left.Accepted + right.Accepted,
        left.TooOld + right.TooOld,
        left.TooFarInFuture + right.TooFarInFuture,
        left.OverQuota + right.OverQuota,
        left.FirstReason ?? right.FirstReason);
}
