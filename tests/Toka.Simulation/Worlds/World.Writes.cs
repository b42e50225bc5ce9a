using System.Globalization;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Simulation.Model;

namespace Toka.Simulation.Worlds;

/// <content>Writes: what is sent, and what must come of it.</content>
internal sealed partial class World
{
    private static readonly ulong[] s_special =
    [
        StaleMarker.Bits, 0x7ff8_0000_0000_0000, 0xfff8_dead_beef_0001, 0x7ff0_0000_0000_0001, 0x8000_0000_0000_0000, 0, 1,
        0x7ff0_0000_0000_0000, 0xfff0_0000_0000_0000, 0x7fef_ffff_ffff_ffff, 0x0010_0000_0000_0000,
    ];

    private readonly List<Row> _rows = [];
    private readonly List<Row> _failed = [];
    private readonly WriteBatch _batch = new();

    private readonly record struct Row(SeriesModel Series, long Time, ulong Bits);

    private void Write()
    {
        _rows.Clear();
        var count = _settings.HasBulk && _dice.OneIn(100) ? _dice.Between(2000, 6000) : _dice.Between(1, 8);
        var only = _settings.HasSeriesLimit || _dice.OneIn(4) ? _dice.Pick<SeriesModel>([.. _model.Series]) : null;
        var time = TimeToWrite(only ?? _model.Series[0]);
        for (var i = 0; i < count; i++)
        {
            var series = only ?? _model.Series[_dice.Below(_model.Series.Count)];
            if (series.Facts.Count > 0 && _dice.OneIn(8))
            {
                // The same again, or another value for a time that has one.
                var (at, fact) = (series.Facts.Keys[_dice.Below(series.Facts.Count)], series.Facts);
                _rows.Add(new Row(series, at, _dice.OneIn(2) ? fact[at].Bits : Value(series, at)));
                continue;
            }

            if (_dice.OneIn(3) || only is not null)
            {
                time = count > 1000 ? time + 1 : TimeToWrite(series);
            }

            _rows.Add(new Row(series, time, Value(series, time)));
        }

        Send(_rows);
    }

    private void Retry()
    {
        if (_failed.Count > 0)
        {
            _rows.Clear();
            _rows.AddRange(_failed);
            _failed.Clear();
            if (Send(_rows))
            {
                _tally.Count(Event.RetriedWrite);
            }
        }
    }

    private long TimeToWrite(SeriesModel series)
    {
        var (now, step) = (_clock.NowMs, _settings.StepMs);
        var ahead = _settings.FutureTolerance == TimeSpan.MaxValue ? 3_600_000L : (long)_settings.FutureTolerance.TotalMilliseconds;
        var kept = _settings.Retention == TimeSpan.MaxValue ? 100L * step : (long)_settings.Retention.TotalMilliseconds;
        return _dice.Below(24) switch
        {
            < 12 => now,
            < 15 => Math.Min(now, series.Newest + _dice.Between(1, step)),
            < 19 => now - _dice.Between(0L, Math.Min(kept, 60L * step)),
            19 => now - kept + _dice.Between(-1, 2),
            20 => now + ahead + _dice.Between(-1, 1),
            21 => now + _dice.Between(0L, ahead),
            22 => now - _dice.Between(0L, 2 * kept),
            _ => _dice.OneIn(4) ? _dice.Pick(0, now + (10L * 365 * 86_400_000), 1, -1) : now - _dice.Between(0, 3),
        };
    }

    private ulong Value(SeriesModel series, long time)
    {
        var kind = _settings.Values < 3 ? _settings.Values : _dice.Below(4);
        return kind switch
        {
            0 => BitConverter.DoubleToUInt64Bits((time / Math.Max(1, _settings.StepMs)) + _dice.Below(3) + series.Facts.Count),
            1 => BitConverter.DoubleToUInt64Bits(_dice.Between(-100_000, 100_000) / 100.0),
            2 => _dice.Next(),
            _ => _dice.Pick(s_special),
        };
    }

    /// <returns>Whether it was acknowledged.</returns>
    private bool Send(List<Row> rows)
    {
        _batch.Clear();
        foreach (var row in rows)
        {
            _batch.Add(row.Series.Labels, row.Time, BitConverter.UInt64BitsToDouble(row.Bits));
        }

        if (_course.Trace is not null)
        {
            Say(string.Join(" ", rows.Take(12).Select(row => string.Create(CultureInfo.InvariantCulture, $"{row.Series.Labels["instance"]}@{row.Time - Settings.StartMs}={row.Bits:x}"))) + (rows.Count > 12 ? $" … {rows.Count} rows" : ""));
        }

        _steady.Observe();
        var cutoff = Cutoff();
        var future = _settings.FutureTolerance == TimeSpan.MaxValue ? long.MaxValue : _steady.LaterMs + (long)_settings.FutureTolerance.TotalMilliseconds;
        foreach (var row in rows)
        {
            if (row.Time > cutoff && row.Time <= future)
            {
                row.Series.At(row.Time).Send(row.Bits);
            }
        }

        var errors = _disk.Errors;
        WriteResult result;
        try
        {
            result = Wait(_writer.WriteAsync(_batch, CancellationToken.None));
        }
        catch (IOException e) when (_disk.Errors > errors || _store!.Finding is not null)
        {
            _tally.Count(Event.FailedWrite);
            Say($"failed: {e.Message}");
            if (rows != _failed)
            {
                _failed.Clear();
                _failed.AddRange(rows);
            }

            return false;
        }

        Expect(rows, result, cutoff, future);
        return true;
    }

