using System.Runtime.InteropServices;
using System.Text;
using Toka.Core.Searching;
using Toka.Core.Spans;

namespace Toka.Events.Indexes;

/// <summary>Gathers the index of a sealed file while its rows go by. Not thread-safe.</summary>
/// <param name="columns">The attributes that have columns.</param>
internal sealed class PartIndexBuilder(IReadOnlyList<AttributeColumn> columns)
{
    /// <summary>Rows of a granule: enough that a row group squeezes well, few enough that reading one is cheap.</summary>
    public const int GranuleRows = 4096;

    /// <summary>Keys without a column that are named; with more, every key may be in the JSON.</summary>
    public const int RestKeysMax = 1_000;

    private readonly HashSet<ulong> _tokens = [];
    private readonly Dictionary<string, int> _serviceIds = [];
    private readonly Dictionary<int, GranuleService> _services = [];
    private readonly List<ulong> _traces = [];
    private readonly Dictionary<string, FieldKey> _keys = [];
    private UInt128 _lastTrace;
    private int _rows;
    private long _fromNs = long.MaxValue;
    private long _toNs = long.MinValue;

    /// <summary>The attributes that have columns.</summary>
    public IReadOnlyList<AttributeColumn> Columns => columns;

    /// <summary>Granules that are full, and the last one.</summary>
    public List<Granule> Granules { get; } = [];

    /// <summary>The filter of each granule.</summary>
    public List<byte[]> Filters { get; } = [];

    /// <summary>Names of services by their numbers.</summary>
    public List<string> Services { get; } = [];

    /// <summary>The origins of the rows.</summary>
    public Dictionary<ulong, Origin> Origins { get; } = [];

    /// <summary>Keys of attributes that are in the JSON; those of events and links too.</summary>
    public IReadOnlyCollection<FieldKey> RestKeys => _keys.Values;

    /// <summary>Whether there are more keys than are named.</summary>
    public bool HasMoreRestKeys { get; private set; }

    /// <summary>The number of the granule that the next row goes to.</summary>
    public int Granule => Granules.Count;

    /// <summary>Fingerprints of traces and their granules: the first in the high 32 bits; sorted once all rows went by.</summary>
    public List<ulong> Traces => _traces;

    /// <summary>A row goes by.</summary>
    /// <param name="trace">Its trace, as DuckDB holds it.</param>
    /// <param name="timeNs">Its time.</param>
    /// <param name="origin">Where it comes from.</param>
    /// <param name="originId">The number of that.</param>
    /// <param name="isError">Whether it failed.</param>
    /// <param name="durationNs">How long it took.</param>
    public void AddRow(UInt128 trace, long timeNs, Origin origin, ulong originId, bool isError, long durationNs)
    {
        if (_rows == GranuleRows)
        {
            EndGranule();
        }

        if (_rows == 0 || trace != _lastTrace)
        {
            _traces.Add(((ulong)Tokens.FingerprintOf(trace) << 32) | (uint)Granule);
            _lastTrace = trace;
        }

        Origins.TryAdd(originId, origin);
        _tokens.Add(Tokens.OfOrigin(originId));

        var service = ServiceOf(origin.Service);
        var before = _services.GetValueOrDefault(service, new GranuleService(service, 0, 0, long.MinValue));
        _services[service] = new GranuleService(service, before.Rows + 1, before.Errors + (isError ? 1 : 0), Math.Max(before.MaxDurationNs, durationNs));
        _fromNs = Math.Min(_fromNs, timeNs);
        _toNs = Math.Max(_toNs, timeNs);
        _rows++;
    }

    /// <summary>The row that went by last has this.</summary>
    public void AddToken(ulong token) => _tokens.Add(token);

    /// <summary>The row that went by last has an attribute in its JSON.</summary>
    public void AddRestKey(FieldKind scope, string key, Core.Attributes.AttributeKind kind)
    {
        ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_keys, $"{(int)scope} {key}", out var isKnown);
        if (!isKnown)
        {
            known = new FieldKey(new Field(scope, key), kind);
            if (_keys.Count > RestKeysMax)
            {
                HasMoreRestKeys = true;
                _keys.Remove($"{(int)scope} {key}");
            }
        }
    }

    /// <summary>All rows went by.</summary>
    public void Complete()
    {
        if (_rows > 0)
        {
            EndGranule();
        }

        var span = CollectionsMarshal.AsSpan(_traces);
        span.Sort();
        var kept = 0;
        for (var i = 0; i < span.Length; i++)
        {
            if (i == 0 || span[i] != span[kept - 1])
            {
                span[kept++] = span[i];
            }
        }

        CollectionsMarshal.SetCount(_traces, kept);
    }

    private int ServiceOf(string service)
    {
        if (!_serviceIds.TryGetValue(service, out var id))
        {
            id = Services.Count;
            _serviceIds.Add(service, id);
            Services.Add(service);
        }

        return id;
    }

    private void EndGranule()
    {
        var filter = new byte[Bloom.SizeOf(_tokens.Count)];
        foreach (var token in _tokens)
        {
            Bloom.Add(filter, token);
        }

        Filters.Add(filter);
        Granules.Add(new Granule(_rows, _fromNs, _toNs, [.. _services.Values.OrderBy(static one => one.Service)]));
        _tokens.Clear();
        _services.Clear();
        (_rows, _fromNs, _toNs) = (0, long.MaxValue, long.MinValue);
    }
}
