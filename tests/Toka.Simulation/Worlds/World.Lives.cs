using System.Globalization;
using System.Text.RegularExpressions;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Simulation.Disk;
using Toka.Simulation.Model;
using Toka.TimeSeries;
using Toka.TimeSeries.Sealing;

namespace Toka.Simulation.Worlds;

/// <content>Openings, endings, and the questions between.</content>
internal sealed partial class World
{
    /// <summary>An opening that fails for disk errors is tried so often before the errors stop.</summary>
    private const int OpenAttempts = 4;

    private static readonly LabelMatcher[] s_matchers =
    [
        new(LabelSet.MetricName, MatchOperator.Equal, "m0"),
        new(LabelSet.MetricName, MatchOperator.Matches, "m[12]"),
        new("instance", MatchOperator.NotEqual, "i3"),
        new("instance", MatchOperator.Matches, "i1.*"),
        new("job", MatchOperator.Equal, ""),
        new("job", MatchOperator.DoesNotMatch, "even|odd"),
    ];

    private SelectRequest Everything { get; } = new() { FromMs = long.MinValue, ToMs = long.MaxValue };

    private MetricStoreOptions Options(DiskSession session, bool readOnly) => new()
    {
        Directory = _directories.Current,
        Disk = _course.Disk(session),
        ReadOnly = readOnly,
        Kept = _settings.Kept,
        FutureTolerance = _settings.FutureTolerance,
        SeriesMax = _settings.SeriesMax,
        SegmentBytes = 64 * 1024,
        MemoryBytesMax = _settings.HasBulk ? MetricStoreOptions.MemoryBytesMin : 512L * 1024 * 1024,
        IsManual = true,
        SealsAtStop = _settings.SealsAtStop,
        Report = Hear,
    };

    [GeneratedRegex(@"^Deleted block .*, (\S+)(?: ms)? to (\S+)(?: ms)?, \d+ samples.*: (.*)\.$")]
    private static partial Regex Deletion { get; }

    /// <summary>What is deleted on a full disk is told in the program's log, and only there.</summary>
    private void Hear(string line)
    {
        if (Deletion.Match(line) is not { Success: true } deletion)
        {
            Say(line);
            return;
        }

        if (!line.Contains("(raw, ", StringComparison.Ordinal))
        {
            // Summaries, which only stand beside samples here.
            return;
        }

        var (from, to) = (TimeOf(deletion.Groups[1].Value), TimeOf(deletion.Groups[2].Value));
        if (deletion.Groups[3].Value == "the disk is full")
        {
            _freed.Add((from, to));
            _taken.Add((from, to));
        }
        else if (to > _model.FloorMs)
        {
            throw new SimulationFailure($"lost: a block up to {to} was deleted, and retention is at {_model.FloorMs}: {line}");
        }
        else
        {
            _tally.Count(Event.DeletedPast);
        }
    }

