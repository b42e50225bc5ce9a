using System.Globalization;
using Toka.Query;
using Toka.Query.Results;

namespace Toka.Tracing.ServiceMap;

/// <summary>Asks for rate, errors and quantiles of durations, grouped by labels.</summary>
/// <param name="engine">Answers PromQL.</param>
/// <param name="fromMs">The first moment, ms since the Unix epoch.</param>
/// <param name="toMs">The last moment.</param>
internal sealed class RedQueries(IQueryEngine engine, long fromMs, long toMs)
{
    private readonly string _range = string.Create(CultureInfo.InvariantCulture, $"[{Math.Max(1, toMs - fromMs)}ms]");

    /// <summary>The figures by the values of the labels, those of no label being empty.</summary>
    /// <param name="by">The labels.</param>
    /// <param name="total">The selector of the counter of all.</param>
    /// <param name="failed">The selector of the counter of those that failed.</param>
    /// <param name="seconds">The family of the histogram.</param>
    /// <param name="matchers">Matchers of the histogram, without braces.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    public async Task<Dictionary<string, (string[] Key, RedFigures Figures)>> AskAsync(
        string[] by, string total, string failed, string seconds, string matchers, CancellationToken cancellationToken)
    {
        var labels = string.Join(", ", by);
        var rates = await VectorAsync(by, $"sum by ({labels}) (rate({total}{_range}))", cancellationToken);
        var all = new Dictionary<string, (string[] Key, RedFigures Figures)>(StringComparer.Ordinal);
        if (rates.Count == 0)
        {
            return all;
        }

        var failures = await VectorAsync(by, $"sum by ({labels}) (rate({failed}{_range}))", cancellationToken);
        var native = $"sum by ({labels}) (rate({seconds}{{{matchers}}}{_range}))";
        var median = await VectorAsync(by, $"histogram_quantile(0.5, {native})", cancellationToken);
        if (median.Count == 0)
        {
            native = $"sum by ({labels}, le) (rate({seconds}_bucket{{{matchers}}}{_range}))";
            median = await VectorAsync(by, $"histogram_quantile(0.5, {native})", cancellationToken);
        }

        var p95 = await VectorAsync(by, $"histogram_quantile(0.95, {native})", cancellationToken);
        var p99 = await VectorAsync(by, $"histogram_quantile(0.99, {native})", cancellationToken);
        foreach (var (text, (key, rate)) in rates)
        {
            var errors = rate > 0 && failures.TryGetValue(text, out var some) ? Math.Clamp(some.Value / rate, 0, 1) : 0;
            all[text] = (key, new RedFigures(rate, errors, Of(median, text), Of(p95, text), Of(p99, text)));
        }

        return all;
    }

    /// <summary>A text as PromQL quotes it.</summary>
    public static string Quoted(string text) =>
        "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal) + "\"";

    /// <summary>One number by the values of labels.</summary>
    public async Task<Dictionary<string, (string[] Key, double Value)>> VectorAsync(string[] by, string expression, CancellationToken cancellationToken)
    {
        var result = await engine.RunAsync(QueryRequest.Instant(expression, toMs), cancellationToken);
        var values = new Dictionary<string, (string[] Key, double Value)>(StringComparer.Ordinal);
        foreach (var sample in ((VectorValue)result.Value).Samples)
        {
            var key = Array.ConvertAll(by, label => sample.Labels[label]);
            values[string.Join('\0', key)] = (key, sample.Value);
        }

        return values;
    }

    /// <summary>How many operations each service has.</summary>
    /// <param name="total">The selector of the counter of spans.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<Dictionary<string, int>> OperationCountsAsync(string total, CancellationToken cancellationToken)
    {
        var counts = await VectorAsync(["service_name"], $"count by (service_name) (group by (service_name, span_name) (last_over_time({total}{_range})))", cancellationToken);
        return counts.ToDictionary(static found => found.Key, static found => (int)found.Value.Value, StringComparer.Ordinal);
    }

    private static double Of(Dictionary<string, (string[] Key, double Value)> values, string key) => values.TryGetValue(key, out var value) ? value.Value : double.NaN;
}
