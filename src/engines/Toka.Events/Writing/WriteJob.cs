using Toka.Core.Logs;
using Toka.Core.Spans;

namespace Toka.Events.Writing;

/// <summary>A batch that waits for its transaction.</summary>
/// <param name="spans">The spans; or null.</param>
/// <param name="logs">The log records; or null.</param>
/// <param name="refused">Which rows are not stored, by place; null where all are.</param>
/// <param name="rows">How many are stored.</param>
internal sealed class WriteJob(SpanBatch? spans, LogBatch? logs, bool[]? refused, int rows)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _isTaken;

    /// <summary>The spans; or null.</summary>
    public SpanBatch? Spans => spans;

    /// <summary>The log records; or null.</summary>
    public LogBatch? Logs => logs;

    /// <summary>How many rows are stored.</summary>
    public int Rows => rows;

    /// <summary>The batch's origins.</summary>
    public IReadOnlyList<Origin> Origins => spans?.Origins ?? logs?.Origins ?? [];

    /// <summary>Whether there is nothing to write: the tables are to be sealed as they are.</summary>
    public bool IsRotation => spans is null && logs is null;

    /// <summary>Completes when the rows are durable.</summary>
    public Task Done => _done.Task;

    /// <summary>Whether a row is not stored.</summary>
    public bool IsRefused(int row) => refused is not null && refused[row];

    /// <summary>Takes the job on, or gives it up: the first who asks gets it. The batch is its caller's again once it is given up.</summary>
    public bool TryTake() => Interlocked.Exchange(ref _isTaken, 1) == 0;

    /// <summary>Gives the job up where it is not taken yet.</summary>
    public void GiveUp()
    {
        if (TryTake())
        {
            _done.TrySetCanceled();
        }
    }

    /// <summary>Says that the rows are durable.</summary>
    public void Complete() => _done.TrySetResult();

    /// <summary>Says that nothing was stored.</summary>
    public void Fail(Exception error) => _done.TrySetException(error);
}
