namespace Toka.Core.State;

/// <summary>
/// Small durable state: documents (UTF-8 JSON) by collection and key, and append-only journals. On SQLite in a server, in
/// memory in an app. Thread-safe. What a completed task wrote survives the death of the process.
/// </summary>
public interface IStateStore
{
    /// <summary>Writes documents of one collection, all or none.</summary>
    /// <param name="collection">The collection's name, such as <c>alerts</c>.</param>
    /// <param name="documents">Keys with their new bodies; a null body deletes.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask PutAsync(string collection, IReadOnlyList<KeyValuePair<string, byte[]?>> documents, CancellationToken cancellationToken);

    /// <summary>All documents of a collection, ordered by key.</summary>
    /// <param name="collection">The collection's name.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<IReadOnlyList<KeyValuePair<string, byte[]>>> ListAsync(string collection, CancellationToken cancellationToken);

    /// <summary>Appends entries to a journal, such as the history of alerts.</summary>
    /// <param name="journal">The journal's name.</param>
    /// <param name="entries">The entries, in order.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask AppendAsync(string journal, IReadOnlyList<JournalEntry> entries, CancellationToken cancellationToken);

    /// <summary>Reads a journal, newest first.</summary>
    /// <param name="journal">The journal's name.</param>
    /// <param name="subject">Only entries about this subject; null for all.</param>
    /// <param name="fromMs">Not older than this, ms since the Unix epoch.</param>
    /// <param name="limit">At most this many.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<IReadOnlyList<JournalEntry>> ReadAsync(string journal, string? subject, long fromMs, int limit, CancellationToken cancellationToken);

    /// <summary>Drops the entries of a journal which are older than a moment.</summary>
    /// <param name="journal">The journal's name.</param>
    /// <param name="beforeMs">Ms since the Unix epoch.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>How many were dropped.</returns>
    ValueTask<int> TrimAsync(string journal, long beforeMs, CancellationToken cancellationToken);
}

/// <summary>One entry of a journal.</summary>
/// <param name="AtMs">When, ms since the Unix epoch.</param>
/// <param name="Subject">What it is about, such as an alert's key.</param>
/// <param name="Body">UTF-8 JSON.</param>
public sealed record JournalEntry(long AtMs, string Subject, byte[] Body);
