using Toka.Core.Labels;

namespace Toka.TimeSeries.Blocks;

/// <summary>The order of label sets (<see cref="LabelSet.CompareTo"/>) told from their canonical bytes.</summary>
internal static class LabelOrder
{
    /// <summary>Below, at or above 0 as the first comes before, equals or comes after the second.</summary>
    public static int Compare(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        var a = LabelSet.Enumerate(first);
        var b = LabelSet.Enumerate(second);
        while (true)
        {
            var hasA = a.MoveNext();
            var hasB = b.MoveNext();
            if (!hasA || !hasB)
            {
                return hasA.CompareTo(hasB);
            }

            var order = a.Current.Name.SequenceCompareTo(b.Current.Name);
            order = order != 0 ? order : a.Current.Value.SequenceCompareTo(b.Current.Value);
            if (order != 0)
            {
                return order;
            }
        }
    }
}
