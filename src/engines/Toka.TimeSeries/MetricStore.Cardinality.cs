using Toka.Core.Series;
using Toka.TimeSeries.Index;

namespace Toka.TimeSeries;

/// <content>What series come from.</content>
public sealed partial class MetricStore : ICardinalitySource
{
    /// <inheritdoc/>
    public CardinalityReport Cardinality(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        CardinalityReport report;
        lock (_lock)
        {
            report = CardinalityReader.Read(_index, limit);
        }

        return report with { Churn = _committer.Churn(limit) };
    }

    /// <summary>The last sample of a new series that a limit refused; null before the first.</summary>
    public SeriesRefusal? LastRefusal => _committer.LastRefusal;
}
