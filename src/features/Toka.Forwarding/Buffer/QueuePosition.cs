namespace Toka.Forwarding.Buffer;

/// <summary>A place in the queue between two records.</summary>
/// <param name="Sequence">The segment.</param>
/// <param name="Offset">The byte in it.</param>
/// <param name="Ordinal">The ordinal of the next entry: how many were taken before it, ever.</param>
internal readonly record struct QueuePosition(long Sequence, long Offset, long Ordinal);
