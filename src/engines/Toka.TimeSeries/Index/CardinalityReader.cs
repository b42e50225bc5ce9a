using System.Text;
using Toka.Core.Series;

namespace Toka.TimeSeries.Index;

/// <summary>Counts the series of the index by what they have in common. Called under the head's lock; walks all pairs once.</summary>
internal static class CardinalityReader
{
    /// <summary>The report.</summary>
    /// <param name="index">The index.</param>
    /// <param name="limit">The most entries of each list.</param>
    public static CardinalityReport Read(SeriesIndex index, int limit)
    {
        var metrics = new LargestCounts<int>(limit);
        var jobs = new LargestCounts<int>(limit);
        var labels = new LargestCounts<int>(limit);
        var pairs = new LargestCounts<int>(limit);
        var bytes = new LargestCounts<int>(limit);
        long pairCount = 0;
        for (var number = 0; number < index.Pairs.Names.Count; number++)
        {
            var name = index.Pairs.Names[number];
            if (name.Pairs.Count == 0)
            {
                continue;
            }

            pairCount += name.Pairs.Count;
            labels.Add(number, name.Pairs.Count);
            var list = name.Utf8.AsSpan().SequenceEqual("__name__"u8) ? metrics : name.Utf8.AsSpan().SequenceEqual("job"u8) ? jobs : pairs;
            var valueBytes = 0L;
            foreach (var pair in name.Pairs)
            {
                list.Add(pair, index.Pairs[pair].Series.Count);
                valueBytes += index.Pairs.ValueOf(pair).Length;
            }

            bytes.Add(number, valueBytes);
        }

        return new CardinalityReport(
            index.Count,
            pairCount,
            metrics.ToList(pair => Encoding.UTF8.GetString(index.Pairs.ValueOf(pair))),
            jobs.ToList(pair => Encoding.UTF8.GetString(index.Pairs.ValueOf(pair))),
            labels.ToList(name => Encoding.UTF8.GetString(index.Pairs.Names[name].Utf8)),
            pairs.ToList(pair => $"{Encoding.UTF8.GetString(index.Pairs.Names[index.Pairs[pair].Name].Utf8)}={Encoding.UTF8.GetString(index.Pairs.ValueOf(pair))}"))
        {
            LabelBytes = bytes.ToList(name => Encoding.UTF8.GetString(index.Pairs.Names[name].Utf8)),
        };
    }

    /// <summary>The largest of many counts, in memory for as many as are wanted.</summary>
    private sealed class LargestCounts<T>(int limit)
    {
        private readonly PriorityQueue<T, long> _kept = new();

        public void Add(T what, long count)
        {
            if (_kept.Count < limit)
            {
                _kept.Enqueue(what, count);
            }
            else if (_kept.TryPeek(out _, out var least) && count > least)
            {
                _kept.EnqueueDequeue(what, count);
            }
        }

        public List<CardinalityCount> ToList(Func<T, string> nameOf) =>
            [.. _kept.UnorderedItems.Select(entry => new CardinalityCount(nameOf(entry.Element), entry.Priority))
                .OrderByDescending(static c => c.Count).ThenBy(static c => c.Name, StringComparer.Ordinal)];
    }
}
