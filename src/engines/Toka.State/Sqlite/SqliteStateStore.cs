using Microsoft.Data.Sqlite;
using Toka.Core.Errors;
using Toka.Core.State;

namespace Toka.State.Sqlite;

/// <summary>
/// <see cref="IStateStore"/> on one SQLite file, opened at the first call. Thread-safe: one connection, one caller at a time;
/// state changes seldom, so waiting is short.
/// </summary>
/// <remarks>
/// WAL mode with <c>synchronous=FULL</c>: a completed task's change survives the death of the process and a power cut. It
/// costs one fsync a change, and changes are few (an alert's change of state, an acknowledgement), so the looser NORMAL
/// would gain nothing that anyone notices. SQLite calls block; they run on the caller's thread.
/// </remarks>
public sealed class SqliteStateStore : IStateStore, IAsyncDisposable
{
    /// <summary>The version of the tables, kept in <c>PRAGMA user_version</c>. Another version is refused by name.</summary>
    public const int SchemaVersion = 1;

    /// <summary>Marks the file as Toka's state ("Toka" in ASCII), kept in <c>PRAGMA application_id</c>.</summary>
    internal const int ApplicationId = 0x546F6B61;

    /// <summary>SQLite's page cache in KiB: state is small and rarely read, and the server is to stay small.</summary>
    private const int CacheKib = 256;

    /// <summary>Pages in the write-ahead log before they move into the file: 200 pages of 4 KiB.</summary>
    private const int CheckpointPages = 200;

    /// <summary>How long a call waits for another process's lock, in seconds.</summary>
    private const int BusySeconds = 5;

    private readonly string _path;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private SqliteConnection? _connection;
    private bool _isDisposed;

    /// <summary>A store; nothing is opened yet.</summary>
    /// <param name="path">The file; it and its folder are made where they are missing.</param>
    public SqliteStateStore(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _path = path;
    }

