namespace Toka.Events;

/// <summary>What an <see cref="EventStore"/> holds at a moment, for health and pages.</summary>
/// <param name="IsOpen">Whether DuckDB is loaded.</param>
/// <param name="Spans">Spans.</param>
/// <param name="Logs">Log records.</param>
/// <param name="Failure">Why the last write or sealing failed, in a sentence; null while both succeed.</param>
/// <param name="Damage">The last file that could not be read, and why; null for none since the store was opened.</param>
public sealed record EventStoreStatus(bool IsOpen, SignalStatus Spans, SignalStatus Logs, string? Failure, string? Damage);

/// <summary>What is held of a signal.</summary>
/// <param name="CurrentRows">Rows that are not sealed yet.</param>
/// <param name="SealedRows">Rows in sealed files.</param>
/// <param name="Files">Sealed files.</param>
/// <param name="SealedBytes">Bytes of sealed files and their indexes.</param>
/// <param name="JournalBytes">Bytes of journals.</param>
/// <param name="OldestNs">The earliest time in sealed files, ns since the Unix epoch; 0 where there are none.</param>
public sealed record SignalStatus(long CurrentRows, long SealedRows, int Files, long SealedBytes, long JournalBytes, long OldestNs);
