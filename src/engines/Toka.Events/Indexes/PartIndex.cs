using System.Runtime.InteropServices;
using Toka.Core.Searching;
using Toka.Core.Spans;

namespace Toka.Events.Indexes;

/// <summary>What an index says of a sealed file; its filters and fingerprints are read where they are in the file. Immutable.</summary>
/// <param name="PartBytes">The length of the file that it is of.</param>
/// <param name="Columns">The attributes that have columns.</param>
/// <param name="RestKeys">Keys in the JSON of attributes, events and links.</param>
/// <param name="HasMoreRestKeys">Whether there are more of them than are named.</param>
/// <param name="Services">Names of services by their numbers.</param>
/// <param name="Origins">The origins of the rows.</param>
/// <param name="Granules">The row groups.</param>
/// <param name="Filters">Where the filter of each granule is.</param>
/// <param name="TracesAt">Where the fingerprints are.</param>
/// <param name="Traces">How many fingerprints there are.</param>
internal sealed record PartIndex(
    long PartBytes,
    IReadOnlyList<AttributeColumn> Columns,
    IReadOnlyList<FieldKey> RestKeys,
    bool HasMoreRestKeys,
    IReadOnlyList<string> Services,
    IReadOnlyList<KeyValuePair<ulong, Origin>> Origins,
    IReadOnlyList<Granule> Granules,
    IReadOnlyList<(int At, int Length)> Filters,
    int TracesAt,
    int Traces)
{
    private readonly HashSet<Field> _rest = [.. RestKeys.Select(static key => key.Field)];
    private readonly Dictionary<string, AttributeColumn> _byKey = Columns.ToDictionary(static column => column.Key);

    /// <summary>Rows of the file.</summary>
    public long Rows { get; } = Granules.Sum(static granule => (long)granule.Rows);

    /// <summary>The earliest time in it.</summary>
    public long FromNs { get; } = Granules.Count == 0 ? long.MaxValue : Granules.Min(static granule => granule.FromNs);

    /// <summary>The latest time in it.</summary>
    public long ToNs { get; } = Granules.Count == 0 ? long.MinValue : Granules.Max(static granule => granule.ToNs);

    /// <summary>The column of an attribute; null where it has none.</summary>
    public AttributeColumn? ColumnOf(string key) => _byKey.GetValueOrDefault(key);

    /// <summary>Whether an attribute may be in the JSON of attributes, events or links.</summary>
    public bool MayBeIn(FieldKind scope, string key) => HasMoreRestKeys || _rest.Contains(new Field(scope, key));

    /// <summary>Adds the granules that may have a trace.</summary>
    /// <param name="bytes">The index's file.</param>
    /// <param name="fingerprint">The trace's fingerprint.</param>
    /// <param name="granules">Gets their numbers.</param>
    public void FindTrace(ReadOnlySpan<byte> bytes, uint fingerprint, ISet<int> granules)
    {
        var all = MemoryMarshal.Cast<byte, ulong>(bytes.Slice(TracesAt, Traces * sizeof(ulong)));
        var (low, high) = (0, all.Length);
        while (low < high)
        {
            var middle = (int)(((uint)low + (uint)high) / 2);
            if ((uint)(all[middle] >> 32) < fingerprint)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        for (; low < all.Length && (uint)(all[low] >> 32) == fingerprint; low++)
        {
            granules.Add((int)(uint)all[low]);
        }
    }
}
