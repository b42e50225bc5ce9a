using Toka.Core.Searching;
using Toka.Events.Signals;

namespace Toka.Events.Storage;

/// <summary>A signal's tables and sealed files. Thread-safe.</summary>
/// <typeparam name="TRecord">A span or a log record.</typeparam>
/// <param name="shape">What is particular to the signal.</param>
/// <param name="directory">The store's directory.</param>
internal sealed class SignalStore<TRecord>(SignalShape<TRecord> shape, string directory)
    where TRecord : class, ISearchable
{
    private readonly Lock _lock = new();
    private Slice? _current;
    private Slice[] _closed = [];
    private Part[] _parts = [];

    /// <summary>What is particular to the signal.</summary>
    public SignalShape<TRecord> Shape => shape;

    /// <summary>Where its sealed files are.</summary>
    public PartFiles Files { get; } = new(Path.Combine(directory, shape.Name));

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
