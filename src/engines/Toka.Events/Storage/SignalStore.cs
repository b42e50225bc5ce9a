using Toka.Core.Searching;
using Toka.Events.Signals;

namespace Toka.Events.Storage;

/// <summary>A signal's tables and sealed files. Thread-safe.</summary>
/// <typeparam name="TRecord">A span or a log record.</typeparam>
/// <param name="shape">What is particular to the signal.</param>
internal sealed class SignalStore<TRecord>(SignalShape<TRecord> shape)
    where TRecord : class, ISearchable
{
    private readonly Lock _lock = new();
    private Slice? _current;
    private Slice[] _closed = [];

    /// <summary>What is particular to the signal.</summary>
    public SignalShape<TRecord> Shape => shape;

    /// <summary>The table that rows go to; null before the first.</summary>
    public Slice? Current => Volatile.Read(ref _current);

    /// <summary>Tables that wait to be sealed, the oldest first.</summary>
    public IReadOnlyList<Slice> Closed => Volatile.Read(ref _closed);

    /// <summary>Takes over the tables that the database has.</summary>
    public void Load(IReadOnlyList<Slice> slices)
    {
        lock (_lock)
        {
            _current = slices.Count > 0 ? slices[^1] : null;
            _closed = [.. slices.SkipLast(1)];
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

    /// <summary>What a search looks at; disposed when it has ended.</summary>
    public SignalView View()
    {
        lock (_lock)
        {
            Slice[] slices = _current is null ? _closed : [.. _closed, _current];
            foreach (var slice in slices)
            {
                slice.Use();
            }

            return new SignalView(slices);
        }
    }
}

/// <summary>What a search looks at: it stays as long as the search uses it.</summary>
/// <param name="Slices">The tables.</param>
internal sealed record SignalView(IReadOnlyList<Slice> Slices) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var slice in Slices)
        {
            slice.EndUse();
        }
    }
}
