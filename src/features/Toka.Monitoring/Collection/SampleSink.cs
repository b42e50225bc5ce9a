using Toka.Core.Samples;
using Toka.Core.Series;

namespace Toka.Monitoring.Collection;

/// <summary>
/// Takes the samples of one tick into a batch and remembers which series go on, so that one which ends gets its stale
/// marker. Not thread-safe: collectors run one after another.
/// </summary>
internal sealed class SampleSink(WriteBatch batch)
{
    private readonly List<Series> _live = [];
    private readonly HashSet<MetricFamily> _announced = [];
    private readonly List<Series> _ended = [];
    private bool _announceAgain;
    private long _tick;
    private long _nowMs;

    /// <summary>How many series go on.</summary>
    public int LiveCount => _live.Count;

    /// <summary>Begins a tick; the samples that follow have this time.</summary>
    public void Begin(long nowMs)
    {
        _tick++;
        _nowMs = nowMs;
        batch.Clear();
        if (_announceAgain)
        {
            _announceAgain = false;
            foreach (var family in _announced)
            {
                batch.AddMetadata(family.Metadata);
            }
        }
    }

    /// <summary>Takes a sample. A second one of the same series in the same tick is ignored: the first look counts.</summary>
    public void Add(Series series, double value)
    {
        if (series.LastTick == _tick)
        {
            return;
        }

        series.LastTick = _tick;
        if (!series.IsLive)
        {
            Enliven(series);
        }

        batch.Add(series.Labels, _nowMs, value);
    }

    /// <summary>Ends a tick: what was there before and got no sample now is marked as ended.</summary>
    public void End()
    {
        _ended.Clear();
        var kept = 0;
        for (var i = 0; i < _live.Count; i++)
        {
            var series = _live[i];
            if (series.LastTick == _tick)
            {
                _live[kept++] = series;
                continue;
            }

            series.IsLive = false;
            _ended.Add(series);
            batch.Add(series.Labels, _nowMs, StaleMarker.Value);
        }

        _live.RemoveRange(kept, _live.Count - kept);
    }

    /// <summary>
    /// The batch was not written: what it said besides samples is said again with the next one, the meaning of the families
    /// and the ends of series.
    /// </summary>
    public void NotWritten()
    {
        _announceAgain = true;
        foreach (var series in _ended)
        {
            if (!series.IsLive)
            {
                series.IsLive = true;
                _live.Add(series);
            }
        }
    }

    private void Enliven(Series series)
    {
        series.IsLive = true;
        _live.Add(series);
        if (_announced.Add(series.Family))
        {
            batch.AddMetadata(series.Family.Metadata);
        }
    }
}
