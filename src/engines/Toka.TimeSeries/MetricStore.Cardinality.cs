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
        lock (_lock)
        {
            return CardinalityReader.Read(_index, limit);
        }
    }
}
