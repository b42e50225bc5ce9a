using Toka.Forwarding.Options;
using Toka.Forwarding.Series;

namespace Toka.Forwarding.Sending;

/// <summary>
/// The senders of one remote. A series always goes to the same one, and their number changes only when all are empty, so its
/// samples are sent in order. Not thread-safe, but for <see cref="Count"/>.
/// </summary>
internal sealed class ShardSet(SenderParts parts, CancellationToken stopping, CancellationToken abort)
{
    private readonly QueueOptions _options = parts.Options.Queue;
    private Shard[] _shards = [];
    private Task _senders = Task.CompletedTask;
    private volatile int _count;

    /// <summary>How many there are.</summary>
    public int Count => _count;

    /// <summary>Sends with so many from now on, after those before have sent what they have.</summary>
    public async Task ResizeAsync(int count)
    {
        await FinishAsync();
        _shards = [.. Enumerable.Range(0, count).Select(_ => new Shard(_options, parts.Time))];
        _senders = Task.WhenAll(_shards.Select(shard => Task.Run(() => new ShardSender(shard, parts).RunAsync(stopping, abort), CancellationToken.None)));
        _count = count;
    }

    /// <summary>Adds an entry; waits while its shard is full.</summary>
    public ValueTask AddAsync(in ForwardItem item) =>
        _shards[item.Series.Sent!.Hash % (ulong)_shards.Length].AddAsync(item, stopping);

    /// <summary>Sends what there is and ends.</summary>
    public async Task FinishAsync()
    {
        foreach (var shard in _shards)
        {
            shard.Complete();
        }

        await _senders;
        _shards = [];
        _count = 0;
    }
}
