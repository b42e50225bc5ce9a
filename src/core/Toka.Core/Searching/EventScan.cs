using System.Runtime.InteropServices;
using Toka.Core.Attributes;
using Toka.Core.Errors;

namespace Toka.Core.Searching;

/// <summary>
/// Answers by looking at every record of a list: what the rings do, and what a store's answers are compared with. The order of
/// the results depends on the records alone, not on the order in which they came.
/// </summary>
internal static class EventScan
{
    private const int CheckEvery = 1024;

    /// <summary>The records within a range that hold a condition.</summary>
    /// <param name="records">All records.</param>
    /// <param name="condition">What must hold.</param>
    /// <param name="range">When.</param>
    /// <param name="looked">How many were within the range.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public static List<T> Find<T>(T[] records, Condition condition, EventRange range, out int looked, CancellationToken cancellationToken)
        where T : ISearchable
    {
        var found = new List<T>();
        var evaluator = new ConditionEvaluator(condition);
        looked = 0;
        for (var i = 0; i < records.Length; i++)
        {
            if (i % CheckEvery == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            if (!range.Has(records[i].MomentNs))
            {
                continue;
            }

            looked++;
            if (evaluator.Holds(records[i]))
            {
                found.Add(records[i]);
            }
        }

        return found;
    }

    /// <summary>Counts in groups.</summary>
    /// <exception cref="BadInputException">There are too many fields to group by, or too many steps.</exception>
    public static EventGroups Aggregate<T>(T[] records, EventAggregation aggregation, CancellationToken cancellationToken)
        where T : ISearchable
    {
        Check(aggregation);
        var groups = new Dictionary<GroupKey, GroupSum>();
        var found = Find(records, aggregation.Condition, aggregation.Range, out var looked, cancellationToken);
        foreach (var record in found)
        {
            var measure = double.NaN;
            if (aggregation.Measure is { } field)
            {
                measure = ConditionEvaluator.ValueOf(record, field).Number;
                if (double.IsNaN(measure))
                {
                    continue;
                }
            }

            var by = aggregation.By.Select(one => ConditionEvaluator.ValueOf(record, one)).ToArray();
            var key = new GroupKey(StepOf(record.MomentNs, aggregation), by);
            ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(groups, key, out _);
            (sum ??= new GroupSum()).Add(measure, aggregation is { WithBuckets: true, Measure: not null });
        }

        var all = groups.Select(pair => pair.Value.ToGroup(pair.Key)).OrderBy(group => group.Step).ThenByDescending(group => group.Count)
            .ThenBy(group => group.By, ValuesOrder.Instance).ToList();
        return new EventGroups(all.Count > aggregation.Limit ? all[..aggregation.Limit] : all, new SearchCost(looked, 0, 0, all.Count > aggregation.Limit));
    }

    /// <summary>Keys in use, by scope and key.</summary>
    public static IReadOnlyList<FieldKey> Keys<T>(T[] records, EventRange range, int limit, CancellationToken cancellationToken)
        where T : ISearchable
    {
        var kinds = new Dictionary<Field, AttributeKind>();
        var keys = new List<FieldKey>();
        foreach (var record in Find(records, Condition.Always, range, out _, cancellationToken))
        {
            keys.Clear();
            record.CollectKeys(keys);
            foreach (var key in keys)
            {
                kinds.TryAdd(key.Field, key.Kind);
            }
        }

        return [.. kinds.OrderBy(pair => pair.Key.FieldKind).ThenBy(pair => pair.Key.Key, TextOrder.Instance).Take(limit).Select(pair => new FieldKey(pair.Key, pair.Value))];
    }

    /// <summary>Values of a field, the most frequent first.</summary>
    public static IReadOnlyList<FieldValue> Values<T>(T[] records, Field field, Condition condition, EventRange range, int limit, CancellationToken cancellationToken)
        where T : ISearchable
    {
        var counts = new Dictionary<AttributeValue, long>();
        var values = new List<AttributeValue>();
        foreach (var record in Find(records, condition, range, out _, cancellationToken))
        {
            values.Clear();
            record.CollectValues(field, values);
            foreach (var value in values)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(counts, value, out _)++;
            }
        }

        return [.. counts.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, ValueOrder.Instance).Take(limit).Select(pair => new FieldValue(pair.Key, pair.Value))];
    }

    private static void Check(EventAggregation aggregation)
    {
        if (aggregation.By.Count > EventAggregation.GroupsMax)
        {
            throw new BadInputException($"{aggregation.By.Count} fields to group by; at most {EventAggregation.GroupsMax} are possible");
        }

        if (aggregation.StepNs > 0 && ((Int128)aggregation.Range.ToNs - aggregation.Range.FromNs) / aggregation.StepNs >= int.MaxValue)
        {
            throw new BadInputException("the range has too many steps; take a longer step or a shorter range");
        }
    }

    private static int StepOf(long timeNs, EventAggregation aggregation) =>
        aggregation.StepNs <= 0 ? 0 : (int)(((Int128)timeNs - aggregation.Range.FromNs) / aggregation.StepNs);

    private sealed class GroupSum
    {
        private readonly SortedDictionary<int, long> _buckets = [];
        private long _count;
        private double _sum;
        private double _min = double.NaN;
        private double _max = double.NaN;

        public void Add(double measure, bool withBuckets)
        {
            _count++;
            if (double.IsNaN(measure))
            {
                return;
            }

            _sum += measure;
            _min = double.IsNaN(_min) ? measure : Math.Min(_min, measure);
            _max = double.IsNaN(_max) ? measure : Math.Max(_max, measure);
            if (withBuckets)
            {
                var bucket = EventBuckets.Of(measure);
                _buckets[bucket] = _buckets.GetValueOrDefault(bucket) + 1;
            }
        }

        public EventGroup ToGroup(GroupKey key) => new(key.Step, key.By, _count, _sum, _min, _max, [.. _buckets]);
    }

    private readonly struct GroupKey(int step, AttributeValue[] by) : IEquatable<GroupKey>
    {
        public int Step { get; } = step;

        public AttributeValue[] By { get; } = by;

        public bool Equals(GroupKey other) => Step == other.Step && By.AsSpan().SequenceEqual(other.By);

        public override bool Equals(object? obj) => obj is GroupKey other && Equals(other);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            hash.Add(Step);
            foreach (var value in By)
            {
                hash.Add(value);
            }

            return hash.ToHashCode();
        }
    }
}
