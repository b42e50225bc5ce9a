using Toka.Core.Labels;

namespace Toka.Core.Series;

/// <summary>
/// Selected series, ordered by labels. Their samples are decoded only when read, into columns of the caller's. Different
/// indices may be read from different threads at the same time. Disposing lets the store reclaim what the set pins.
/// </summary>
public abstract class SeriesSet : IDisposable
{
    /// <summary>The number of series.</summary>
    public abstract int Count { get; }

    /// <summary>Things the reader should know, such as an answer that is not complete; usually empty.</summary>
    public virtual IReadOnlyList<string> Warnings => [];

    /// <summary>
    /// The coarsest resolution in ms that the floats and summaries of this set come in: summaries stand for the samples of up
    /// to this long. 0 where all are raw samples.
    /// </summary>
    public virtual long ResolutionMs => 0;

    /// <summary>How many blocks of a disk have any of the series; 0 where all are in memory, −1 where the reader does not tell. Default −1.</summary>
    public virtual int BlockCount => -1;

    /// <summary>Things worth knowing that make nothing wrong, such as what <see cref="ResolutionMs"/> is and why; usually empty.</summary>
    public virtual IReadOnlyList<string> Infos => [];

    /// <summary>
    /// The resolution in ms at one time; 0 where raw samples are read. Where it is above 0, a set may begin with samples from
    /// before the range selected: twice the resolution at most.
    /// </summary>
    /// <param name="timeMs">The time, ms since the Unix epoch.</param>
    public virtual long ResolutionAt(long timeMs) => ResolutionMs;

    /// <summary>
    /// Reads a series as summaries, ascending in time; raw samples among them as summaries of one, stale markers of none.
    /// CPU work only.
    /// </summary>
    /// <param name="index">From 0 to <see cref="Count"/> − 1.</param>
    /// <param name="into">Appended to; the caller clears and disposes it.</param>
    public virtual void ReadSummaries(int index, SummaryColumn into)
    {
        ArgumentNullException.ThrowIfNull(into);
        using var samples = new FloatColumn();
        ReadFloats(index, samples);
        for (var i = 0; i < samples.Count; i++)
        {
            into.AddSample(samples.Timestamps[i], samples.Values[i]);
        }
    }

    /// <summary>The labels of a series.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> − 1.</param>
    public abstract LabelSet LabelsOf(int index);

    /// <summary>
    /// Decodes the float samples of a series within the selected time range, ascending in time, each time once, stale
    /// markers included. CPU work only; whatever had to be fetched was fetched by the selection.
    /// </summary>
    /// <param name="index">From 0 to <see cref="Count"/> − 1.</param>
    /// <param name="into">Appended to; the caller clears and disposes it.</param>
    public abstract void ReadFloats(int index, FloatColumn into);

    /// <summary>Whether any series may have native histograms in the selected time range. Default true: readers that know better say so.</summary>
    public virtual bool MayHaveHistograms => true;

    /// <summary>
    /// Decodes the native histograms of a series within the selected time range, ascending in time, each time once, stale
    /// ones included. A reader that keeps none gives none.
    /// </summary>
    /// <param name="index">From 0 to <see cref="Count"/> − 1.</param>
    /// <param name="into">Appended to; the caller clears and disposes it.</param>
    public virtual void ReadHistograms(int index, HistogramColumn into)
    {
    }

    /// <summary>
    /// Decodes the exemplars of a series within the selected time range, ascending in time. A reader that keeps none gives none.
    /// </summary>
    /// <param name="index">From 0 to <see cref="Count"/> − 1.</param>
    /// <param name="into">Appended to; the caller clears and disposes it.</param>
    public virtual void ReadExemplars(int index, ExemplarColumn into)
    {
    }

    /// <summary>
    /// Decodes when the counter of a series began, as a step function over the selected time range: what held at its
    /// beginning is told as a step there. A reader that keeps nothing of it gives nothing.
    /// </summary>
    /// <param name="index">From 0 to <see cref="Count"/> − 1.</param>
    /// <param name="into">Appended to; the caller clears and disposes it.</param>
    public virtual void ReadCreated(int index, CreatedColumn into)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the set pins.</summary>
    /// <param name="disposing">True when called by <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
