using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.TimeSeries.Tiers;

namespace Toka.Engines.Tests.TimeSeries.Tiers;

/// <summary>One series, read raw (resolution 0), or as the summaries of its days.</summary>
internal sealed class TierReader(long resolutionMs, long[] times, double[] values) : ISeriesReader
{
    public static readonly LabelSet Labels = LabelSet.Of(("__name__", "x_total"));

    public List<SelectRequest> Requests { get; } = [];

    public ValueTask<SeriesSet> SelectAsync(SelectRequest request, CancellationToken cancellationToken)
    {
        Requests.Add(request);
        return new(new Set(resolutionMs, times, values, request.Function));
    }

    public ValueTask<IReadOnlyList<string>> LabelNamesAsync(SelectRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<string>> LabelValuesAsync(string name, SelectRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public IReadOnlyList<MetricMetadata> Metadata(string? family, int limit) => [];

    private sealed class Set(long resolutionMs, long[] times, double[] values, string function) : SeriesSet
    {
        public override int Count => 1;

        public override long ResolutionMs => resolutionMs;

        public override IReadOnlyList<string> Infos => resolutionMs == 0 ? [] : ["answered from summaries"];

        public override LabelSet LabelsOf(int index) => Labels;

        public override void ReadFloats(int index, FloatColumn into)
        {
            if (resolutionMs > 1)
            {
                using var summaries = TierGen.SumUpByDay(resolutionMs, times, values);
                FloatsFromSummaries.Append(summaries, into, TierFunctions.CountsResets(function));
                return;
            }

            into.Extend(times.Length, out var timestamps, out var numbers);
            times.CopyTo(timestamps);
            values.CopyTo(numbers);
        }

        public override void ReadSummaries(int index, SummaryColumn into)
        {
            if (resolutionMs <= 1)
            {
                base.ReadSummaries(index, into);
                return;
            }

            using var summaries = TierGen.SumUpByDay(resolutionMs, times, values);
            for (var i = 0; i < summaries.Count; i++)
            {
                into.Add(summaries[i]);
            }
        }
    }
}
