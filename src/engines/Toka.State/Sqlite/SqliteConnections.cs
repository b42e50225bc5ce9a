using Microsoft.Data.Sqlite;
using Toka.Core.Errors;

namespace Toka.State.Sqlite;

/// <summary>Makes connections, which is where SQLite's own library is loaded at first.</summary>
internal static class SqliteConnections
{
    /// <summary>A connection that is not open yet.</summary>
    /// <param name="path">The file.</param>
    /// <param name="busySeconds">How long it waits for another one's lock, in seconds.</param>
    /// <exception cref="BadInputException">SQLite's library is not there.</exception>
    public static SqliteConnection To(string path, int busySeconds = 30)
    {
        try
        {
            return new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = busySeconds }.ToString());
        }
        catch (Exception e) when (e is TypeInitializationException or DllNotFoundException)
        {
            throw new BadInputException("the library of SQLite, libe_sqlite3.so, cannot be loaded: it belongs beside the program toka; copy both.");
        }
    }
}
