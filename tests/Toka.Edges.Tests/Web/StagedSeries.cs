using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;

namespace Toka.Edges.Tests.Web;

/// <summary>Answers each selection as a test decides; by itself with one series <c>up</c> of one sample.</summary>
/// <param name="stage">Called with the number of the selection, from 0, before it is answered.</param>
internal sealed class StagedSeries(Func<int, CancellationToken, Task> stage) : ISeriesReader
{
    private int _asked = -1;

    public async ValueTask<SeriesSet> SelectAsync(SelectRequest request, CancellationToken cancellationToken)
    {
        await stage(Interlocked.Increment(ref _asked), cancellationToken);
        return new One(request.ToMs);
    }

    public ValueTask<IReadOnlyList<string>> LabelNamesAsync(SelectRequest request, CancellationToken cancellationToken) => new([]);

    public ValueTask<IReadOnlyList<string>> LabelValuesAsync(string name, SelectRequest request, CancellationToken cancellationToken) => new([]);

    public IReadOnlyList<MetricMetadata> Metadata(string? family, int limit) => [];

    private sealed class One(long atMs) : SeriesSet
    {
        public override int Count => 1;

        public override LabelSet LabelsOf(int index) => LabelSet.Of(("__name__", "up"));

        public override void ReadFloats(int index, FloatColumn into) => into.Add(atMs, 1);
    }
}
