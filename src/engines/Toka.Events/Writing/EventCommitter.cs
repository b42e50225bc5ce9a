using System.Threading.Channels;
using Toka.Events.Duck;
using Toka.Events.Storage;

namespace Toka.Events.Writing;

/// <summary>
/// The one writer: all batches that wait go into one record of the journal, and are acknowledged when it is on the disk and a
/// search sees them. So the cost of a sync is shared under load, and a lone batch waits for nobody.
/// </summary>
internal sealed class EventCommitter : IAsyncDisposable
{
    // Batches that may wait, so that senders are slowed down and not memory filled; and rows of a record, so that none takes long.
    private const int JobsMax = 256;
    private const int RowsMax = 16_384;

    private readonly EventDatabase _database;
    private readonly long _rowsMax;
    private readonly Action _rotated;
    private readonly Channel<WriteJob> _jobs = Channel.CreateBounded<WriteJob>(new BoundedChannelOptions(JobsMax) { SingleReader = true });
    private readonly List<WriteJob> _taken = [];
    private readonly Task _loop;
    private DuckConnection? _connection;

    /// <summary>Begins to wait for batches.</summary>
    /// <param name="database">The database.</param>
    /// <param name="rowsMax">Rows of a table after which the next one begins.</param>
    /// <param name="rotated">Is called when there is a table to seal.</param>
    public EventCommitter(EventDatabase database, long rowsMax, Action rotated)
    {
        _database = database;
        _rowsMax = rowsMax;
        _rotated = rotated;
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Writes a job and waits until it is durable.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public async ValueTask WriteAsync(WriteJob job, CancellationToken cancellationToken)
    {
        try
        {
            await _jobs.Writer.WriteAsync(job, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            throw new IOException("the store of spans and logs is closed");
        }

        await using var _ = cancellationToken.UnsafeRegister(static state => ((WriteJob)state!).GiveUp(), job);
        await job.Done;
    }

    /// <summary>Asks for tables to be closed as soon as what waits is committed; does not wait for it. Where too much waits, it is for the next time.</summary>
    /// <returns>Ends when it is done.</returns>
    public Task AskRotation()
    {
        var job = new WriteJob(null, null, null, 0);
        return _jobs.Writer.TryWrite(job) ? job.Done : Task.CompletedTask;
    }

    /// <summary>Commits what waits, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _jobs.Writer.TryComplete();
        await _loop;
        _connection?.Dispose();
    }

    private async Task RunAsync()
    {
        while (await _jobs.Reader.WaitToReadAsync())
        {
            Take();
            if (_taken.Exists(static job => !job.IsRotation))
            {
                // Memory is bounded: with tables that wait for their sealing, senders wait too.
                await _database.RoomAsync();
                Commit();
            }

            if (_taken.Count > 0)
            {
                Rotate();
            }
        }
    }

    private void Take()
    {
        _taken.Clear();
        var rows = 0;
        while (rows < RowsMax && _jobs.Reader.TryRead(out var job))
        {
            if (job.TryTake())
            {
                _taken.Add(job);
                rows += job.Rows;
            }
        }
    }

    private void Commit()
    {
        var started = _database.Clock.GetTimestamp();
        var jobs = _taken.FindAll(static job => !job.IsRotation);
        try
        {
            var connection = _connection ??= _database.Duck.Rent();
            var (spans, logs) = (_database.SpanWriter.Journal(jobs), _database.LogWriter.Journal(jobs));
            _database.SpanWriter.Sync();
            _database.LogWriter.Sync();
            connection.Execute("BEGIN TRANSACTION");
            _database.SpanWriter.Append(connection, jobs);
            _database.LogWriter.Append(connection, jobs);
            connection.Execute("COMMIT");
            _database.SpanWriter.Done();
            _database.LogWriter.Done();
            _database.Counters.Stored(spans, logs, _database.Clock.GetElapsedTime(started));
        }
        catch (Exception e)
        {
            Fail(jobs, e);
            return;
        }

        foreach (var job in jobs)
        {
            job.Complete();
        }
    }

    /// <summary>The connection is closed with its transaction, and the journal is as it was: the batches may be sent again.</summary>
    private void Fail(List<WriteJob> jobs, Exception error)
    {
        _connection?.Dispose();
        _connection = null;
        var reason = error.Message;
        if (_database.IsOpen)
        {
            reason += TakenBack(_database.SpanWriter);
            reason += TakenBack(_database.LogWriter);
        }

        _database.Counters.CommitFailed(reason);
        foreach (var job in jobs)
        {
            job.Fail(new IOException($"spans and logs could not be stored: {reason}", error));
        }
    }

    /// <summary>Takes back what one signal wrote; each on its own, whatever becomes of the other.</summary>
    private static string TakenBack(ISignalWriter writer)
    {
        try
        {
            writer.TakeBack();
            return "";
        }
        catch (Exception e)
        {
            return $" (and what is in the journal could not be taken back: {e.Message})";
        }
    }

    /// <summary>A table is full, or somebody wants it sealed.</summary>
    private void Rotate()
    {
        var rotations = _taken.FindAll(static job => job.IsRotation);
        try
        {
            if (_database.IsOpen && _database.Rotate(rotations.Count > 0 ? 1 : _rowsMax))
            {
                _rotated();
            }
        }
        catch (Exception e)
        {
            _database.Counters.CommitFailed(e.Message);
        }

        foreach (var job in rotations)
        {
            job.Complete();
        }
    }
}
