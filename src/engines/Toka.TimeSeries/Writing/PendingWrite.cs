using System.Threading.Tasks.Sources;
using Toka.Core.Series;

namespace Toka.TimeSeries.Writing;

/// <summary>A write that waits for its group; pooled by the committer.</summary>
internal sealed class PendingWrite : IValueTaskSource<WriteResult>
{
    private ManualResetValueTaskSourceCore<WriteResult> _core = new() { RunContinuationsAsynchronously = true };

    /// <summary>The samples.</summary>
    public WriteBatch Batch { get; set; } = null!;

    /// <summary>The series of each row; −1 for rows refused before the log.</summary>
    public int[] Ids { get; set; } = [];

    /// <summary>The series of each histogram, then of each exemplar, then of each counter's begin; −1 as above.</summary>
    public int[] SideIds { get; set; } = [];

    /// <summary>What became of it so far.</summary>
    public WriteResult Result { get; set; }

    /// <summary>Why the write failed; null where it did not.</summary>
    public Exception? Error { get; set; }

    /// <summary>Gives it back to the pool when its result has been taken.</summary>
    public Action<PendingWrite>? Return { get; set; }

    /// <summary>The caller's view.</summary>
    public ValueTask<WriteResult> Task => new(this, _core.Version);

    /// <summary>Completes it.</summary>
    public void Complete()
    {
        if (Error is null)
        {
            _core.SetResult(Result);
        }
        else
        {
            _core.SetException(Error);
        }
    }

    /// <inheritdoc/>
    public WriteResult GetResult(short token)
    {
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            _core.Reset();
            Return?.Invoke(this);
        }
    }

    /// <inheritdoc/>
    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    /// <inheritdoc/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
