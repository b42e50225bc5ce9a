namespace Toka.TimeSeries.Head;

/// <summary>An exemplar of a series in the head.</summary>
/// <param name="Time">Its time, ms.</param>
/// <param name="Value">Its value.</param>
/// <param name="Labels">Its canonical label bytes.</param>
internal readonly record struct SideExemplar(long Time, double Value, byte[] Labels);

/// <summary>What one series has beside floats.</summary>
internal sealed class SideSeries : IDisposable
{
    /// <summary>
    /// The most steps of one counter's begin. A counter that begins more often than each few seconds over the head's hours is
    /// none; what it says beyond is dropped, counted.
    /// </summary>
    public const int CreatedMax = 4096;

    private const int OverheadBytes = 200;
    private const int ExemplarOverheadBytes = 56;

    /// <summary>Native histograms.</summary>
    public SideHistograms Histograms { get; } = new();

    /// <summary>Exemplars, ascending by time and label bytes.</summary>
    public List<SideExemplar> Exemplars { get; } = [];

    /// <summary>The steps of the counter's begin, ascending by time.</summary>
    public List<(long Time, long Created)> Created { get; } = [];

    /// <summary>The bytes of the exemplars.</summary>
    public long ExemplarBytes { get; set; }

    /// <summary>The bytes of all of it, estimated.</summary>
    public long Bytes => OverheadBytes + Histograms.Bytes + ExemplarBytes + (16L * Created.Capacity);

    /// <summary>Whether nothing is left; a counter's begin stays as long as its series, whose removal removes it.</summary>
    public bool IsEmpty => Histograms.IsEmpty && Exemplars.Count == 0 && Created.Count == 0;

    /// <summary>The newest histogram's or exemplar's time.</summary>
    public long NewestMs => Math.Max(Histograms.NewestMs, Exemplars.Count > 0 ? Exemplars[^1].Time : HeadSeries.Never);

    /// <summary>The oldest histogram's or exemplar's time.</summary>
    public long OldestMs => Math.Min(Histograms.OldestMs, Exemplars.Count > 0 ? Exemplars[0].Time : long.MaxValue);

    /// <summary>The bytes of an exemplar.</summary>
    public static long ExemplarBytesOf(int labels) => ExemplarOverheadBytes + labels;

    /// <summary>Finds an exemplar.</summary>
    /// <returns>Whether it is there; else <paramref name="at"/> is where it belongs.</returns>
    public bool FindExemplar(long time, ReadOnlySpan<byte> labels, out int at)
    {
        int low = 0, high = Exemplars.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = Exemplars[middle].Time.CompareTo(time);
            order = order != 0 ? order : Exemplars[middle].Labels.AsSpan().SequenceCompareTo(labels);
            if (order == 0)
            {
                at = middle;
                return true;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        at = low;
        return false;
    }

    /// <summary>Forgets what is older than a moment; see <see cref="SideColumns.DropBefore"/>.</summary>
    public void DropBefore(long floorMs)
    {
        Histograms.DropBefore(floorMs);
        FindExemplar(floorMs, default, out var first);
        for (var i = 0; i < first; i++)
        {
            ExemplarBytes -= ExemplarBytesOf(Exemplars[i].Labels.Length);
        }

        Exemplars.RemoveRange(0, first);
        var steps = 0;
        while (steps + 1 < Created.Count && Created[steps + 1].Time <= floorMs)
        {
            steps++;
        }

        Created.RemoveRange(0, steps);
    }

    /// <inheritdoc/>
    public void Dispose() => Histograms.Dispose();
}
