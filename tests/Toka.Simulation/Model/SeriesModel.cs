using Toka.Core.Labels;

namespace Toka.Simulation.Model;

/// <summary>A series and what was sent of it, by time.</summary>
internal sealed class SeriesModel(LabelSet labels)
{
    public LabelSet Labels { get; } = labels;

    public SortedList<long, Fact> Facts { get; } = [];

    /// <summary>The newest time that was acknowledged; for generators.</summary>
    public long Newest { get; set; }

    public Fact At(long time)
    {
        if (!Facts.TryGetValue(time, out var fact))
        {
            Facts.Add(time, fact = new Fact());
        }

        return fact;
    }

    /// <summary>The index of the first fact at or after a time.</summary>
    public int From(long time)
    {
        var (low, high) = (0, Facts.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Facts.Keys[middle] < time)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
