using System.Runtime.InteropServices;
using Toka.Core.Attributes;
using Toka.Core.Errors;
using Toka.Core.Searching;

namespace Toka.Events.Reading;

/// <summary>The groups of an <see cref="EventAggregation"/> while they are counted. Not thread-safe.</summary>
/// <param name="aggregation">What is counted.</param>
internal sealed class GroupSums(EventAggregation aggregation)
{
    private readonly Dictionary<Key, Sum> _groups = [];

    /// <summary>Refuses what cannot be answered.</summary>
    /// <exception cref="BadInputException">There are too many fields or steps.</exception>
    public static void Check(EventAggregation aggregation)
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

    /// <summary>Counts a record.</summary>
    public void Add(ISearchable record)
    {
        var measure = double.NaN;
        if (aggregation.Measure is { } field)
        {
            measure = ConditionEvaluator.ValueOf(record, field).Number;
            if (double.IsNaN(measure))
            {
                return;
            }
        }

        var by = new AttributeValue[aggregation.By.Count];
        for (var i = 0; i < by.Length; i++)
        {
            by[i] = ConditionEvaluator.ValueOf(record, aggregation.By[i]);
        }

        SumOf(StepOf(record.MomentNs), by).Add(measure, aggregation is { WithBuckets: true, Measure: not null });
    }

    /// <summary>Adds a group that was counted elsewhere.</summary>
    public void Add(int step, AttributeValue[] by, long count, double sum, double min, double max) => SumOf(step, by).Merge(count, sum, min, max);

    /// <summary>Adds a bucket that was counted elsewhere.</summary>
    public void AddBucket(int step, AttributeValue[] by, int bucket, long count) => SumOf(step, by).AddBucket(bucket, count);

    /// <summary>The groups.</summary>
    public EventGroups Take(SearchCost cost)
    {
        var all = _groups.Select(static pair => pair.Value.ToGroup(pair.Key)).OrderBy(static group => group.Step).ThenByDescending(static group => group.Count)
            .ThenBy(static group => group.By, Order.Instance).ToList();
        return new EventGroups(all.Count > aggregation.Limit ? all[..aggregation.Limit] : all, cost with { IsCut = all.Count > aggregation.Limit });
    }

    private Sum SumOf(int step, AttributeValue[] by)
    {
        ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(_groups, new Key(step, by), out _);
        return sum ??= new Sum();
    }

    private int StepOf(long timeNs) => aggregation.StepNs <= 0 ? 0 : (int)(((Int128)timeNs - aggregation.Range.FromNs) / aggregation.StepNs);

    private sealed class Sum
    {
        private readonly SortedDictionary<int, long> _buckets = [];
        private long _count;
        private double _sum;
        private double _min = double.NaN;
        private double _max = double.NaN;

        public void Add(double measure, bool withBuckets)
        {
            if (double.IsNaN(measure))
            {
                _count++;
                return;
            }

            Merge(1, measure, measure, measure);
            if (withBuckets)
            {
                AddBucket(EventBuckets.Of(measure), 1);
            }
        }

        public void Merge(long count, double sum, double min, double max)
        {
            _count += count;
            if (!double.IsNaN(min))
            {
                _sum += sum;
                _min = double.IsNaN(_min) ? min : Math.Min(_min, min);
                _max = double.IsNaN(_max) ? max : Math.Max(_max, max);
            }
        }

        public void AddBucket(int bucket, long count) => _buckets[bucket] = _buckets.GetValueOrDefault(bucket) + count;

        public EventGroup ToGroup(Key key) => new(key.Step, key.By, _count, _sum, _min, _max, [.. _buckets]);
    }

    private readonly struct Key(int step, AttributeValue[] by) : IEquatable<Key>
    {
        public int Step { get; } = step;

        public AttributeValue[] By { get; } = by;

        public bool Equals(Key other) => Step == other.Step && By.AsSpan().SequenceEqual(other.By);

        public override bool Equals(object? obj) => obj is Key other && Equals(other);

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

    private sealed class Order : IComparer<IReadOnlyList<AttributeValue>>
    {
        public static Order Instance { get; } = new();

        public int Compare(IReadOnlyList<AttributeValue>? x, IReadOnlyList<AttributeValue>? y)
        {
            for (var i = 0; i < x!.Count; i++)
            {
                if (ValueOrder.Instance.Compare(x[i], y![i]) is var order && order != 0)
                {
                    return order;
                }
            }

            return 0;
        }
    }
}
