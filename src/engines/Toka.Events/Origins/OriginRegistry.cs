using System.Collections.Concurrent;
using Toka.Core.Spans;

namespace Toka.Events.Origins;

/// <summary>The origins of everything that is stored, by id. Thread-safe.</summary>
internal sealed class OriginRegistry
{
    /// <summary>What stands for an origin that a damaged database lost.</summary>
    public static Origin Lost { get; } = new([], "", "", []);

    private readonly ConcurrentDictionary<ulong, Origin> _byId = new();

    /// <summary>How many there are.</summary>
    public int Count => _byId.Count;

    /// <summary>All of them.</summary>
    public IEnumerable<KeyValuePair<ulong, Origin>> All => _byId;

    /// <summary>The origin of an id, where it is known.</summary>
    public Origin? Find(ulong id) => _byId.GetValueOrDefault(id);

    /// <summary>Makes an origin known.</summary>
    /// <param name="id">The number that rows have.</param>
    /// <param name="origin">The origin.</param>
    /// <returns>Whether it is new.</returns>
    public bool Add(ulong id, Origin origin) => _byId.TryAdd(id, origin);

    /// <summary>Forgets an origin whose rows were not stored or are gone.</summary>
    public void Remove(ulong id) => _byId.TryRemove(id, out _);
}
