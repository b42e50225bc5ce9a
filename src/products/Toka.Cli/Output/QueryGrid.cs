using Toka.Query.PromQL;
using Toka.Query.Results;

namespace Toka.Cli.Output;

/// <summary>The value of a query as rows.</summary>
internal static class QueryGrid
{
    /// <summary>A row a sample: its series, its time, its value.</summary>
    public static Grid Of(QueryValue value)
    {
        var grid = new Grid(new("series"), new("time"), new("value", RightAligned: true));
        switch (value)
        {
            case VectorValue vector:
                foreach (var sample in vector.Samples)
                {
                    grid.Add(sample.Labels.ToString(), Cells.Time(sample.TimestampMs), sample.Histogram is { } histogram ? PromQlText.Histogram(histogram) : Cells.Number(sample.Value));
                }

                break;
            case MatrixValue matrix:
                foreach (var series in matrix.Series)
                {
                    var name = series.Labels.ToString();
                    for (var i = 0; i < series.Timestamps.Length; i++)
                    {
                        grid.Add(name, Cells.Time(series.Timestamps.Span[i]), Cells.Number(series.Values.Span[i]));
                    }

                    for (var i = 0; i < series.Histograms.Length; i++)
                    {
                        grid.Add(name, Cells.Time(series.HistogramTimestamps.Span[i]), PromQlText.Histogram(series.Histograms.Span[i]));
                    }
                }

                break;
            case ScalarValue scalar:
                grid.Add("", Cells.Time(scalar.TimestampMs), Cells.Number(scalar.Value));
                break;
            case StringValue text:
                grid.Add("", Cells.Time(text.TimestampMs), text.Value);
                break;
            default:
                throw new InvalidOperationException($"no row is described for {value.GetType().Name}");
        }

        return grid;
    }
}
