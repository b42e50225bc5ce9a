using Toka.Core.Searching;
using Toka.Events.Signals;

namespace Toka.Events.Storage;

/// <summary>A signal's tables and sealed files. Thread-safe.</summary>
/// <typeparam name="TRecord">A span or a log record.</typeparam>
/// <param name="shape">What is particular to the signal.</param>
/// <param name="directory">The store's directory.</param>
internal sealed class SignalStore<TRecord>(SignalShape<TRecord> shape, string directory) : IDisposable
    where TRecord : class, ISearchable
{
    // One table is being sealed while the next one fills; a third one may wait.
    private const int ClosedMax = 2;

    private readonly Lock _lock = new();
    private TaskCompletionSource _room = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isClosing;
    private Slice? _current;
    private Slice[] _closed = [];
    private Part[] _parts = [];

    /// <summary>What is particular to the signal.</summary>
    public SignalShape<TRecord> Shape => shape;

    /// <summary>Where its sealed files are.</summary>
    public PartFiles Files { get; } = new(Path.Combine(directory, shape.Name));

    /// <summary>Sealed files whose index is missing or damaged; they are indexed anew when DuckDB is loaded.</summary>
    public List<(string Path, long Slice)> Unindexed { get; } = [];

    /// <summary>What there is, for a status.</summary>
    public SignalStatus Status => new(
        Closed.Append(Current).Sum(static slice => slice?.Rows ?? 0),
        Parts.Sum(static part => part.Index.Rows),
        Parts.Count,
        Parts.Sum(static part => part.Bytes),
        JournalBytes,
        Parts.Select(static part => part.Index.FromNs).DefaultIfEmpty(0).Min());

    /// <summary>Where the journals of its tables are.</summary>
    public string JournalDirectory { get; } = Path.Combine(directory, shape.Name + "-journal");

    /// <summary>Whether there is neither a sealed file nor a journal.</summary>
    public bool IsEmpty => Parts.Count == 0 && Unindexed.Count == 0 && Current is null && Journals.Journal.List(JournalDirectory).Count == 0;

    /// <summary>Bytes of the journals.</summary>
    public long JournalBytes => Closed.Append(Current).Sum(static slice => slice?.Journal?.Length ?? 0);

    /// <summary>The table that rows go to; null before the database is open.</summary>
    public Slice? Current => Volatile.Read(ref _current);

    /// <summary>Tables that wait to be sealed, the oldest first.</summary>
    public IReadOnlyList<Slice> Closed => Volatile.Read(ref _closed);

    /// <summary>Sealed files, those with the newest rows first.</summary>
    public IReadOnlyList<Part> Parts => Volatile.Read(ref _parts);

    /// <summary>Takes over the tables that the database has. Sealed files of the same tables are not to be seen: the tables are sealed anew.</summary>
    /// <returns>Those files.</returns>
    public IReadOnlyList<Part> Load(IReadOnlyList<Slice> slices)
    {
        lock (_lock)
        {
            _current = slices.Count > 0 ? slices[^1] : null;
            _closed = [.. slices.SkipLast(1)];
            var unfinished = _parts.Where(part => slices.Any(slice => slice.Number == part.Slice)).ToList();
            _parts = [.. _parts.Except(unfinished)];
            return unfinished;
        }
    }

    /// <summary>Adds sealed files.</summary>
    public void Add(IEnumerable<Part> parts)
    {
        lock (_lock)
        {
            _parts = [.. _parts.Concat(parts).OrderByDescending(static part => part.Index.ToNs)];
        }
    }

    /// <summary>Sends rows to a new table from now on.</summary>
    public void Rotate(Slice next)
    {
        lock (_lock)
        {
            _closed = _current is null ? _closed : [.. _closed, _current];
            _current = next;
        }
    }

    /// <summary>Shows sealed files in the place of the table that they were.</summary>
    public void Sealed(Slice slice, IReadOnlyList<Part> parts)
    {
        lock (_lock)
        {
            _closed = [.. _closed.Where(one => one != slice)];
            _parts = [.. _parts.Concat(parts).OrderByDescending(static part => part.Index.ToNs)];
        }

        slice.EndUse();
    }

    /// <summary>A table is gone: there is room for the next one.</summary>
    public void Gone()
    {
        TaskCompletionSource room;
        lock (_lock)
        {
            (room, _room) = (_room, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        room.TrySetResult();
    }

    /// <summary>Waits while too many tables wait for their sealing.</summary>
    public async Task RoomAsync()
    {
        while (true)
        {
            Task room;
            lock (_lock)
            {
                if (_closed.Length < ClosedMax || _isClosing)
                {
                    return;
                }

                room = _room.Task;
            }

            await room;
        }
    }

    /// <summary>Nobody waits for room any more: the store closes.</summary>
    public void Closing()
    {
        lock (_lock)
        {
            _isClosing = true;
        }

        Gone();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var slice in Closed.Append(Current))
        {
            slice?.Journal?.Dispose();
        }

        foreach (var part in Parts)
        {
            part.Close();
        }
    }

    /// <summary>Shows a sealed file no more; false where it is gone already.</summary>
    public bool Remove(Part part)
    {
        lock (_lock)
        {
            if (!_parts.Contains(part))
            {
                return false;
            }

            _parts = [.. _parts.Where(one => one != part)];
        }

        part.EndUse();
        return true;
    }

    /// <summary>What a search looks at; disposed when it has ended.</summary>
    public SignalView View()
    {
        lock (_lock)
        {
            var view = new SignalView(_current is null ? _closed : [.. _closed, _current], _parts);
            foreach (var one in view.Slices)
            {
                one.Use();
            }

            foreach (var one in view.Parts)
            {
                one.Use();
            }

            return view;
        }
    }
}

/// <summary>What a search looks at: it stays as long as the search uses it.</summary>
/// <param name="Slices">The tables.</param>
/// <param name="Parts">The sealed files, those with the newest rows first.</param>
internal sealed record SignalView(IReadOnlyList<Slice> Slices, IReadOnlyList<Part> Parts) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var slice in Slices)
        {
            slice.EndUse();
        }

        foreach (var part in Parts)
        {
            part.EndUse();
        }
    }
}
