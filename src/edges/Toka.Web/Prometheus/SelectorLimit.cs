using System.Globalization;
using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Core.Series;

namespace Toka.Web.Prometheus;

/// <summary>
/// Selects series for what is not PromQL, under the limit that a selector in PromQL has: <c>query.series_max</c>. Without it one
/// request for everything would hold the labels of every series there is.
/// </summary>
internal static class SelectorLimit
{
    /// <summary>Selects all series that match, or none.</summary>
    /// <param name="services">What knows the series and the limit now.</param>
    /// <param name="request">What to find; its own limit is replaced.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="LimitExceededException">More series match than a selector may find.</exception>
    public static async ValueTask<SeriesSet> SelectAllAsync(this TokaWebServices services, SelectRequest request, CancellationToken cancellationToken)
    {
        var max = services.Language.SeriesMax;
        try
        {
            return await services.Series.SelectAsync(request with { Limit = max, IsCutAtLimit = false }, cancellationToken);
        }
        catch (LimitExceededException e)
        {
            // The store knows neither what its limit is called nor where it can be raised.
            throw Refusal(string.Create(CultureInfo.InvariantCulture, $"selector {Text(request.Matchers)} finds {(e.Needed is { } needed ? $"at least {needed}" : "too many")} series"), max);
        }
    }

    /// <summary>The refusal of more series than the limit allows.</summary>
    /// <param name="who">Who reached it: the beginning of a sentence.</param>
    /// <param name="max">The limit's value.</param>
    public static LimitExceededException Refusal(string who, int max) => new(
        "series_max", string.Create(CultureInfo.InvariantCulture, $"{who}; the limit query.series_max is {max}; narrow it by a label, or raise the limit"));

    private static string Text(IReadOnlyList<LabelMatcher> matchers) => $"{{{string.Join(',', matchers)}}}";
}
