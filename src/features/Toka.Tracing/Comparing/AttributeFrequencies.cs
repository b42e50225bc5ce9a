using Toka.Analysis.Statistics;
using Toka.Core.Attributes;
using Toka.Tracing.Trees;

namespace Toka.Tracing.Comparing;

/// <summary>Which attributes traces of two sets have more or less often.</summary>
internal static class AttributeFrequencies
{
    /// <summary>Values of one key of one service that are counted: keys of more, such as ids, tell nothing about sets.</summary>
    private const int ValuesMax = 200;

    /// <summary>Keys that are counted.</summary>
    private const int KeysMax = 2000;

    /// <summary>The longest value that is counted, characters: longer ones are texts for people.</summary>
    private const int ValueCharsMax = 200;

    /// <summary>Different attributes of one trace that are counted: some 10 MB; its first spans have them.</summary>
    private const int PerTraceMax = 50_000;

    /// <summary>The fewest traces of both sets together that have a value, to ask the question at all.</summary>
    private const int TracesMin = 3;

    public static (List<ComparedAttribute> Attributes, int Tested, int KeysLeftOut) Compare(IReadOnlyList<TraceTree> first, IReadOnlyList<TraceTree> second, int max)
    {
        var keys = new Dictionary<(string Service, string Key), Dictionary<string, (int First, int Second)>>();
        var leftOut = new HashSet<(string Service, string Key)>();
        Count(first, keys, leftOut, isFirst: true);
        Count(second, keys, leftOut, isFirst: false);

        var tested = new List<ComparedAttribute>();
        foreach (var ((service, key), values) in keys)
        {
            foreach (var (value, (one, other)) in values)
            {
                if (one + other >= TracesMin && !(one == first.Count && other == second.Count))
                {
                    var table = new ContingencyTable(one, first.Count - one, other, second.Count - other);
                    tested.Add(new ComparedAttribute(service, key, value, one, other, table.LogOddsRatio, new Significance(table.FisherExact(), 1, Certainty.NotShown)));
                }
            }
        }

        var adjusted = BenjaminiHochberg.Adjust([.. tested.Select(static attribute => attribute.Significance.P)]);
        var sure = tested
            .Select((attribute, i) => attribute with { Significance = new Significance(attribute.Significance.P, adjusted[i], Certainties.Of(adjusted[i])) })
            .Where(static attribute => attribute.Significance.Certainty != Certainty.NotShown)
            .OrderBy(static attribute => attribute.Significance.P)
            .ThenByDescending(static attribute => Math.Abs(attribute.LogOdds.Value))
            .ThenBy(static attribute => $"{attribute.Service}\0{attribute.Key}\0{attribute.Value}", StringComparer.Ordinal)
            .Take(max);
        return ([.. sure], tested.Count, leftOut.Count);
    }

    private static void Count(
        IReadOnlyList<TraceTree> trees, Dictionary<(string Service, string Key), Dictionary<string, (int First, int Second)>> keys, HashSet<(string Service, string Key)> leftOut, bool isFirst)
    {
        var seen = new HashSet<(string Service, string Key, string Value)>();
        foreach (var tree in trees)
        {
            seen.Clear();
            foreach (var span in tree.Spans)
            {
                if (seen.Count >= PerTraceMax)
                {
                    break;
                }

                Collect(span.Origin.Service, "", span.Attributes.Span, seen);
                Collect(span.Origin.Service, "resource.", span.Origin.Resource, seen);
            }

            foreach (var (service, key, value) in seen)
            {
                Add(keys, leftOut, (service, key), value, isFirst);
            }
        }
    }

    private static void Add(
        Dictionary<(string Service, string Key), Dictionary<string, (int First, int Second)>> keys, HashSet<(string Service, string Key)> leftOut, (string Service, string Key) key, string value, bool isFirst)
    {
        if (leftOut.Contains(key))
        {
            return;
        }

        if (!keys.TryGetValue(key, out var values))
        {
            if (keys.Count >= KeysMax)
            {
                leftOut.Add(key);
                return;
            }

            keys[key] = values = new Dictionary<string, (int First, int Second)>(StringComparer.Ordinal);
        }

        if (!values.TryGetValue(value, out var counts) && values.Count >= ValuesMax)
        {
            keys.Remove(key);
            leftOut.Add(key);
            return;
        }

        values[value] = isFirst ? (counts.First + 1, counts.Second) : (counts.First, counts.Second + 1);
    }

    private static void Collect(string service, string prefix, ReadOnlySpan<byte> json, HashSet<(string Service, string Key, string Value)> seen)
    {
        foreach (var (key, value) in AttributeJson.Read(json))
        {
            var text = value.ToString();
            if (text.Length <= ValueCharsMax)
            {
                seen.Add((service, prefix + key, text));
            }
        }
    }
}
