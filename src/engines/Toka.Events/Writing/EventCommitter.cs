using System.Text;
using System.Threading.Channels;
using Toka.Core.Spans;
using Toka.Events.Duck;
using Toka.Events.Signals;
using Toka.Events.Storage;

namespace Toka.Events.Writing;

/// <summary>
/// The one writer: all batches that wait go into one transaction, and are acknowledged when it is on the disk. So the cost of a
/// commit is shared under load, and a lone batch waits for nobody.
/// </summary>
internal sealed class EventCommitter : IAsyncDisposable
{
    // Batches that may wait, so that senders are slowed down and not memory filled; and rows of a transaction, so that none takes long.
    private const int JobsMax = 256;
    private const int RowsMax = 65_536;

    private readonly EventDatabase _database;
    private readonly long _rowsMax;
    private readonly Action _rotated;
    private readonly Channel<WriteJob> _jobs = Channel.CreateBounded<WriteJob>(new BoundedChannelOptions(JobsMax) { SingleReader = true });
    private readonly List<WriteJob> _taken = [];
    private readonly List<Origin> _newOrigins = [];
    private readonly List<byte[]> _services = [];
    private readonly Task _loop;
    private DuckConnection? _connection;
    private DuckColumns? _spanColumns;
    private DuckColumns? _logColumns;
    private DuckColumns? _originColumns;

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

    /// <summary>Commits what waits, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _jobs.Writer.TryComplete();
        await _loop;
        _connection?.Dispose();
        _spanColumns?.Dispose();
        _logColumns?.Dispose();
        _originColumns?.Dispose();
    }

    private async Task RunAsync()
    {
        while (await _jobs.Reader.WaitToReadAsync())
        {
            Take();
            if (_taken.Count > 0)
            {
                Commit();
                Rotate();
            }
        }
    }

    /// <summary>A table is full, or somebody wants it sealed.</summary>
    private void Rotate()
    {
        try
        {
            var isAsked = _taken.Exists(static job => job.IsRotation);
            if (_database.IsOpen && _database.Rotate(isAsked ? 1 : _rowsMax))
            {
                _rotated();
            }
        }
        catch (IOException e)
        {
            _database.Counters.CommitFailed(e.Message);
        }

        foreach (var job in _taken.Where(static job => job.IsRotation))
        {
            job.Complete();
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
        if (_taken.TrueForAll(static job => job.IsRotation))
        {
            return;
        }

        var started = _database.Clock.GetTimestamp();
        try
        {
            var connection = _connection ??= _database.Duck.Rent();
            connection.Execute("BEGIN TRANSACTION");
            WriteOrigins(connection);
            var (spans, logs) = (WriteSpans(connection), WriteLogs(connection));
            connection.Execute("COMMIT");
            _database.Spans.Current!.Count(spans);
            _database.Logs.Current!.Count(logs);
            _database.Counters.Stored(spans, logs, _database.Clock.GetElapsedTime(started));
        }
        catch (Exception e)
        {
            Fail(e);
            return;
        }

        foreach (var job in _taken.Where(static job => !job.IsRotation))
        {
            job.Complete();
        }
    }

    /// <summary>The connection is closed with its transaction: the next one begins anew.</summary>
    private void Fail(Exception error)
    {
        _connection?.Dispose();
        _connection = null;
        foreach (var origin in _newOrigins)
        {
            _database.Origins.Remove(origin.Id);
        }

        _database.Counters.CommitFailed(error.Message);
        foreach (var job in _taken.Where(static job => !job.IsRotation))
        {
            job.Fail(new IOException($"spans and logs could not be stored: {error.Message}", error));
        }
    }

    private void WriteOrigins(DuckConnection connection)
    {
        _newOrigins.Clear();
        foreach (var job in _taken)
        {
            foreach (var origin in job.Origins)
            {
                if (_database.Origins.Add(origin.Id, origin))
                {
                    _newOrigins.Add(origin);
                }
            }
        }

        if (_newOrigins.Count == 0)
        {
            return;
        }

        _originColumns ??= new DuckColumns([.. OriginTable.Columns.Select(static column => column.Type)]);
        using var appender = new DuckAppender(connection, OriginTable.Name, _originColumns);
        foreach (var origin in _newOrigins)
        {
            OriginTable.Write(_originColumns, appender.NextRow(), origin);
        }

        appender.Complete();
    }

    private int WriteSpans(DuckConnection connection)
    {
        if (!_taken.Exists(static job => job.Spans is not null))
        {
            return 0;
        }

        var slice = _database.Spans.Current!;
        _spanColumns ??= new DuckColumns([.. _database.Spans.Shape.Columns.Select(static column => column.Type)]);
        using var appender = new DuckAppender(connection, slice.Table, _spanColumns);
        var (written, from, to) = (0, long.MaxValue, long.MinValue);
        foreach (var job in _taken)
        {
            if (job.Spans is not { } batch)
            {
                continue;
            }

            TakeServices(batch.Origins);
            var rows = batch.Rows;
            for (var i = 0; i < rows.Length; i++)
            {
                if (!job.IsRefused(i))
                {
                    ref readonly var row = ref rows[i];
                    SpanShape.Write(_spanColumns, appender.NextRow(), batch, row, _services[row.Origin]);
                    (from, to, written) = (Math.Min(from, row.StartNs), Math.Max(to, row.StartNs), written + 1);
                }
            }
        }

        appender.Complete();
        slice.Widen(from, to);
        return written;
    }

    private int WriteLogs(DuckConnection connection)
    {
        if (!_taken.Exists(static job => job.Logs is not null))
        {
            return 0;
        }

        var slice = _database.Logs.Current!;
        _logColumns ??= new DuckColumns([.. _database.Logs.Shape.Columns.Select(static column => column.Type)]);
        using var appender = new DuckAppender(connection, slice.Table, _logColumns);
        var (written, from, to) = (0, long.MaxValue, long.MinValue);
        foreach (var job in _taken)
        {
            if (job.Logs is not { } batch)
            {
                continue;
            }

            TakeServices(batch.Origins);
            var rows = batch.Rows;
            for (var i = 0; i < rows.Length; i++)
            {
                if (!job.IsRefused(i))
                {
                    ref readonly var row = ref rows[i];
                    LogShape.Write(_logColumns, appender.NextRow(), batch, row, _services[row.Origin]);
                    (from, to, written) = (Math.Min(from, row.TimeNs), Math.Max(to, row.TimeNs), written + 1);
                }
            }
        }

        appender.Complete();
        slice.Widen(from, to);
        return written;
    }

    private void TakeServices(IReadOnlyList<Origin> origins)
    {
        _services.Clear();
        foreach (var origin in origins)
        {
            _services.Add(Encoding.UTF8.GetBytes(origin.Service));
        }
    }
}
