using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;

namespace Toka.Monitoring.Scraping.Appending;

/// <content>Series that end, and what is forgotten.</content>
internal sealed partial class ScrapeAppender
{
    /// <summary>Marks what was in the body before and is not in this one.</summary>
    private void EndVanished()
    {
        _vanished.Clear();
        foreach (var entry in _series)
        {
            if (entry.SeenIn == _body)
            {
                entry.IsLive = entry.IsTracked && entry.Labels is not null;
            }
            else if (entry.IsLive)
            {
                entry.IsLive = false;
                _ended.Add(entry);
                _vanished.Add(entry.Labels!);
            }
        }

        foreach (var series in _inherited)
        {
            _vanished.Add(series.Labels);
        }

        if (_vanished.Count == 0)
        {
            return;
        }

        // The same series may be written in another way now, such as with its labels in another order.
        foreach (var entry in _series)
        {
            if (entry.SeenIn == _body && entry.Labels is { } labels)
            {
                _vanished.Remove(labels);
            }
        }

        foreach (var entry in _ended)
        {
            EndOnce(new LiveSeries(entry.Labels!, entry.Kind == SeriesKind.Native));
        }

        foreach (var series in _inherited)
        {
            EndOnce(series);
        }
    }

    private void EndOnce(in LiveSeries series)
    {
        if (_vanished.Remove(series.Labels))
        {
            AddMarker(_batch, series, _timeMs);
        }
    }

    /// <summary>Marks all that goes on.</summary>
    private void EndAll(long timeMs, WriteBatch batch)
    {
        _vanished.Clear();
        foreach (var series in _inherited)
        {
            if (_vanished.Add(series.Labels))
            {
                AddMarker(batch, series, timeMs);
            }
        }

        foreach (var entry in _series)
        {
            if (!entry.IsLive)
            {
                continue;
            }

            entry.IsLive = false;
            _ended.Add(entry);
            if (_vanished.Add(entry.Labels!))
            {
                AddMarker(batch, new LiveSeries(entry.Labels!, entry.Kind == SeriesKind.Native), timeMs);
            }
        }
    }

    private static void AddMarker(WriteBatch batch, in LiveSeries series, long timeMs)
    {
        if (series.IsHistogram)
        {
            batch.AddHistogram(series.Labels, timeMs, NativeHistogram.Stale);
        }
        else
        {
            batch.Add(series.Labels, timeMs, StaleMarker.Value);
        }
    }

    /// <summary>Hands over what goes on; here it no longer does.</summary>
    private List<LiveSeries> TakeLive()
    {
        var live = new List<LiveSeries>(_inherited);
        foreach (var entry in _series)
        {
            if (entry.IsLive)
            {
                live.Add(new LiveSeries(entry.Labels!, entry.Kind == SeriesKind.Native));
                entry.IsLive = false;
            }
        }

        _inherited.Clear();
        return live;
    }

    /// <summary>Forgets what has long been missing.</summary>
    private void Forget()
    {
        var entries = _series.Entries.Count;
        var isCrowded = entries > (2 * _scraped) + SpareMax;
        if (!isCrowded && (_body % MissingMax != 0 || entries == _scraped))
        {
            return;
        }

        _series.Remove(entry => entry.IsLive || entry.SeenIn == _body || (!isCrowded && _body - entry.SeenIn <= MissingMax));
    }

    /// <summary>What was told once is told again: the store did not get it.</summary>
    private void ForgetTold()
    {
        foreach (var entry in _series)
        {
            (entry.CreatedMs, entry.ExemplarHash) = (0, 0);
        }
    }
}
