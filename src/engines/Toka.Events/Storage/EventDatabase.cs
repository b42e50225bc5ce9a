using System.Globalization;
using Toka.Core.Logs;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Events.Duck;
using Toka.Events.Origins;
using Toka.Events.Signals;

namespace Toka.Events.Storage;

/// <summary>The database of the current tables. DuckDB is loaded when it is first asked for. Thread-safe.</summary>
internal sealed class EventDatabase : IDisposable
{
    /// <summary>The file's name.</summary>
    public const string FileName = "current.duckdb";

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
    }

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; }

    /// <summary>What happened so far.</summary>
    public EventCounters Counters { get; }

    /// <summary>The origins of all rows.</summary>
    public OriginRegistry Origins { get; } = new();

    /// <summary>Spans.</summary>
    public SignalStore<SpanRecord> Spans { get; }

    /// <summary>Log records.</summary>
    public SignalStore<LogRecord> Logs { get; }

    /// <summary>The file.</summary>
    public string Path => System.IO.Path.Combine(_options.Directory, FileName);

    /// <summary>Bytes of the sealed files.</summary>
    public long Bytes => Spans.Parts.Sum(static part => part.Bytes) + Logs.Parts.Sum(static part => part.Bytes);

    /// <summary>Finds the sealed files; those that cannot be read are set aside.</summary>
    public void LoadParts()
    {
        LoadParts(Spans);
        LoadParts(Logs);
    }

    /// <summary>Whether DuckDB is loaded.</summary>
    public bool IsOpen => Volatile.Read(ref _duck) is not null;

    /// <summary>Whether nothing was ever stored: there is nothing to search, and no reason to load DuckDB.</summary>
    public bool IsEmpty => !IsOpen && !File.Exists(Path) && Spans.Parts.Count == 0 && Logs.Parts.Count == 0;

    /// <summary>The database, opened at the first call.</summary>
    /// <exception cref="IOException">It cannot be opened, or it is closed.</exception>
    public DuckDatabase Duck => Volatile.Read(ref _duck) ?? Open();

    /// <summary>Sends rows to new tables where the current ones have so many; only between transactions of the committer.</summary>
    /// <returns>Whether one had.</returns>
    public bool Rotate(long rowsMin) => RotateIf(Spans, rowsMin) | RotateIf(Logs, rowsMin);

    /// <summary>Writes everything into the database's file, and closes it.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isClosed = true;
            _duck?.Dispose();
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
            }
        }

        store.Add(parts);
    }

    private bool RotateIf<TRecord>(SignalStore<TRecord> store, long rowsMin)
        where TRecord : class, ISearchable
    {
        if (store.Current is not { } current || current.Rows < rowsMin)
        {
            return false;
        }

        var next = NewSlice(store.Shape, current.Number + 1);
        Duck.Execute(store.Shape.CreateTable(next.Table));
        store.Rotate(next);
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

            var duck = DuckDatabase.Open(Path, Settings());
            try
            {
                Load(duck);
            }
            catch
            {
                duck.Dispose();
                throw;
            }

            Volatile.Write(ref _duck, duck);
            return duck;
        }
    }

    private void Load(DuckDatabase duck)
    {
        var connection = duck.Rent();
        if (!_options.IsReadOnly)
        {
            // Tables live an hour at most: squeezing them would cost more than it saves.
            connection.Execute("SET GLOBAL force_compression='uncompressed'; SET GLOBAL parquet_metadata_cache=true; SET GLOBAL lock_configuration=true;");
            connection.Execute(OriginTable.Create);
        }

        OriginTable.Read(connection, Origins);
        Load(connection, Spans);
        Load(connection, Logs);
        duck.Return(connection);
    }

    private void Load<TRecord>(DuckConnection connection, SignalStore<TRecord> store)
        where TRecord : class, ISearchable
    {
        var slices = new List<Slice>();
        var shape = store.Shape;
        using (var rows = connection.Query($"SELECT table_name FROM duckdb_tables() WHERE table_name LIKE '{shape.Name}\\_%' ESCAPE '\\'"))
        {
            while (rows.NextChunk())
            {
                for (var i = 0; i < rows.Count; i++)
                {
                    slices.Add(NewSlice(shape, long.Parse(rows.String(0, i).AsSpan(shape.Name.Length + 1), CultureInfo.InvariantCulture)));
                }
            }
        }

        slices.Sort(static (left, right) => left.Number.CompareTo(right.Number));
        foreach (var slice in slices)
        {
            ReadRange(connection, shape, slice);
        }

        if (slices.Count == 0 && !_options.IsReadOnly)
        {
            // Behind the files, whose numbers tables no longer have.
            slices.Add(NewSlice(shape, store.Parts.Select(static part => part.Slice).DefaultIfEmpty(0).Max() + 1));
            connection.Execute(shape.CreateTable(slices[0].Table));
        }

        foreach (var part in store.Load(slices))
        {
            part.Close();
            if (!_options.IsReadOnly)
            {
                store.Files.Delete(part.Path);
            }
        }

        foreach (var origin in store.Parts.SelectMany(static part => part.Index.Origins))
        {
            Origins.Add(origin.Key, origin.Value);
        }
    }

    private static void ReadRange<TRecord>(DuckConnection connection, SignalShape<TRecord> shape, Slice slice)
        where TRecord : class, ISearchable
    {
        using var rows = connection.Query($"SELECT count(*), min({shape.TimeColumn}), max({shape.TimeColumn}) FROM {slice.Table}");
        if (rows.NextChunk() && rows.Values<long>(0)[0] is > 0 and var count)
        {
            slice.Widen(rows.Values<long>(1)[0], rows.Values<long>(2)[0]);
            slice.Count(count);
        }
    }

    private Slice NewSlice<TRecord>(SignalShape<TRecord> shape, long number)
        where TRecord : class, ISearchable =>
        new(string.Create(CultureInfo.InvariantCulture, $"{shape.Name}_{number}"), number, Clock.GetUtcNow().ToUnixTimeMilliseconds());

    private DuckSettings Settings() => new(
        (long)(_options.MemoryMaxBytes * BufferShare),
        _options.Threads,
        System.IO.Path.Combine(_options.Directory, "temporary"),
        Math.Max(TemporaryBytesMin, (long)(_options.SizeMaxBytes * TemporaryShare)),
        _options.IsReadOnly);
}
