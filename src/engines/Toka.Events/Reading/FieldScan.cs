using System.Runtime.InteropServices;
using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Events.Duck;
using Toka.Events.Storage;

namespace Toka.Events.Reading;

/// <summary>Answers that take a look at every record within a range: groups, keys and values. Thread-safe.</summary>
/// <typeparam name="TRecord">A span or a log record.</typeparam>
/// <param name="search">Finds the records.</param>
internal sealed class FieldScan<TRecord>(EventSearch<TRecord> search)
    where TRecord : class, ISearchable
{
    // Distinct values of a field that are counted before rare ones are left out: a field of unique numbers has as many as there are spans.
    private const int ValuesMax = 100_000;

    // Rows of a table that are looked at for their keys.
    private const int KeyRowsMax = 10_000;

    private readonly GroupSql<TRecord> _groups = new(search);

    /// <summary>Counts in groups.</summary>
    public ValueTask<EventGroups> AggregateAsync(EventAggregation aggregation, CancellationToken cancellationToken) => _groups.AggregateAsync(aggregation, cancellationToken);

    /// <summary>Keys in use, by scope and key: those of sealed files from their indexes, those of tables from some of their rows.</summary>
    public async ValueTask<IReadOnlyList<FieldKey>> KeysAsync(EventRange range, int limit, CancellationToken cancellationToken)
    {
        var kinds = new Dictionary<Field, AttributeKind>();
        await search.RunAsync((view, connection) =>
        {
            foreach (var slice in view.Slices)
            {
                AddKeys(slice, connection, range, kinds, cancellationToken);
            }

            foreach (var part in view.Parts.Where(part => EventSearch<TRecord>.Overlaps(part, range)))
            {
                AddKeys(part, kinds);
            }

            return true;
        }, cancellationToken);
        return [.. kinds.OrderBy(static pair => pair.Key.FieldKind).ThenBy(static pair => pair.Key.Key, CodePoints.Order).Take(limit).Select(static pair => new FieldKey(pair.Key, pair.Value))];
    }

    private void AddKeys(Slice slice, DuckConnection connection, EventRange range, Dictionary<Field, AttributeKind> kinds, CancellationToken cancellationToken)
    {
        var keys = new List<FieldKey>();
        var step = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"rowid % {Math.Max(1, slice.Rows / KeyRowsMax)} = 0 AND ");
        search.Scan(search.SourceOf(slice), connection, Condition.Always, range, step, record =>
        {
            keys.Clear();
            record.CollectKeys(keys);
            foreach (var key in keys)
            {
                kinds.TryAdd(key.Field, key.Kind);
            }
        }, cancellationToken);
    }

    private static void AddKeys(Part part, Dictionary<Field, AttributeKind> kinds)
    {
        foreach (var column in part.Index.Columns)
        {
            kinds.TryAdd(new Field(FieldKind.OwnAttribute, column.Key), column.Kind);
        }

        foreach (var key in part.Index.RestKeys)
        {
            kinds.TryAdd(key.Field, key.Kind);
        }

        var keys = new List<FieldKey>();
        foreach (var (_, origin) in part.Index.Origins)
        {
            ConditionSql.RecordOf(origin).CollectKeys(keys);
        }

        foreach (var key in keys)
        {
            kinds.TryAdd(key.Field, key.Kind);
        }
    }

    /// <summary>Values of a field, the most frequent first.</summary>
    public async ValueTask<IReadOnlyList<FieldValue>> ValuesAsync(Field field, Condition condition, EventRange range, int limit, CancellationToken cancellationToken)
    {
        if (HasOneValue(field))
        {
            var groups = await _groups.AggregateAsync(new EventAggregation { Condition = condition, Range = range, By = [field], Limit = int.MaxValue }, cancellationToken);
            return [.. groups.Groups.Where(static group => group.By[0].Kind != AttributeKind.None).Take(limit).Select(static group => new FieldValue(group.By[0], group.Count))];
        }

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

    /// <summary>Whether a record has one value of a field at most, and nothing for "it stands with no value", so that values are groups.</summary>
    private static bool HasOneValue(Field field) => field.FieldKind is FieldKind.Service or FieldKind.Name or FieldKind.Status or FieldKind.Kind or FieldKind.Severity
        or FieldKind.StatusMessage or FieldKind.ScopeName or FieldKind.ScopeVersion;
}

/// <summary>Texts by code points.</summary>
internal static class CodePoints
{
    /// <summary>The order.</summary>
    public static IComparer<string> Order { get; } = Comparer<string>.Create(static (x, y) => ConditionEvaluator.CompareTexts(x, y));
}