    private static long TimeOf(string text) =>
        long.TryParse(text, CultureInfo.InvariantCulture, out var ms) ? ms : DateTimeOffset.Parse(text, CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();


    /// <summary>Opens the store, however often the process dies or the disk fails meanwhile, and checks what it has.</summary>
    private void Reopen(Ending ending, bool isDamaged, bool hasDamagedBlock = false)
    {
        if (_dice.OneIn(10))
        {
            LookOnly(ending, isDamaged);
        }

        // What an opening that died had found and cut off, only it knew.
        var isToldByOthers = false;
        for (var attempt = 1; _store is null; attempt++)
        {
            var errors = _disk.Errors;
            _disk.Rates = attempt < OpenAttempts ? _settings.Rates : default;
            _session = new DiskSession(_disk, _directories.Current);
            _metrics = new SelfMetrics();
            _taken.Clear();
            try
            {
                _steady = new ModelClock(_clock, SteadyOfCheckpoint());
                _store = MetricStore.Open(Options(_session, readOnly: false), _clock, _metrics);
            }
            catch (SimulatedCrashException)
            {
                _session.Bury();
                _tally.Count(Event.CrashedOpen);
                isToldByOthers = true;
                ending = (Ending)Math.Max((int)ending, (int)EndProcess());
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException && _disk.Errors > errors)
            {
                _session.Bury();
                _tally.Count(Event.FailedOpen);
                isToldByOthers = true;
                Say($"opening failed: {e.Message}");
            }
        }

        _disk.Rates = _settings.Rates;
        _tally.Count(Event.Opened);
        _writer = _course.Writer(_store);
        _reader = _course.Reader(_store);
        if (_course.Trace is not null)
        {
            Say($"opened: {_store.Recovery.Segments} segments, {_store.Recovery.Samples} samples, faults [{string.Join("; ", _store.Recovery.Faults)}]");
        }

        using var set = Wait(_reader.SelectAsync(Everything, CancellationToken.None));
        Fail(_model.CheckReopened(set, ending, isDamaged, Cutoff(), _freed));
        FailDoubts(set, _store.Recovery.Faults);
        var gone = _model.Adopt(set, ending, isDamaged, hasDamagedBlock, Cutoff());
        _freed.Clear();
        if (FailedSyncs() != _failedSyncs || SyncErrors() > 0)
        {
            // Recovery could not put down what an earlier process had left to the kernel, or that one itself could not.
            CountSync(isSuccess: false);
        }

        _tally.Count(Event.Compared, _model.Present);
        _tally.Count(isDamaged ? Event.LostToDamage : Event.LostUnsynced, gone);
        if (isDamaged && !isToldByOthers && gone > 0 && _store.Recovery.Faults.Count == 0 && set.Warnings.Count == 0)
        {
            throw new SimulationFailure($"{gone} samples are gone after flipped bits, and the store reports no damage");
        }
    }

    /// <summary>Opens the directory to read it: the same answers, and nothing on the disk changes.</summary>
    private void LookOnly(Ending ending, bool isDamaged)
    {
        var (crash, changes) = (_disk.CrashAt, _disk.Changes);
        (_disk.CrashAt, _disk.Rates) = (0, _settings.Rates with { Errors = 0, ReadErrors = 0 });
        var session = new DiskSession(_disk, _directories.Current);
        var store = MetricStore.Open(Options(session, readOnly: true), _clock, new SelfMetrics());
        using (var set = Wait(_course.Reader(store).SelectAsync(Everything, CancellationToken.None)))
        {
            Fail(_model.CheckReopened(set, ending, isDamaged, long.MinValue, _freed));
            FailDoubts(set, store.Recovery.Faults);
        }

        Stop(store);
        _disk.CrashAt = crash;
        _tally.Count(Event.OpenedReadOnly);
        Say("looked at read-only");
        if (_disk.Changes != changes || session.Held > 0)
        {
            throw new SimulationFailure($"a read-only store changed the disk {_disk.Changes - changes} times and left {session.Held} files open");
        }
    }

    private void Restart()
    {
        StopInOrder();
        Reopen(Ending.Clean, isDamaged: false);
    }

    private void FlipBits()
    {
        StopInOrder();
        var flipped = string.Join(", ", _disk.FlipBits(_dice.Between(1, 4)));
        Say($"flipped {flipped}");
        Reopen(Ending.Clean, isDamaged: true, flipped.Contains(".tkb", StringComparison.Ordinal));
    }

    private void StopInOrder()
    {
        var before = SyncErrors();
        var store = _store!;
        _store = null;
        Stop(store);
        if (_session.IsDead)
        {
            // It died in its stop; what follows is the same as anywhere else.
            throw new SimulatedCrashException();
        }

        if (_session.Held > 0)
        {
            throw new SimulationFailure($"a store that was stopped left {_session.Held} files open");
        }

        CountSync(SyncErrors() == before);
    }

    /// <summary>The process is dead: it is buried, and the next one opens the store.</summary>
    private void Crash()
    {
        Bury();
        Reopen(EndProcess(), isDamaged: false);
    }

    private Ending EndProcess()
    {
        _disk.CrashAt = 0;
        if (_did.StartsWith(nameof(Step.CutPower), StringComparison.Ordinal) || (!_did.StartsWith(nameof(Step.Kill), StringComparison.Ordinal) && _disk.Dice.OneIn(2)))
        {
            _disk.CutPower();
            Say("power cut");
            return Ending.PowerCut;
        }

        _disk.KillProcess();
        Say("process death");
        return Ending.Death;
    }

    private void Bury()
    {
        _session?.Bury();
        if (_store is { } store)
        {
            _store = null;
            Stop(store);
        }
    }

    /// <summary>Stops a store. Where the process dies meanwhile its lock stays, so the next one gets another directory.</summary>
    private void Stop(MetricStore store)
    {
        try
        {
            var stop = store.DisposeAsync();
            if (stop.IsCompleted)
            {
                stop.GetAwaiter().GetResult();
            }
            else
            {
                stop.AsTask().GetAwaiter().GetResult();
            }
        }
        catch (SimulatedCrashException)
        {
            _directories.Next();
        }
    }

    private void Sync()
    {
        var before = SyncErrors();
        _store!.Sync();
        CountSync(SyncErrors() == before);
    }

    private void CountSync(bool isSuccess)
    {
        _model.Synced(isSuccess);
        _tally.Count(Event.FailedSync, isSuccess ? 0 : 1);
        if (!isSuccess)
        {
            Say("a sync failed");
        }
    }

    private int FailedSyncs() => _disk.Injected[(int)Fault.SyncError] + _disk.Injected[(int)Fault.SyncErrorForgotten];

    private long SyncErrors() => _metrics.Counter("toka_wal_sync_errors_total", "").Value;

    private void Maintain()
    {
        var before = _model.Present;
        _steady.Observe();
        _model.Expire(Cutoff());
        _tally.Count(Event.Expired, before - _model.Present);
        var (sealedBefore, mergedBefore) = (Counter("toka_store_seals_total"), Counter("toka_store_merged_blocks_total"));
        _store!.Maintain();
        _tally.Count(Event.SealedWhenDue, Counter("toka_store_seals_total") - sealedBefore);
        _tally.Count(Event.Merged, Counter("toka_store_merged_blocks_total") - mergedBefore);
        TakeFreed();
    }

    private void Seal()
    {
        _steady.Observe();
        if (_store!.Seal())
        {
            // Blocks are synced before they are shown: even what a failed sync of the log was for is safe in them.
            _model.Sealed();
            _tally.Count(Event.Sealed);
        }
        else
        {
            _tally.Count(Event.FailedSeal);
            Say("failed");
        }

        TakeFreed();
    }

    /// <summary>What was in blocks deleted on a full disk may be gone.</summary>
    private void TakeFreed()
    {
        if (_freed.Count > 0)
        {
            using var set = Wait(_reader.SelectAsync(Everything, CancellationToken.None));
            _tally.Count(Event.LostToFullDisk, _model.Lose(set, _freed));
            Say($"{_freed.Count} blocks deleted on a full disk");
            _freed.Clear();
        }
    }

    private long Counter(string name) => _metrics.Counter(name, "").Value;

    /// <summary>The steady time that the store will find, read beside it without a fault.</summary>
    private long? SteadyOfCheckpoint() => _disk.Unseen(() =>
        Checkpoint.Read(new DiskSession(_disk, _directories.Current), _directories.Current, out _)?.SteadyMs);


    private void Query()
    {
        LabelMatcher[] matchers = _dice.Below(3) switch
        {
            0 => [],
            1 => [_dice.Pick(s_matchers)],
            _ => [_dice.Pick(s_matchers), _dice.Pick(s_matchers)],
        };
        var span = _dice.Between(0L, 100L * _settings.StepMs);
        var to = _clock.NowMs - _dice.Between(-5L, 20L * _settings.StepMs);
        if (_course.Trace is not null)
        {
            Say($"{{{string.Join<LabelMatcher>(",", matchers)}}} from {to - span - Settings.StartMs} to {to - Settings.StartMs}");
        }

        using var set = Wait(_reader.SelectAsync(new SelectRequest { Matchers = matchers, FromMs = to - span, ToMs = to }, CancellationToken.None));
        _tally.Count(Event.Compared, set.Count);
        Fail(_model.Check(set, matchers, to - span, to));
        FailDoubts(set, []);
    }

    private void CheckAll()
    {
        using var set = Wait(_reader.SelectAsync(Everything, CancellationToken.None));
        _tally.Count(Event.Compared, _model.Present);
        Fail(_model.Check(set, [], long.MinValue, long.MaxValue));
        FailDoubts(set, []);
    }

    /// <summary>Every label of a series with samples is named, and none that was never sent.</summary>
    private void CheckLabels()
    {
        var found = Wait(_reader.LabelValuesAsync("instance", Everything, CancellationToken.None));
        foreach (var series in _model.Series)
        {
            if (!found.Contains(series.Labels["instance"]) && series.Facts.Values.Any(fact => fact.IsPresent && !(fact.IsDoubtful && Counter("toka_store_damaged_chunks_total") > 0)))
            {
                throw new SimulationFailure($"the label value {series.Labels["instance"]} is not named");
            }
        }

        if (found.FirstOrDefault(value => !_model.Series.Exists(series => series.Labels["instance"] == value)) is { } invented)
        {
            throw new SimulationFailure($"the label value {invented} was never sent");
        }
    }

    /// <summary>The end of the world: everything is there, and still is after one more stop and start.</summary>
    private void Finish()
    {
        _did = "end";
        (_disk.CrashAt, _disk.Rates, _disk.Capacity) = (0, default, long.MaxValue);
        CheckAll();
        Restart();
        CheckAll();
    }

    /// <summary>What a damaged block does not answer is told in the warnings, once the answer has been read.</summary>
    private void FailDoubts(SeriesSet set, IReadOnlyList<string> faults)
    {
        if (_model.Doubts > 0 && set.Warnings.Count + faults.Count == 0)
        {
            throw new SimulationFailure($"lost: {_model.Doubts} samples are not answered after damage to a block, and the answer does not say so");
        }
    }

    private static void Fail(string? fault)
    {
        if (fault is not null)
        {
            throw new SimulationFailure(fault);
        }
    }
}
