using System.Collections.Frozen;
using Toka.Core.Series;

namespace Toka.TimeSeries.Tiers;

/// <summary>Whether summaries may answer for a function while raw samples are there, and why (not).</summary>
/// <param name="MayUseSummaries">Whether.</param>
/// <param name="Reason">Why, as the end of a sentence about the function.</param>
internal readonly record struct TierRule(bool MayUseSummaries, string Reason);

/// <summary>Which of PromQL's functions summaries answer.</summary>
internal static class TierFunctions
{
    private const string Unknown = "may look at anything in its window";

    private static readonly FrozenDictionary<string, TierRule> OfRanges = new Dictionary<string, TierRule>(StringComparer.Ordinal)
    {
        ["min_over_time"] = new(true, "is the least of the summaries' min"),
        ["max_over_time"] = new(true, "is the greatest of the summaries' max"),
        ["sum_over_time"] = new(true, "adds up the summaries' sum"),
        ["count_over_time"] = new(true, "adds up the summaries' count"),
        ["avg_over_time"] = new(true, "divides the summaries' sum by their count"),
        ["rate"] = new(true, "adds up the summaries' increase, resets counted"),
        ["increase"] = new(true, "adds up the summaries' increase, resets counted"),
        ["delta"] = new(true, "compares the last value of a bucket with that of another"),
        ["last_over_time"] = new(true, "is the last summary's last value"),
        ["present_over_time"] = new(true, "asks whether there is any sample"),
        ["absent_over_time"] = new(true, "asks whether there is any sample"),
        ["irate"] = new(false, "compares the last two samples"),
        ["idelta"] = new(false, "compares the last two samples"),
        ["changes"] = new(false, "counts changes from sample to sample"),
        ["resets"] = new(false, "counts each reset, and summaries add them up"),
        ["first_over_time"] = new(false, "needs the first sample, which summaries do not keep"),
        ["quantile_over_time"] = new(false, "needs the distribution of the samples"),
        ["mad_over_time"] = new(false, "needs the distribution of the samples"),
        ["stddev_over_time"] = new(false, "needs the squares of the samples"),
        ["stdvar_over_time"] = new(false, "needs the squares of the samples"),
        ["deriv"] = new(false, "fits a line through every sample"),
        ["predict_linear"] = new(false, "fits a line through every sample"),
        ["double_exponential_smoothing"] = new(false, "goes from sample to sample"),
        ["ts_of_first_over_time"] = new(false, "needs the time of one sample"),
        ["ts_of_last_over_time"] = new(false, "needs the time of one sample"),
        ["ts_of_min_over_time"] = new(false, "needs the time of one sample"),
        ["ts_of_max_over_time"] = new(false, "needs the time of one sample"),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The rule for what a request says its samples are for.</summary>
    public static TierRule Of(SelectRequest request)
    {
        if (request.RangeMs > 0)
        {
            return OfRanges.TryGetValue(request.Function, out var rule) ? rule : new TierRule(false, Unknown);
        }

        return request.Function == "timestamp"
            ? new TierRule(false, "asks for the time of the newest sample itself")
            : new TierRule(true, "takes the newest sample, which is a bucket's last one at most a bucket ago");
    }

    /// <summary>Whether a function looks for falls of a counter in the samples that it reads.</summary>
    public static bool CountsResets(string function) => function is "rate" or "increase" or "irate" or "resets";
}