    /// <summary>Works out what each row must have come to, and compares the counts.</summary>
    private void Expect(List<Row> rows, in WriteResult result, long cutoff, long future)
    {
        int accepted = 0, duplicates = 0, conflicts = 0, old = 0, ahead = 0, refused = 0, uncertain = 0;
        foreach (var row in rows)
        {
            if (row.Time <= cutoff || StoreModel.IsIn(row.Time, _taken))
            {
                old++;
                continue;
            }

            if (row.Time > future)
            {
                ahead++;
                continue;
            }

            if (result.OverSeriesLimit > 0)
            {
                refused++;
                continue;
            }

            if (row.Time <= _model.FloorMs || row.Series.At(row.Time).IsDoubtful)
            {
                // Retention had reached it before the clock was set back: blocks may still have it. Or it is in a damaged one.
                uncertain++;
                continue;
            }

            var fact = row.Series.At(row.Time);
            if (!fact.IsPresent)
            {
                accepted++;
                _tally.Count(Event.Late, row.Time < row.Series.Newest ? 1 : 0);
                _model.Acknowledge(row.Series, fact, row.Time, row.Bits);
            }
            else if (fact.Bits == row.Bits)
            {
                duplicates++;
            }
            else
            {
                conflicts++;
            }
        }

        var expected = new WriteResult(accepted, duplicates, conflicts, old, ahead, refused);
        var known = uncertain == 0 ? result : result with
        {
            Accepted = Math.Min(result.Accepted, accepted),
            Duplicates = Math.Min(result.Duplicates, duplicates),
            Conflicting = Math.Min(result.Conflicting, conflicts),
        };
        if (known with { FirstReason = null } != expected || result.Accepted + result.Duplicates + result.Conflicting != accepted + duplicates + conflicts + uncertain)
        {
            throw new SimulationFailure($"a write came to {result}, and must come to {expected}, and {uncertain} uncertain");
        }

        if (uncertain > 0 && result.Accepted > 0)
        {
            // Which of them were taken only the store can say.
            using var set = Wait(_store!.SelectAsync(Everything, CancellationToken.None));
            _model.Recall(set);
        }

        if (refused > 0 && _model.Series.Count(static series => series.Facts.Count > 0) <= _settings.SeriesMax)
        {
            throw new SimulationFailure($"a series was refused by the limit of {_settings.SeriesMax} before there were so many");
        }

        if ((result.Refused > 0) != (result.FirstReason is not null))
        {
            throw new SimulationFailure($"{result.Refused} rows were refused, and the reason is '{result.FirstReason}'");
        }

        _tally.Count(Event.Uncertain, uncertain);
        _tally.Count(Event.Accepted, accepted);
        _tally.Count(Event.Duplicate, duplicates);
        _tally.Count(Event.Conflict, conflicts);
        _tally.Count(Event.TooOld, old);
        _tally.Count(Event.TooFarInFuture, ahead);
        _tally.Count(Event.OverSeriesLimit, refused);
        if (_course.Trace is not null)
        {
            Say($"{accepted} accepted, {duplicates} duplicates, {conflicts} conflicts, {old} too old, {ahead} ahead, {refused} over the limit");
        }
    }

    private long Cutoff() => _settings.Retention == TimeSpan.MaxValue ? long.MinValue : _steady.EarlierMs - (long)_settings.Retention.TotalMilliseconds;

    private long Pass()
    {
        var ms = _settings.HasLongTime && _dice.OneIn(2) ? _dice.Between(1L, _dice.Pick(1L, 4L, 24L) * 3_600_000) : _dice.Between(1L, _dice.Pick(2L, 20L) * _settings.StepMs);
        _clock.Pass(ms);
        return ms;
    }

    private long Jump()
    {
        var far = _settings.Retention == TimeSpan.MaxValue ? 86_400_000L : (long)_settings.Retention.TotalMilliseconds;
        var ms = _dice.Between(-far, far / 2);
        _clock.Jump(ms);
        return ms;
    }
}
