using Toka.Core.Labels;

namespace Toka.Web.Prometheus;

/// <summary>Reads series selectors; the PromQL parser stands behind it. Thread-safe.</summary>
public interface ISelectorParser
{
    /// <summary>Reads one series selector.</summary>
    /// <param name="selector">Such as <c>up{job="node"}</c>, without range or offset.</param>
    /// <returns>Its matchers, the one of the metric's name included.</returns>
    /// <exception cref="Core.Errors.BadInputException">It is not a series selector.</exception>
    IReadOnlyList<LabelMatcher> Parse(string selector);
}
