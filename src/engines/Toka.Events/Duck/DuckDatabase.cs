using System.Collections.Concurrent;
using System.Globalization;
using DuckDB.NET.Native;

namespace Toka.Events.Duck;

/// <summary>An open database of DuckDB and its idle connections. Thread-safe; a connection is used by one caller at a time.</summary>
internal sealed class DuckDatabase : IDisposable
{
    private readonly DuckDBDatabase _database;
    private readonly ConcurrentBag<DuckConnection> _idle = [];
    private int _isClosed;

    private DuckDatabase(DuckDBDatabase database) => _database = database;

    /// <summary>Opens a database, and makes it where it is missing.</summary>
    /// <param name="path">The file, or <c>:memory:</c>.</param>
    /// <param name="settings">What it may take.</param>
    /// <exception cref="DuckException">It cannot be opened.</exception>
    public static DuckDatabase Open(string path, DuckSettings settings)
    {
        _ = NativeMethods.Configuration.DuckDBCreateConfig(out var config);
        using (config)
        {
            foreach (var (name, value) in settings.All)
            {
                if (!NativeMethods.Configuration.DuckDBSetConfig(config, name, value).IsSuccess())
                {
                    throw new DuckException($"DuckDB does not know the setting {name}");
                }
            }

            if (!NativeMethods.Startup.DuckDBOpen(path, out var database, config, out var error).IsSuccess())
            {
                database.Dispose();
                throw new DuckException(error ?? "no reason was given");
            }

            return new DuckDatabase(database);
        }
    }

    /// <summary>Runs statements on a connection of their own.</summary>
    public void Execute(string sql)
    {
        var connection = Rent();
        connection.Execute(sql);
        Return(connection);
    }

    /// <summary>A connection: an idle one, or a new one. One whose call failed is disposed instead of returned.</summary>
    public DuckConnection Rent()
    {
        if (_idle.TryTake(out var idle))
        {
            return idle;
        }

        return NativeMethods.Startup.DuckDBConnect(_database, out var connection).IsSuccess()
            ? new DuckConnection(connection)
            : throw new DuckException("DuckDB gives no further connection");
    }

    /// <summary>Gives a connection back.</summary>
    public void Return(DuckConnection connection)
    {
        _idle.Add(connection);
        if (Volatile.Read(ref _isClosed) != 0)
        {
            CloseIdle();
        }
    }

    /// <summary>Closes it; connections in use stay valid until they are returned.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 0)
        {
            CloseIdle();
            _database.Dispose();
        }
    }

    private void CloseIdle()
    {
        while (_idle.TryTake(out var connection))
        {
            connection.Dispose();
        }
    }
}

/// <summary>What a database may take.</summary>
/// <param name="MemoryBytes">Memory for its buffers, bytes.</param>
/// <param name="TemporaryDirectory">Where it puts what does not fit.</param>
/// <param name="TemporaryBytes">How much it may put there.</param>
internal sealed record DuckSettings(long MemoryBytes, string TemporaryDirectory, long TemporaryBytes)
{
    /// <summary>The settings by DuckDB's names.</summary>
    public IEnumerable<(string Name, string Value)> All
    {
        get
        {
            yield return ("memory_limit", Bytes(MemoryBytes));

            // A query runs on its caller's thread: several at once are several callers, and nobody spins while another one works.
            yield return ("threads", "1");
            yield return ("temp_directory", TemporaryDirectory);
            yield return ("max_temp_directory_size", Bytes(TemporaryBytes));

            // Nothing is fetched, and nothing that it was not built with is loaded.
            yield return ("autoinstall_known_extensions", "false");
            yield return ("autoload_known_extensions", "false");
            yield return ("allow_community_extensions", "false");
        }
    }

    private static string Bytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes >> 10}KiB");
}