    /// <inheritdoc/>
    public ValueTask PutAsync(string collection, IReadOnlyList<KeyValuePair<string, byte[]?>> documents, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(documents);
        return documents.Count == 0 ? default : new(RunAsync(c => Put(c, collection, documents), cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<KeyValuePair<string, byte[]>>> ListAsync(string collection, CancellationToken cancellationToken) =>
        new(RunAsync<IReadOnlyList<KeyValuePair<string, byte[]>>>(c => List(c, collection), cancellationToken));

    /// <inheritdoc/>
    public ValueTask AppendAsync(string journal, IReadOnlyList<JournalEntry> entries, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entries);
        return entries.Count == 0 ? default : new(RunAsync(c => Append(c, journal, entries), cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JournalEntry>> ReadAsync(string journal, string? subject, long fromMs, int limit, CancellationToken cancellationToken) =>
        new(RunAsync<IReadOnlyList<JournalEntry>>(c => Read(c, journal, subject, fromMs, limit), cancellationToken));

    /// <inheritdoc/>
    public ValueTask<int> TrimAsync(string journal, long beforeMs, CancellationToken cancellationToken) =>
        new(RunAsync(c => Trim(c, journal, beforeMs), cancellationToken));

    /// <summary>Writes a copy of everything as it is at one moment, by SQLite's own backup; others go on afterwards.</summary>
    /// <param name="path">The file to make; its folder must be there, and the file not.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="StateStoreException">It cannot be read or written.</exception>
    public async ValueTask BackupAsync(string path, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        await RunAsync(
            connection =>
            {
                using var target = SqliteConnections.To(path);
                target.Open();
                connection.BackupDatabase(target);
                return true;
            },
            cancellationToken);
    }

    /// <summary>Closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync();
        try
        {
            _isDisposed = true;
            _connection?.Dispose();
            _connection = null;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<T> RunAsync<T>(Func<SqliteConnection, T> action, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _connection ??= Open();
            return action(_connection);
        }
        catch (SqliteException e)
        {
            throw new StateStoreException(_path, e);
        }
        finally
        {
            _gate.Release();
        }
    }

    private SqliteConnection Open()
    {
        if (Path.GetDirectoryName(Path.GetFullPath(_path)) is { } folder)
        {
            Directory.CreateDirectory(folder);
        }

        var connection = SqliteConnections.To(_path, BusySeconds);
        try
        {
            connection.Open();
            var version = Pragma(connection, "user_version");
            var application = Pragma(connection, "application_id");
            var isNew = version == 0 && application == 0 && IsEmpty(connection);
            if (!isNew && application != ApplicationId)
            {
                throw new BadInputException($"{_path} is an SQLite file of another program; name another data folder, or move the file away");
            }

            if (!isNew && version != SchemaVersion)
            {
                throw new BadInputException($"{_path} has the state version {version}; this toka reads version {SchemaVersion}. Use the toka that wrote it, or move the file away to begin anew");
            }

            Execute(connection, $"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-{CacheKib}; PRAGMA wal_autocheckpoint={CheckpointPages}; PRAGMA temp_store=MEMORY;");
            if (isNew)
            {
                CreateTables(connection);
            }

            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void CreateTables(SqliteConnection connection) => Execute(connection, $"""
        BEGIN;
        CREATE TABLE document (collection TEXT NOT NULL, key TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (collection, key)) WITHOUT ROWID;
        CREATE TABLE journal (id INTEGER PRIMARY KEY, journal TEXT NOT NULL, at_ms INTEGER NOT NULL, subject TEXT NOT NULL, body BLOB NOT NULL);
        CREATE INDEX journal_time ON journal (journal, at_ms);
        CREATE INDEX journal_subject ON journal (journal, subject, at_ms);
        PRAGMA application_id={ApplicationId};
        PRAGMA user_version={SchemaVersion};
        COMMIT;
        """);

    private static int Put(SqliteConnection connection, string collection, IReadOnlyList<KeyValuePair<string, byte[]?>> documents)
    {
        using var transaction = connection.BeginTransaction();
        using var put = Command(connection, transaction, "INSERT INTO document VALUES ($collection, $key, $body) ON CONFLICT DO UPDATE SET body = excluded.body");
        using var delete = Command(connection, transaction, "DELETE FROM document WHERE collection = $collection AND key = $key");
        foreach (var (key, body) in documents)
        {
            var command = body is null ? delete : put;
            command.Parameters.Clear();
            command.Parameters.AddWithValue("$collection", collection);
            command.Parameters.AddWithValue("$key", key);
            if (body is not null)
            {
                command.Parameters.AddWithValue("$body", body);
            }

            command.ExecuteNonQuery();
        }

        transaction.Commit();
        return documents.Count;
    }

    private static List<KeyValuePair<string, byte[]>> List(SqliteConnection connection, string collection)
    {
        using var command = Command(connection, null, "SELECT key, body FROM document WHERE collection = $collection ORDER BY key");
        command.Parameters.AddWithValue("$collection", collection);
        using var reader = command.ExecuteReader();
        var documents = new List<KeyValuePair<string, byte[]>>();
        while (reader.Read())
        {
            documents.Add(new(reader.GetString(0), reader.GetFieldValue<byte[]>(1)));
        }

        return documents;
    }

    private static int Append(SqliteConnection connection, string journal, IReadOnlyList<JournalEntry> entries)
    {
        using var transaction = connection.BeginTransaction();
        using var command = Command(connection, transaction, "INSERT INTO journal (journal, at_ms, subject, body) VALUES ($journal, $at, $subject, $body)");
        foreach (var entry in entries)
        {
            command.Parameters.Clear();
            command.Parameters.AddWithValue("$journal", journal);
            command.Parameters.AddWithValue("$at", entry.AtMs);
            command.Parameters.AddWithValue("$subject", entry.Subject);
            command.Parameters.AddWithValue("$body", entry.Body);
            command.ExecuteNonQuery();
        }

        transaction.Commit();
        return entries.Count;
    }

    private static List<JournalEntry> Read(SqliteConnection connection, string journal, string? subject, long fromMs, int limit)
    {
        var about = subject is null ? "" : " AND subject = $subject";
        using var command = Command(connection, null, $"SELECT at_ms, subject, body FROM journal WHERE journal = $journal{about} AND at_ms >= $from ORDER BY at_ms DESC, id DESC LIMIT $limit");
        command.Parameters.AddWithValue("$journal", journal);
        command.Parameters.AddWithValue("$from", fromMs);
        command.Parameters.AddWithValue("$limit", Math.Max(0, limit));
        if (subject is not null)
        {
            command.Parameters.AddWithValue("$subject", subject);
        }

        using var reader = command.ExecuteReader();
        var entries = new List<JournalEntry>();
        while (reader.Read())
        {
            entries.Add(new JournalEntry(reader.GetInt64(0), reader.GetString(1), reader.GetFieldValue<byte[]>(2)));
        }

        return entries;
    }

    private static int Trim(SqliteConnection connection, string journal, long beforeMs)
    {
        using var command = Command(connection, null, "DELETE FROM journal WHERE journal = $journal AND at_ms < $before");
        command.Parameters.AddWithValue("$journal", journal);
        command.Parameters.AddWithValue("$before", beforeMs);
        return command.ExecuteNonQuery();
    }

    private static bool IsEmpty(SqliteConnection connection)
    {
        using var command = Command(connection, null, "SELECT count(*) FROM sqlite_schema");
        return (long)command.ExecuteScalar()! == 0;
    }

    private static long Pragma(SqliteConnection connection, string name)
    {
        using var command = Command(connection, null, $"PRAGMA {name}");
        return (long)command.ExecuteScalar()!;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = Command(connection, null, sql);
        command.ExecuteNonQuery();
    }

    // Every caller passes a text made of constants of this file; values go through parameters.
    private static SqliteCommand Command(SqliteConnection connection, SqliteTransaction? transaction, string sql)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100
        command.CommandText = sql;
#pragma warning restore CA2100
        return command;
    }
}
