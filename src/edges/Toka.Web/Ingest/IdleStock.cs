using System.Collections.Concurrent;

namespace Toka.Web.Ingest;

/// <summary>
/// Decoders and batches that wait for the next request. As many are made as requests are handled at once, and few are kept: each holds
/// the room of a large request, some MiB. Thread-safe.
/// </summary>
/// <param name="make">Makes one.</param>
internal sealed class IdleStock<T>(Func<T> make)
    where T : class, IDisposable
{
    /// <summary>How many are kept. Default 4: two for each core of a small machine, so that a steady load makes none anew.</summary>
    public const int Max = 4;

    private readonly ConcurrentBag<T> _idle = [];
    private int _count;

    /// <summary>One that nobody else has.</summary>
    public T Take()
    {
        if (!_idle.TryTake(out var one))
        {
            return make();
        }

        Interlocked.Decrement(ref _count);
        return one;
    }

    /// <summary>Gives one back, emptied.</summary>
    public void Return(T one)
    {
        if (Interlocked.Increment(ref _count) <= Max)
        {
            _idle.Add(one);
            return;
        }

        Interlocked.Decrement(ref _count);
        one.Dispose();
    }
}
