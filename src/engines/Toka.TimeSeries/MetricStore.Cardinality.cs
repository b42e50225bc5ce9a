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
            report = CardinalityReader.Read(_index, limit) with
            {
                Chunks = _head.ChunkCount(),
                OldestMs = _head.OldestMs <= _head.NewestMs ? _head.OldestMs : null,
                NewestMs = _head.OldestMs <= _head.NewestMs ? _head.NewestMs : null,
            };
        }

        return report with { Churn = _committer.Churn(limit) };
    }

    /// <summary>How much of the log has been read since the store was opened, in percent; 100 once all has.</summary>
    public int ReplayedPercent => _isRecovered ? 100 : _committer.RecoveredPercent;

    /// <summary>The last sample of a new series that a limit refused; null before the first.</summary>
    public SeriesRefusal? LastRefusal => _committer.LastRefusal;
}
