using System.Threading.Channels;
using Toka.Forwarding.Options;
using Toka.Forwarding.Series;

namespace Toka.Forwarding.Sending;

/// <summary>
/// One of the senders of a remote: a bounded queue in memory and the requests made of it, one after the other, so that the
/// order of a series holds. One thread adds, one takes.
/// </summary>
internal sealed class Shard
{
    private readonly Lock _lock = new();
    private readonly QueueOptions _options;
    private readonly TimeProvider _time;
    private readonly Channel<SendBatch> _full;
    private SendBatch _filling;
    private Task<bool>? _more;

    public Shard(QueueOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _filling = new SendBatch(options.MaxSamplesPerSend);
        _full = Channel.CreateBounded<SendBatch>(new BoundedChannelOptions(Math.Max(1, options.Capacity / options.MaxSamplesPerSend)) { SingleReader = true, SingleWriter = true });
    }

    /// <summary>Adds an entry; waits while the shard is full.</summary>
    public ValueTask AddAsync(in ForwardItem item, CancellationToken cancellationToken)
    {
        SendBatch full;
        lock (_lock)
        {
            _filling.Items.Add(item);
            if (!_filling.IsFull)
            {
                return default;
            }

            full = _filling;
            _filling = new SendBatch(_options.MaxSamplesPerSend);

            // Under the lock, so that who takes never sees what comes after it first.
            if (_full.Writer.TryWrite(full))
            {
                return default;
            }
        }

        return _full.Writer.WriteAsync(full, cancellationToken);
    }

    /// <summary>Says that nothing more comes: what is there is sent at once.</summary>
    public void Complete() => _full.Writer.TryComplete();

    /// <summary>The next batch: a full one, or after the deadline what there is.</summary>
    /// <returns>Null where nothing is left and nothing more comes.</returns>
    public async ValueTask<SendBatch?> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_full.Reader.TryRead(out var full))
            {
                return full;
            }

            var hasMore = await WaitAsync(cancellationToken);
            if (hasMore is not true && Steal() is { } batch)
            {
                return batch;
            }

            if (hasMore is false)
            {
                return null;
            }
        }
    }

    /// <returns>Null after the deadline.</returns>
    private async ValueTask<bool?> WaitAsync(CancellationToken cancellationToken)
    {
        // Waited for over several deadlines: each new wait would stay in the channel until something comes.
        _more ??= _full.Reader.WaitToReadAsync(cancellationToken).AsTask();
        if (!_more.IsCompleted)
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(_more, Task.Delay(_options.BatchSendDeadline, _time, deadline.Token));
            await deadline.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
        }

        if (!_more.IsCompleted)
        {
            return null;
        }

        var hasMore = await _more;
        _more = null;
        return hasMore;
    }

    /// <summary>What there is: a full batch, or the one that is being filled.</summary>
    private SendBatch? Steal()
    {
        lock (_lock)
        {
            if (_full.Reader.TryRead(out var full))
            {
                return full;
            }

            if (_filling.Items.Count == 0)
            {
                return null;
            }

            var batch = _filling;
            _filling = new SendBatch(_options.MaxSamplesPerSend);
            return batch;
        }
    }
}
