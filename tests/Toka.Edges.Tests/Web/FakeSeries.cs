using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Web.Prometheus;

namespace Toka.Edges.Tests.Web;

/// <summary>A small index of label sets, without samples.</summary>
internal sealed class FakeSeries(params LabelSet[] series) : ISeriesReader
{
    public List<MetricMetadata> Families { get; } = [];

    public List<SelectRequest> Requests { get; } = [];

    public ValueTask<SeriesSet> SelectAsync(SelectRequest request, CancellationToken cancellationToken) => new(new Found(Match(request)));

    public ValueTask<IReadOnlyList<string>> LabelNamesAsync(SelectRequest request, CancellationToken cancellationToken) =>
        new([.. Match(request).SelectMany(static l => l.ToPairs()).Select(static p => p.Key).Distinct().Order(StringComparer.Ordinal)]);

    public ValueTask<IReadOnlyList<string>> LabelValuesAsync(string name, SelectRequest request, CancellationToken cancellationToken) =>
        new([.. Match(request).Select(l => l[name]).Where(static v => v.Length > 0).Distinct().Order(StringComparer.Ordinal)]);

    public IReadOnlyList<MetricMetadata> Metadata(string? family, int limit)
    {
        var found = Families.Where(f => family is null || f.Family == family);
        return [.. limit > 0 ? found.Take(limit) : found];
    }

    private List<LabelSet> Match(SelectRequest request)
    {
        Requests.Add(request);
        return [.. series.Where(s => request.Matchers.All(m => m.IsMatch(s))).Order()];
    }

    private sealed class Found(List<LabelSet> labels) : SeriesSet
    {
        public override int Count => labels.Count;

        public override LabelSet LabelsOf(int index) => labels[index];

        public override void ReadFloats(int index, FloatColumn into)
        {
        }
    }
}

/// <summary>Knows bare metric names only; everything else is bad input.</summary>
internal sealed class NameSelectors : ISelectorParser
{
    public IReadOnlyList<LabelMatcher> Parse(string selector) => selector.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_')
        ? [new LabelMatcher(LabelSet.MetricName, MatchOperator.Equal, selector)]
        : throw new Core.Errors.BadInputException($"1:1: parse error: \"{selector}\" is not a name");
}
