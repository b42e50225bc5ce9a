using Microsoft.Data.Sqlite;
using Toka.Core.Errors;

namespace Toka.State.Sqlite;

/// <summary>The state file cannot be read or written; the message names the file, the reason and what to do.</summary>
public sealed class StateStoreException : BadInputException
{
    private const int Busy = 5;
    private const int ReadOnly = 8;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int NotADatabase = 26;

    internal StateStoreException(string path, SqliteException cause)
        : base($"{path}: {Explain(cause)}") => Path = path;

    /// <summary>The file.</summary>
    public string Path { get; }

    private static string Explain(SqliteException e) => e.SqliteErrorCode switch
    {
        Busy => "the state file is locked by another process; stop the other toka, or name another data folder",
        ReadOnly => "the state file cannot be written; check its owner and permissions",
        Corrupt or NotADatabase => "the state file is damaged; move it away to begin anew, or put back a copy (metrics are kept elsewhere and are not touched)",
        Full => "the disk is full; free some space",
        CannotOpen => "the state file cannot be opened; check that its folder exists and its permissions",
        _ => $"the state file cannot be used: {e.Message}",
    };
}
