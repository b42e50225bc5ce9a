using System.Runtime.InteropServices;
using Toka.Core.Attributes;
using Toka.Core.Searching;

namespace Toka.Query.TraceQL.Execution;

/// <summary>Sums up spans by step and values, where a reader cannot. Not thread-safe.</summary>
internal sealed class SpanGroups
{
    private readonly Dictionary<(int Step, string Key), Group> _groups = [];

    /// <summary>Adds a span.</summary>
    /// <param name="step">The step that it began in.</param>
    /// <param name="by">The values that it is grouped by.</param>
    /// <param name="measure">What is measured of it; NaN for nothing.</param>
    public void Add(int step, IReadOnlyList<AttributeValue> by, double measure)
    {
        ref var group = ref CollectionsMarshal.GetValueRefOrAddDefault(_groups, (step, KeyOf(by)), out _);
        (group ??= new Group(step, by)).Add(measure);
    }

    /// <summary>The groups, by step.</summary>
    public IReadOnlyList<EventGroup> ToGroups() => [.. _groups.Values.OrderBy(group => group.Step).Select(group => group.ToGroup())];

    /// <summary>A text that only equal lists of values have.</summary>
    public static string KeyOf(IReadOnlyList<AttributeValue> values) =>
        string.Join('\0', values.Select(value => $"{(int)value.Kind}{value.ToString().Replace("\0", "\0\0", StringComparison.Ordinal)}"));

    private sealed class Group(int step, IReadOnlyList<AttributeValue> by)
    {
        private readonly SortedDictionary<int, long> _buckets = [];
        private long _count;
        private double _sum;
        private double _min = double.NaN;
        private double _max = double.NaN;

        public int Step => step;

        public void Add(double measure)
        {
            _count++;
            if (double.IsNaN(measure))
            {
                return;
            }

            _sum += measure;
            _min = double.IsNaN(_min) ? measure : Math.Min(_min, measure);
            _max = double.IsNaN(_max) ? measure : Math.Max(_max, measure);
            var bucket = EventBuckets.Of(measure);
            _buckets[bucket] = _buckets.GetValueOrDefault(bucket) + 1;
        }

        public EventGroup ToGroup() => new(step, by, _count, _sum, _min, _max, [.. _buckets]);
    }
}
