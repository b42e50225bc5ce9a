using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.TimeSeries.Head;
using Toka.TimeSeries.Index;

namespace Toka.TimeSeries;

/// <summary>The series of one selection; see the remarks of <see cref="MetricStore"/>.</summary>
internal sealed class StoredSeries(MetricStore store, Selection selection, int[]? chosen, long from, long to) : SeriesSet
{
    [ThreadStatic]
    private static SeriesCapture? t_capture;

    /// <inheritdoc/>
    public override int Count => chosen?.Length ?? selection.Ids.Length;

    /// <inheritdoc/>
    public override LabelSet LabelsOf(int index) => selection.Labels[PlaceOf(index)];

    /// <inheritdoc/>
    public override void ReadFloats(int index, FloatColumn into)
    {
        ArgumentNullException.ThrowIfNull(into);
        var place = PlaceOf(index);
        var capture = t_capture ??= new SeriesCapture();
        store.Capture(selection.Ids[place], selection.Incarnations[place], from, to, capture, out var found);
        if (found)
        {
            capture.Decode(from, to, into);
        }
    }

    private int PlaceOf(int index) => chosen is null ? index : chosen[index];
}
