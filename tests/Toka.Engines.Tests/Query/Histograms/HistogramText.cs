using System.Globalization;
using System.Text.RegularExpressions;
using Toka.Core.Samples;

namespace Toka.Engines.Tests.Query.Histograms;

/// <summary>Histograms as PromQL's test scripts write them: <c>{{schema:0 sum:5 count:4 buckets:[1 2 1]}}</c>.</summary>
internal static partial class HistogramText
{
    public static NativeHistogram Parse(string text)
    {
        var values = Parts().Matches(text).ToDictionary(part => part.Groups[1].Value, part => part.Groups[2].Value.Trim('[', ']'));
        double[] Numbers(string key) =>
            [.. values.GetValueOrDefault(key, "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Number)];
        double One(string key) => Number(values.GetValueOrDefault(key, "0"));
        double[] positive = Numbers("buckets");
        double[] negative = Numbers("n_buckets");
        HistogramSpan[] Spans(double[] buckets, string key) => buckets.Length == 0 ? [] : [new((int)One(key), buckets.Length)];
        var layout = new HistogramLayout(
            (int)One("schema"), One("z_bucket_w"), Spans(positive, "offset"), Spans(negative, "n_offset"), Numbers("custom_values"));
        var hint = values.GetValueOrDefault("counter_reset_hint") switch
        {
            "gauge" => HistogramResetHint.Gauge,
            "reset" => HistogramResetHint.Reset,
            "not_reset" => HistogramResetHint.NoReset,
            _ => HistogramResetHint.Unknown,
        };
        return new NativeHistogram(layout, hint, One("z_bucket"), One("count"), One("sum"), [.. positive, .. negative]);
    }

    /// <summary>A histogram for a reader of a failed test.</summary>
    public static string Write(NativeHistogram h) => string.Create(
        CultureInfo.InvariantCulture,
        $"schema:{h.Layout.Schema} count:{h.Count} sum:{h.Sum} z_bucket:{h.ZeroCount} z_bucket_w:{h.Layout.ZeroThreshold} {string.Join(' ', h.Layout.PositiveSpans.ToArray())} {string.Join(' ', h.Layout.NegativeSpans.ToArray())} buckets:[{string.Join(' ', h.Buckets.ToArray())}] custom_values:[{string.Join(' ', h.Layout.CustomValues.ToArray())}]");

    public static double Number(string text) => text.Trim().TrimStart('+').ToLowerInvariant() switch
    {
        "inf" => double.PositiveInfinity,
        "-inf" => double.NegativeInfinity,
        "nan" => double.NaN,
        var number => double.Parse(number, CultureInfo.InvariantCulture),
    };

    [GeneratedRegex(@"(\w+):(\[[^\]]*\]|[^\s}]+)")]
    private static partial Regex Parts();
}
