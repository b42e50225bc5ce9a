namespace Toka.Events.Storage;

/// <summary>Something that is removed when the last search that looks at it has ended. Thread-safe.</summary>
internal abstract class Leased
{
    private readonly TaskCompletionSource _free = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _uses = 1;

    /// <summary>Completes when it is retired and nobody uses it.</summary>
    public Task Free => _free.Task;

    /// <summary>Uses it; only while it is part of the store's state.</summary>
    public void Use() => Interlocked.Increment(ref _uses);

    /// <summary>Ends a use. The store's own use ends when it is retired.</summary>
    public void EndUse()
    {
        if (Interlocked.Decrement(ref _uses) == 0)
        {
            _free.TrySetResult();
        }
    }
}
