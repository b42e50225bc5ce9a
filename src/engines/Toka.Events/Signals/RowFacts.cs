namespace Toka.Events.Signals;

/// <summary>What an index says of a row.</summary>
/// <param name="TimeNs">Its time.</param>
/// <param name="IsError">Whether it failed.</param>
/// <param name="DurationNs">How long it took.</param>
internal readonly record struct RowFacts(long TimeNs, bool IsError, long DurationNs);
