using System.Text;
using Toka.Core.Logs;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Events.Duck;
using Toka.Events.Journals;
using Toka.Events.Origins;
using Toka.Events.Signals;
using Toka.Events.Storage;

namespace Toka.Events.Writing;

/// <summary>Writes batches of a signal into the journal and the table of a slice. Used by the committer, and by replaying before it begins.</summary>
internal interface ISignalWriter
{
    /// <summary>Appends the rows of batches to the journal; they are durable after <see cref="Sync"/>.</summary>
    /// <returns>How many rows there are of this signal.</returns>
    int Journal(IReadOnlyList<WriteJob> jobs);

    /// <summary>Waits until the journal is on the disk.</summary>
    void Sync();

    /// <summary>Appends the rows of batches to the table, within the connection's transaction.</summary>
    void Append(DuckConnection connection, IReadOnlyList<WriteJob> jobs);

    /// <summary>The rows are in the journal and in the table.</summary>
    void Done();

    /// <summary>Takes the rows back out of the journal: they are not acknowledged.</summary>
    void TakeBack();
}

/// <summary>Writes batches of a signal.</summary>
/// <typeparam name="TRecord">A span or a log record.</typeparam>
/// <param name="store">The signal's tables.</param>
/// <param name="origins">The origins of all rows.</param>
internal abstract class SignalWriter<TRecord>(SignalStore<TRecord> store, OriginRegistry origins) : ISignalWriter, IDisposable
    where TRecord : class, ISearchable
{
    private readonly JournalRecord _record = new();
    private readonly List<KeyValuePair<ulong, Origin>> _new = [];
    private readonly List<byte[]> _services = [];
    private DuckColumns? _columns;
    private int _rows;
    private long _lengthBefore = -1;

    /// <inheritdoc/>
    public int Journal(IReadOnlyList<WriteJob> jobs)
    {
        _lengthBefore = -1;
        _new.Clear();
        _rows = 0;
        var journal = store.Current!.Journal!;
        foreach (var job in jobs.Where(Has))
        {
            _rows += job.Rows;
            foreach (var origin in job.Origins)
            {
                origins.Add(origin.Id, origin);
                if (!journal.Named.Contains(origin.Id) && !_new.Exists(one => one.Key == origin.Id))
                {
                    _new.Add(new(origin.Id, origin));
                }
            }
        }

        if (_rows == 0)
        {
            return 0;
        }

        _record.Begin(_new, _rows);
        foreach (var job in jobs.Where(Has))
        {
            Write(_record, job);
        }

        _lengthBefore = journal.Length;
        journal.Append(_record.Bytes);
        return _rows;
    }

    /// <inheritdoc/>
    public void Sync()
    {
        if (_rows > 0)
        {
            store.Current!.Journal!.Sync();
        }
    }

    /// <inheritdoc/>
    public void Append(DuckConnection connection, IReadOnlyList<WriteJob> jobs)
    {
        if (_rows > 0)
        {
            Append(connection, store.Current!, jobs);
        }
    }

    /// <inheritdoc/>
    public void Done()
    {
        if (_rows > 0)
        {
            store.Current!.Journal!.Named.UnionWith(_new.Select(static one => one.Key));
            store.Current.Count(_rows);
        }

        _lengthBefore = -1; // What stands now is acknowledged: a later failure must not take it back.
    }

    /// <inheritdoc/>
    public void TakeBack()
    {
        var length = _lengthBefore;
        _lengthBefore = -1;
        if (length >= 0)
        {
            store.Current!.Journal!.TakeBack(length);
            store.Current.Journal.Sync();
        }
    }

    /// <summary>Appends the rows of batches to a table.</summary>
    public void Append(DuckConnection connection, Slice slice, IReadOnlyList<WriteJob> jobs)
    {
        _columns ??= new DuckColumns([.. store.Shape.Columns.Select(static column => column.Type)]);
        using var appender = new DuckAppender(connection, slice.Table, _columns);
        foreach (var job in jobs.Where(Has))
        {
            _services.Clear();
            _services.AddRange(job.Origins.Select(static origin => Encoding.UTF8.GetBytes(origin.Service)));
            Write(appender, _columns, job, _services);
        }

        appender.Complete();
    }

    /// <summary>Reads a record of a journal.</summary>
    public abstract WriteJob Read(byte[] record, Dictionary<ulong, Origin> named);

    /// <inheritdoc/>
    public void Dispose() => _columns?.Dispose();

    /// <summary>Whether a batch is of this signal.</summary>
    protected abstract bool Has(WriteJob job);

    /// <summary>Writes the rows of a batch into a journal's record.</summary>
    protected abstract void Write(JournalRecord record, WriteJob job);

    /// <summary>Writes the rows of a batch into a table.</summary>
    protected abstract void Write(DuckAppender appender, DuckColumns columns, WriteJob job, List<byte[]> services);
}

/// <summary>Writes spans.</summary>
internal sealed class SpanWriter(SignalStore<SpanRecord> store, OriginRegistry origins) : SignalWriter<SpanRecord>(store, origins)
{
    /// <inheritdoc/>
    public override WriteJob Read(byte[] record, Dictionary<ulong, Origin> named)
    {
        var batch = new SpanBatch();
        JournalRecord.Read(record, named, batch);
        return new WriteJob(batch, null, null, batch.Count);
    }

    /// <inheritdoc/>
    protected override bool Has(WriteJob job) => job.Spans is not null;

    /// <inheritdoc/>
    protected override void Write(JournalRecord record, WriteJob job)
    {
        var rows = job.Spans!.Rows;
        for (var i = 0; i < rows.Length; i++)
        {
            if (!job.IsRefused(i))
            {
                record.Write(job.Spans, rows[i]);
            }
        }
    }

    /// <inheritdoc/>
    protected override void Write(DuckAppender appender, DuckColumns columns, WriteJob job, List<byte[]> services)
    {
        var rows = job.Spans!.Rows;
        for (var i = 0; i < rows.Length; i++)
        {
            if (!job.IsRefused(i))
            {
                SpanShape.Write(columns, appender.NextRow(), job.Spans, rows[i], services[rows[i].Origin]);
            }
        }
    }
}

/// <summary>Writes log records.</summary>
internal sealed class LogWriter(SignalStore<LogRecord> store, OriginRegistry origins) : SignalWriter<LogRecord>(store, origins)
{
    /// <inheritdoc/>
    public override WriteJob Read(byte[] record, Dictionary<ulong, Origin> named)
    {
        var batch = new LogBatch();
        JournalRecord.Read(record, named, batch);
        return new WriteJob(null, batch, null, batch.Count);
    }

    /// <inheritdoc/>
    protected override bool Has(WriteJob job) => job.Logs is not null;

    /// <inheritdoc/>
    protected override void Write(JournalRecord record, WriteJob job)
    {
        var rows = job.Logs!.Rows;
        for (var i = 0; i < rows.Length; i++)
        {
            if (!job.IsRefused(i))
            {
                record.Write(job.Logs, rows[i]);
            }
        }
    }

    /// <inheritdoc/>
    protected override void Write(DuckAppender appender, DuckColumns columns, WriteJob job, List<byte[]> services)
    {
        var rows = job.Logs!.Rows;
        for (var i = 0; i < rows.Length; i++)
        {
            if (!job.IsRefused(i))
            {
                LogShape.Write(columns, appender.NextRow(), job.Logs, rows[i], services[rows[i].Origin]);
            }
        }
    }
}
