using System.Runtime.InteropServices;
using Toka.Core.Attributes;
using Toka.Core.Searching;

namespace Toka.Events.Reading;

/// <summary>Answers that take a look at every record within a range: groups, keys and values. Thread-safe.</summary>
/// <typeparam name="TRecord">A span or a log record.</typeparam>
/// <param name="search">Finds the records.</param>
internal sealed class FieldScan<TRecord>(EventSearch<TRecord> search)
    where TRecord : class, ISearchable
{
    // Distinct values of a field that are counted before rare ones are left out: a field of unique numbers has as many as there are spans.
    private const int ValuesMax = 100_000;

    /// <summary>Counts in groups.</summary>
    public async ValueTask<EventGroups> AggregateAsync(EventAggregation aggregation, CancellationToken cancellationToken)
    {
        GroupSums.Check(aggregation);
        var sums = new GroupSums(aggregation);
        var cost = await search.ScanAsync(aggregation.Condition, aggregation.Range, sums.Add, cancellationToken);
        return sums.Take(cost);
    }

    /// <summary>Keys in use, by scope and key.</summary>
    public async ValueTask<IReadOnlyList<FieldKey>> KeysAsync(EventRange range, int limit, CancellationToken cancellationToken)
    {
        var kinds = new Dictionary<Field, AttributeKind>();
        var keys = new List<FieldKey>();
        await search.ScanAsync(Condition.Always, range, record =>
        {
            keys.Clear();
            record.CollectKeys(keys);
            foreach (var key in keys)
            {
                kinds.TryAdd(key.Field, key.Kind);
            }
        }, cancellationToken);
        return [.. kinds.OrderBy(static pair => pair.Key.FieldKind).ThenBy(static pair => pair.Key.Key, CodePoints.Order).Take(limit).Select(static pair => new FieldKey(pair.Key, pair.Value))];
    }

    /// <summary>Values of a field, the most frequent first.</summary>
    public async ValueTask<IReadOnlyList<FieldValue>> ValuesAsync(Field field, Condition condition, EventRange range, int limit, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<AttributeValue, long>();
        var values = new List<AttributeValue>();
        await search.ScanAsync(condition, range, record =>
        {
            values.Clear();
            record.CollectValues(field, values);
            foreach (var value in values)
            {
                if (counts.Count < ValuesMax || counts.ContainsKey(value))
                {
                    CollectionsMarshal.GetValueRefOrAddDefault(counts, value, out _)++;
                }
            }
        }, cancellationToken);
        return [.. counts.OrderByDescending(static pair => pair.Value).ThenBy(static pair => pair.Key, ValueOrder.Instance).Take(limit).Select(static pair => new FieldValue(pair.Key, pair.Value))];
    }
}

/// <summary>Texts by code points.</summary>
internal static class CodePoints
{
    /// <summary>The order.</summary>
    public static IComparer<string> Order { get; } = Comparer<string>.Create(static (x, y) => ConditionEvaluator.CompareTexts(x, y));
}
