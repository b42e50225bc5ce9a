namespace Toka.TimeSeries.Compaction;

/// <summary>Since when this process has known each block; what is merged is as old as its oldest input. Not thread-safe.</summary>
/// <param name="time">The clock; only durations are taken from it.</param>
internal sealed class BlockAges(TimeProvider time)
{
    private readonly Dictionary<long, long> _since = [];

    /// <summary>Blocks younger than this wait for more late samples of their time. 1 h.</summary>
    public static TimeSpan FreshFor => TimeSpan.FromHours(1);

    /// <summary>Notes the blocks that are there and forgets the others.</summary>
    public void Keep(IReadOnlySet<long> sequences)
    {
        foreach (var sequence in sequences)
        {
            _since.TryAdd(sequence, time.GetTimestamp());
        }

        foreach (var sequence in _since.Keys)
        {
            if (!sequences.Contains(sequence))
            {
                _since.Remove(sequence);
            }
        }
    }

    /// <summary>Notes that blocks came of others.</summary>
    public void Merged(IEnumerable<long> inputs, IEnumerable<long> outputs)
    {
        var since = time.GetTimestamp();
        foreach (var input in inputs)
        {
            since = Math.Min(since, _since.GetValueOrDefault(input, since));
        }

        foreach (var output in outputs)
        {
            _since[output] = since;
        }
    }

    /// <summary>The blocks that are fresh.</summary>
    public IReadOnlySet<long> Fresh() => _since.Where(block => time.GetElapsedTime(block.Value) < FreshFor).Select(static block => block.Key).ToHashSet();
}
