using Toka.Core.State;

namespace Toka.State.Memory;

/// <summary>
/// <see cref="IStateStore"/> in memory, for tests and for tools that keep nothing: what it holds dies with the process.
/// Thread-safe. It grows with what is written; the writer bounds it by trimming.
/// </summary>
public sealed class InMemoryStateStore : IStateStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, SortedDictionary<string, byte[]>> _collections = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<JournalEntry>> _journals = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public ValueTask PutAsync(string collection, IReadOnlyList<KeyValuePair<string, byte[]?>> documents, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(documents);
        lock (_lock)
        {
            if (!_collections.TryGetValue(collection, out var found))
            {
                _collections[collection] = found = new(StringComparer.Ordinal);
            }

            foreach (var (key, body) in documents)
            {
                if (body is null)
                {
                    found.Remove(key);
                }
                else
                {
                    found[key] = [.. body];
                }
            }
        }

        return default;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<KeyValuePair<string, byte[]>>> ListAsync(string collection, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return new(_collections.TryGetValue(collection, out var found) ? [.. found] : []);
        }
    }

    /// <inheritdoc/>
    public ValueTask AppendAsync(string journal, IReadOnlyList<JournalEntry> entries, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_journals.TryGetValue(journal, out var found))
            {
                _journals[journal] = found = [];
            }

            found.AddRange(entries);
        }

        return default;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JournalEntry>> ReadAsync(string journal, string? subject, long fromMs, int limit, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            // Of one moment the later entry comes first: a stable sort of the reversed list.
            return new(_journals.TryGetValue(journal, out var found)
                ? [.. found.AsEnumerable().Reverse().Where(e => e.AtMs >= fromMs && (subject is null || e.Subject == subject)).OrderByDescending(e => e.AtMs).Take(limit)]
                : []);
        }
    }

    /// <inheritdoc/>
    public ValueTask<int> TrimAsync(string journal, long beforeMs, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return new(_journals.TryGetValue(journal, out var found) ? found.RemoveAll(e => e.AtMs < beforeMs) : 0);
        }
    }
}
