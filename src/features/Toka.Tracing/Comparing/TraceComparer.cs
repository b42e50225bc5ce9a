using Toka.Core.Attributes;
using Toka.Core.Spans;
using Toka.Tracing.CriticalPath;
using Toka.Tracing.Trees;

namespace Toka.Tracing.Comparing;

/// <summary>
/// Compares two traces. Their spans are at the same place where the path of services and operations from the root is the same; spans
/// beside each other with the same path are one place, with as many spans as there are on either side.
/// </summary>
public static class TraceComparer
{
    /// <summary>Attributes that are told of one place.</summary>
    public const int AttributesMax = 20;

    /// <summary>Pairs of spans of one place whose attributes are compared: a loop of thousands says no more than its first ones.</summary>
    private const int PairsMax = 50;

    /// <summary>Compares two traces.</summary>
    /// <param name="first">What the second is compared with.</param>
    /// <param name="second">The other.</param>
    public static TraceDifference Compare(TraceTree first, TraceTree second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        var places = new List<Place>();
        var found = new Dictionary<(int Parent, string Service, string Name), int>();
        Assign(first, places, found, isFirst: true);
        Assign(second, places, found, isFirst: false);

        var order = DepthFirst(places);
        var numbers = new int[places.Count];
        for (var i = 0; i < order.Length; i++)
        {
            numbers[order[i]] = i;
        }

        var firstPath = CriticalPaths.TimeBySpan(first, CriticalPaths.Of(first));
        var secondPath = CriticalPaths.TimeBySpan(second, CriticalPaths.Of(second));
        var compared = new ComparedPlace[places.Count];
        for (var i = 0; i < order.Length; i++)
        {
            var place = places[order[i]];
            var parent = place.Parent < 0 ? -1 : numbers[place.Parent];
            compared[i] = new ComparedPlace(
                place.Service, place.Name, parent, parent < 0 ? 0 : compared[parent].Depth + 1,
                SideOf(first, place.First, firstPath), SideOf(second, place.Second, secondPath), AttributesOf(first, second, place));
        }

        return new TraceDifference(DurationOf(first), DurationOf(second), compared, Ordered(compared, static place => place.CriticalDeltaNs), Ordered(compared, static place => place.SelfDeltaNs));
    }

    private static long DurationOf(TraceTree tree) => tree.Count == 0 ? 0 : tree.Spans[tree.Root].DurationNs;

    private static int[] Ordered(ComparedPlace[] places, Func<ComparedPlace, long> delta) =>
        [.. Enumerable.Range(0, places.Length).Where(i => delta(places[i]) != 0).OrderByDescending(i => Math.Abs(delta(places[i])))];

    private static void Assign(TraceTree tree, List<Place> places, Dictionary<(int Parent, string Service, string Name), int> found, bool isFirst)
    {
        var placeOf = new int[tree.Count];
        for (var i = 0; i < tree.Count; i++)
        {
            var span = tree.Spans[i];
            var parent = tree.Parents[i] < 0 ? -1 : placeOf[tree.Parents[i]];
            var key = (parent, span.Origin.Service, span.Name);
            if (!found.TryGetValue(key, out var place))
            {
                found[key] = place = places.Count;
                places.Add(new Place(span.Origin.Service, span.Name, parent));
            }

            placeOf[i] = place;
            (isFirst ? places[place].First : places[place].Second).Add(i);
        }
    }

    /// <summary>Parents come before their children in the list; so children are put behind them from the last on.</summary>
    private static int[] DepthFirst(List<Place> places)
    {
        var next = new int[places.Count];
        var firstChild = new int[places.Count];
        Array.Fill(firstChild, -1);
        var firstRoot = -1;
        for (var i = places.Count - 1; i >= 0; i--)
        {
            ref var head = ref firstRoot;
            if (places[i].Parent >= 0)
            {
                head = ref firstChild[places[i].Parent];
            }

            next[i] = head;
            head = i;
        }

        var order = new int[places.Count];
        var count = 0;
        var open = new Stack<int>([firstRoot]);
        while (open.TryPop(out var place))
        {
            if (place >= 0)
            {
                order[count++] = place;
                open.Push(next[place]);
                open.Push(firstChild[place]);
            }
        }

        return order;
    }

    private static PlaceSide SideOf(TraceTree tree, List<int> spans, long[] path)
    {
        long duration = 0, self = 0, critical = 0;
        var errors = 0;
        foreach (var span in spans)
        {
            duration += tree.Spans[span].DurationNs;
            self += tree.SelfNs[span];
            critical += path[span];
            errors += tree.Spans[span].Status == SpanStatus.Error ? 1 : 0;
        }

        return new PlaceSide(spans, duration, self, critical, errors);
    }

    private static List<AttributeDifference> AttributesOf(TraceTree first, TraceTree second, Place place)
    {
        var all = new List<AttributeDifference>();
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        var pairs = Math.Min(PairsMax, Math.Min(place.First.Count, place.Second.Count));
        for (var i = 0; i < pairs; i++)
        {
            var (left, right) = (first.Spans[place.First[i]], second.Spans[place.Second[i]]);
            Collect("", left.Attributes.Span, right.Attributes.Span, all, numbers);
            if (!left.Origin.Equals(right.Origin))
            {
                Collect("resource.", left.Origin.Resource, right.Origin.Resource, all, numbers);
            }
        }

        return all;
    }

    private static void Collect(string prefix, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, List<AttributeDifference> all, Dictionary<string, int> numbers)
    {
        if (left.SequenceEqual(right))
        {
            return;
        }

        var lefts = ValuesOf(left);
        var rights = ValuesOf(right);
        foreach (var key in lefts.Keys.Union(rights.Keys).Order(StringComparer.Ordinal))
        {
            var (one, other) = (lefts.GetValueOrDefault(key), rights.GetValueOrDefault(key));
            if (one == other)
            {
                continue;
            }

            if (numbers.TryGetValue(prefix + key, out var number))
            {
                all[number] = all[number] with { Spans = all[number].Spans + 1 };
            }
            else if (all.Count < AttributesMax)
            {
                numbers[prefix + key] = all.Count;
                all.Add(new AttributeDifference(prefix + key, one, other, 1));
            }
        }
    }

    private static Dictionary<string, string> ValuesOf(ReadOnlySpan<byte> json)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in AttributeJson.Read(json))
        {
            values[key] = value.ToString();
        }

        return values;
    }

    private sealed record Place(string Service, string Name, int Parent)
    {
        public List<int> First { get; } = [];

        public List<int> Second { get; } = [];
    }
}
