using System.Globalization;
using Toka.Core.Logs;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Events.Duck;
using Toka.Events.Journals;
using Toka.Events.Origins;
using Toka.Events.Sealing;
using Toka.Events.Signals;
using Toka.Events.Writing;

namespace Toka.Events.Storage;

/// <summary>
/// DuckDB with the current tables in its memory, their journals, and the sealed files. DuckDB is loaded when it is first asked
/// for, and the journals are then read. Thread-safe.
/// </summary>
internal sealed class EventDatabase : IDisposable
{
    // Searches and sealing share what is left of the store's memory when indexes, batches and DuckDB's own bookkeeping have theirs.
    private const double BufferShare = 0.6;
    private const double TemporaryShare = 0.25;
    private const long TemporaryBytesMin = 256L << 20;

    private readonly Lock _lock = new();
    private readonly EventStoreOptions _options;
    private DuckDatabase? _duck;
    private bool _isClosed;

    /// <summary>Names the database; nothing is opened yet.</summary>
    public EventDatabase(EventStoreOptions options, TimeProvider clock, EventCounters counters)
    {
        _options = options;
        Clock = clock;
        Counters = counters;
        Spans = new SignalStore<SpanRecord>(new SpanShape(), options.Directory);
        Logs = new SignalStore<LogRecord>(new LogShape(), options.Directory);
        SpanWriter = new SpanWriter(Spans, Origins);
        LogWriter = new LogWriter(Logs, Origins);
    }

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; }

    /// <summary>Is called when DuckDB is loaded: there may be tables to seal.</summary>
    public Action? Opened { get; set; }

    /// <summary>What happened so far.</summary>
    public EventCounters Counters { get; }

    /// <summary>The origins of all rows.</summary>
    public OriginRegistry Origins { get; } = new();

    /// <summary>Spans.</summary>
    public SignalStore<SpanRecord> Spans { get; }

    /// <summary>Log records.</summary>
    public SignalStore<LogRecord> Logs { get; }

    /// <summary>Writes spans; the committer's.</summary>
    public SpanWriter SpanWriter { get; }

    /// <summary>Writes log records; the committer's.</summary>
    public LogWriter LogWriter { get; }

    /// <summary>Bytes of the sealed files.</summary>
    public long PartBytes => Spans.Parts.Sum(static part => part.Bytes) + Logs.Parts.Sum(static part => part.Bytes);

    /// <summary>Bytes of the journals.</summary>
    public long JournalBytes => Spans.JournalBytes + Logs.JournalBytes;

    /// <summary>Memory that DuckDB's buffers take, bytes; 0 while it is not loaded.</summary>
    public long MemoryBytes
    {
        get
        {
            if (Volatile.Read(ref _duck) is not { } duck || _isClosed)
            {
                return 0;
            }

            try
            {
                var connection = duck.Rent();
                var bytes = connection.Scalar("SELECT CAST(coalesce(sum(memory_usage_bytes), 0) AS BIGINT) FROM duckdb_memory()");
                duck.Return(connection);
                return bytes;
            }
            catch (DuckException)
            {
                return 0;
            }
        }
    }

    /// <summary>Whether DuckDB is loaded.</summary>
    public bool IsOpen => Volatile.Read(ref _duck) is not null;

    /// <summary>Whether nothing was ever stored: there is nothing to search, and no reason to load DuckDB.</summary>
    public bool IsEmpty => !IsOpen && Spans.IsEmpty && Logs.IsEmpty;

    /// <summary>The database, opened at the first call.</summary>
    /// <exception cref="IOException">It cannot be opened, or it is closed.</exception>
    public DuckDatabase Duck => Volatile.Read(ref _duck) ?? Open();

    /// <summary>Finds the sealed files; those that cannot be read are set aside.</summary>
    public void LoadParts()
    {
        LoadParts(Spans);
        LoadParts(Logs);
    }

    /// <summary>Sends rows to new tables where the current ones have so many; only between transactions of the committer.</summary>
    /// <returns>Whether one had.</returns>
    public bool Rotate(long rowsMin) => Rotate(Spans, rowsMin) | Rotate(Logs, rowsMin);

    /// <summary>Waits while too many tables wait for their sealing.</summary>
    public async Task RoomAsync()
    {
        await Spans.RoomAsync();
        await Logs.RoomAsync();
    }

    /// <summary>Closes it. What is not sealed is in the journals.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isClosed = true;
            _duck?.Dispose();
            SpanWriter.Dispose();
            LogWriter.Dispose();
            Spans.Dispose();
            Logs.Dispose();
        }
    }

    private void LoadParts<TRecord>(SignalStore<TRecord> store)
        where TRecord : class, ISearchable
    {
        if (!_options.IsReadOnly)
        {
            store.Files.RemoveTemporary();
        }

        var parts = new List<Part>();
        foreach (var (path, slice) in store.Files.List())
        {
            try
            {
                parts.Add(Part.Open(path, slice));
            }
            catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
            {
                Counters.Damaged(PartFiles.IndexOf(path), e.Message);
                store.Unindexed.Add((path, slice));
            }
        }

        store.Add(parts);
    }

    private bool Rotate<TRecord>(SignalStore<TRecord> store, long rowsMin)
        where TRecord : class, ISearchable
    {
        if (store.Current is not { } current || current.Rows < rowsMin)
        {
            return false;
        }

        store.Rotate(NewSlice(Duck, store, current.Number + 1));
        return true;
    }

    private DuckDatabase Open()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            if (_duck is { } open)
            {
                return open;
            }

            var duck = DuckDatabase.Open(":memory:", Settings());
            try
            {
                // What files say of themselves is read anew by each search: DuckDB's cache of it took 0.7 MB a file, and knows no bound.
                // From here on no statement changes a setting.
                duck.Execute("SET GLOBAL lock_configuration=true;");
                Load(duck, Spans, SpanWriter);
                Load(duck, Logs, LogWriter);
            }
            catch
            {
                duck.Dispose();
                throw;
            }

            Volatile.Write(ref _duck, duck);
            Opened?.Invoke();
            return duck;
        }
    }

    private void Load<TRecord>(DuckDatabase duck, SignalStore<TRecord> store, SignalWriter<TRecord> writer)
        where TRecord : class, ISearchable
    {
        foreach (var origin in store.Parts.SelectMany(static part => part.Index.Origins))
        {
            Origins.Add(origin.Key, origin.Value);
        }

        var slices = new List<Slice>();
        foreach (var (path, number) in Journal.List(store.JournalDirectory))
        {
            if (Replay(duck, store, writer, path, number) is { } slice)
            {
                slices.Add(slice);
            }
        }

        if (slices.Count == 0)
        {
            // Behind the files, whose numbers tables no longer have.
            slices.Add(NewSlice(duck, store, store.Parts.Select(static part => part.Slice).DefaultIfEmpty(0).Max() + 1));
        }

        foreach (var (path, number) in store.Unindexed.Where(file => !slices.Exists(slice => slice.Number == file.Slice)))
        {
            Rebuild(duck, store, path, number);
        }

        store.Unindexed.Clear();
        foreach (var part in store.Load(slices))
        {
            part.Close();
            if (!_options.IsReadOnly)
            {
                store.Files.Delete(part.Path);
            }
        }
    }

    /// <summary>A file without its index gets a new one; one that cannot be read either is set aside.</summary>
    private void Rebuild<TRecord>(DuckDatabase duck, SignalStore<TRecord> store, string path, long number)
        where TRecord : class, ISearchable
    {
        if (_options.IsReadOnly)
        {
            return;
        }

        try
        {
            using var connection = duck.Rent();
            store.Files.PublishIndex(path, new IndexRebuilder<TRecord>(store.Shape, Origins).Rebuild(connection, path));
            store.Add([Part.Open(path, number)]);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            Counters.Damaged(path, e.Message);
            PartFiles.SetAside(path);
            PartFiles.SetAside(PartFiles.IndexOf(path));
        }
    }

    private Slice? Replay<TRecord>(DuckDatabase duck, SignalStore<TRecord> store, SignalWriter<TRecord> writer, string path, long number)
        where TRecord : class, ISearchable
    {
        var slice = TableOf(duck, store, number);
        var named = new Dictionary<ulong, Origin>();
        var connection = duck.Rent();
        try
        {
            var (length, torn) = Journal.Replay(path, record =>
            {
                var job = writer.Read(record, named);
                writer.Append(connection, slice, [job]);
                slice.Count(job.Rows);
            });
            foreach (var (id, origin) in named)
            {
                Origins.Add(id, origin);
            }

            duck.Return(connection);
            Counters.Replayed(slice.Rows, torn);
            slice.Journal = _options.IsReadOnly ? null : length > 0 ? Journal.Continue(path, length, named.Keys) : Journal.Create(path);
            return slice;
        }
        catch (InvalidDataException e)
        {
            connection.Dispose();
            Counters.Damaged(path, e.Message);
            duck.Execute($"DROP TABLE {slice.Table}");
            if (!_options.IsReadOnly)
            {
                PartFiles.SetAside(path);
            }

            return null;
        }
    }

    private Slice NewSlice<TRecord>(DuckDatabase duck, SignalStore<TRecord> store, long number)
        where TRecord : class, ISearchable
    {
        var slice = TableOf(duck, store, number);
        if (!_options.IsReadOnly)
        {
            Directory.CreateDirectory(store.JournalDirectory);
            slice.Journal = Journal.Create(Journal.NameOf(store.JournalDirectory, number));
        }

        return slice;
    }

    private Slice TableOf<TRecord>(DuckDatabase duck, SignalStore<TRecord> store, long number)
        where TRecord : class, ISearchable
    {
        var table = string.Create(CultureInfo.InvariantCulture, $"{store.Shape.Name}_{number}");
        duck.Execute($"DROP TABLE IF EXISTS {table}"); // Left by a try whose journal could not be made.
        duck.Execute(store.Shape.CreateTable(table));
        return new Slice(table, number, Clock.GetUtcNow().ToUnixTimeMilliseconds());
    }

    private DuckSettings Settings() => new(
        (long)(_options.MemoryMaxBytes * BufferShare),
        Path.Combine(_options.Directory, "temporary"),
        Math.Max(TemporaryBytesMin, (long)(_options.SizeMaxBytes * TemporaryShare)));
}
