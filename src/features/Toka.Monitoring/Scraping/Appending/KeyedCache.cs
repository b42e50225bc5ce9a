using System.IO.Hashing;

namespace Toka.Monitoring.Scraping.Appending;

/// <summary>Something of a target's body that comes again with every scrape, found by the bytes that stand for it there.</summary>
/// <typeparam name="T">The type itself.</typeparam>
/// <param name="key">The bytes.</param>
/// <param name="kind">What they stand for, where the same bytes may stand for several things.</param>
/// <param name="hash">The hash of both.</param>
internal abstract class KeyedEntry<T>(byte[] key, int kind, ulong hash)
    where T : KeyedEntry<T>
{
    public byte[] Key { get; } = key;

    public int Kind { get; } = kind;

    public ulong Hash { get; } = hash;

    /// <summary>The entry that came after this one the last time: targets mostly send the same in the same order.</summary>
    public T? Following { get; set; }

    /// <summary>The number of the body that it was last in; 0 before the first.</summary>
    public int SeenIn { get; set; }

    /// <summary>Whether the cache no longer has it, though another entry may still point here.</summary>
    public bool IsRemoved { get; set; }
}

/// <summary>
/// Entries by their bytes. A body in the order of the one before costs one comparison of bytes an entry, without a hash.
/// Not thread-safe.
/// </summary>
/// <typeparam name="T">The entries.</typeparam>
internal sealed class KeyedCache<T>
    where T : KeyedEntry<T>
{
    private readonly List<T> _entries = [];
    private T?[] _table = new T?[16];
    private T? _first;
    private T? _last;

    /// <summary>All entries.</summary>
    public IReadOnlyList<T> Entries => _entries;

    /// <summary>The entry that was found or added last; null at the beginning of a body.</summary>
    public T? Last => _last;

    /// <summary>The same as <see cref="Entries"/> for loops that must not allocate.</summary>
    public List<T>.Enumerator GetEnumerator() => _entries.GetEnumerator();

    /// <summary>Begins a new body.</summary>
    public void Rewind() => _last = null;

    /// <summary>Finds the entry of some bytes and takes note of where in the order they come.</summary>
    /// <param name="key">The bytes.</param>
    /// <param name="kind">What they stand for.</param>
    /// <returns>Null where there is none; then <see cref="Add"/> may follow.</returns>
    public T? Find(ReadOnlySpan<byte> key, int kind)
    {
        var guess = _last is null ? _first : _last.Following;
        if (guess is { IsRemoved: false } && guess.Kind == kind && key.SequenceEqual(guess.Key))
        {
            _last = guess;
            return guess;
        }

        var found = Look(key, kind);
        if (found is not null)
        {
            Follow(found);
        }

        return found;
    }

    /// <summary>Finds the entry of some bytes wherever they stand.</summary>
    /// <param name="key">The bytes.</param>
    /// <param name="kind">What they stand for.</param>
    public T? Look(ReadOnlySpan<byte> key, int kind)
    {
        var hash = HashOf(key, kind);
        for (var at = (int)hash & (_table.Length - 1); _table[at] is { } entry; at = (at + 1) & (_table.Length - 1))
        {
            if (entry.Hash == hash && entry.Kind == kind && key.SequenceEqual(entry.Key))
            {
                return entry;
            }
        }

        return null;
    }

    /// <summary>The hash of bytes that stand for something.</summary>
    public static ulong HashOf(ReadOnlySpan<byte> key, int kind) => XxHash3.HashToUInt64(key, kind);

    /// <summary>Adds an entry whose bytes have none.</summary>
    public void Add(T entry)
    {
        _entries.Add(entry);
        if (_entries.Count * 3 > _table.Length * 2)
        {
            Rebuild();
        }
        else
        {
            Put(entry);
        }

        Follow(entry);
    }

    /// <summary>Removes what a test does not want to keep.</summary>
    /// <param name="isKept">Whether an entry stays.</param>
    public void Remove(Func<T, bool> isKept)
    {
        if (_entries.RemoveAll(entry => entry.IsRemoved = !isKept(entry)) > 0)
        {
            Tidy();
        }
    }

    /// <summary>Removes what was added after the cache had some number of entries.</summary>
    /// <param name="count">How many entries stay.</param>
    public void CutTo(int count)
    {
        if (count == _entries.Count)
        {
            return;
        }

        for (var i = count; i < _entries.Count; i++)
        {
            _entries[i].IsRemoved = true;
        }

        _entries.RemoveRange(count, _entries.Count - count);
        Tidy();
    }

    private void Tidy()
    {
        foreach (var entry in _entries)
        {
            entry.Following = entry.Following is { IsRemoved: true } ? null : entry.Following;
        }

        _first = _first is { IsRemoved: true } ? null : _first;
        _last = null;
        Rebuild();
    }

    private void Follow(T entry)
    {
        if (_last is null)
        {
            _first = entry;
        }
        else
        {
            _last.Following = entry;
        }

        _last = entry;
    }

    private void Rebuild()
    {
        var length = 16;
        while (length < _entries.Count * 2)
        {
            length *= 2;
        }

        _table = new T?[length];
        foreach (var entry in _entries)
        {
            Put(entry);
        }
    }

    private void Put(T entry)
    {
        var at = (int)entry.Hash & (_table.Length - 1);
        while (_table[at] is not null)
        {
            at = (at + 1) & (_table.Length - 1);
        }

        _table[at] = entry;
    }
}
