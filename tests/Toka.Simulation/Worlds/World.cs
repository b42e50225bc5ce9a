using System.Globalization;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Simulation.Disk;
using Toka.Simulation.Model;
using Toka.TimeSeries;
using Toka.TimeSeries.Disk;

namespace Toka.Simulation.Worlds;

/// <summary>How a world ended.</summary>
/// <param name="Failure">What went wrong; null where nothing did.</param>
/// <param name="Step">The step at which it did.</param>
/// <param name="DiskOperations">Operations of the disk.</param>
internal sealed record Outcome(string? Failure, int Step, long DiskOperations);

/// <summary>What a world shall be, besides its seed.</summary>
internal sealed record Course(ulong Seed, int Steps)
{
    /// <summary>What <see cref="ToString"/> gave.</summary>
    public static Course Parse(string text)
    {
        var parts = text.Split('/');
        return new Course(
            ulong.Parse(parts[0], CultureInfo.InvariantCulture),
            parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : Campaign.StepsOfWorld)
        {
            CrashAt = parts.Length > 2 ? long.Parse(parts[2], CultureInfo.InvariantCulture) : 0,
        };
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Seed}/{Steps}/{CrashAt}");


    /// <summary>The process dies, or the power goes off, at this operation of the disk; 0 for where the seed says.</summary>
    public long CrashAt { get; init; }

    /// <summary>Steps left out.</summary>
    public IReadOnlySet<int> Skipped { get; init; } = new HashSet<int>();

    /// <summary>For tests of the simulation itself: a disk that does not keep its word.</summary>
    public Func<IStoreDisk, IStoreDisk> Disk { get; init; } = static disk => disk;

    /// <summary>For tests of the simulation itself: a store that does not keep its word.</summary>
    public Func<MetricStore, ISeriesWriter> Writer { get; init; } = static store => store;

    /// <summary>For tests of the simulation itself: a store that answers wrongly.</summary>
    public Func<MetricStore, ISeriesReader> Reader { get; init; } = static store => store;

    /// <summary>Takes a line for each step.</summary>
    public Action<string>? Trace { get; init; }
}

/// <summary>
/// One store from its first opening to its last, with everything that happens to it, all told by a seed. Each step throws
/// its own dice, so steps may be left out without changing the others.
/// </summary>
internal sealed partial class World : IDisposable
{
    private readonly Course _course;
    private readonly Tally _tally;
    private readonly Settings _settings;
    private readonly Dice _dice = new(0);
    private readonly SimulatedDisk _disk = new();
    private readonly SimulatedClock _clock = new(Settings.StartMs);
    private readonly StoreModel _model = new();
    private readonly StoreDirectories _directories;
    private readonly List<(long From, long To)> _freed = [];

    /// <summary>Of these times this process deleted blocks on a full disk: it takes nothing for them again.</summary>
    private readonly List<(long From, long To)> _taken = [];
    private SelfMetrics _metrics = new();
    private ModelClock _steady;
    private DiskSession _session = null!;
    private MetricStore? _store;
    private ISeriesWriter _writer = null!;
    private ISeriesReader _reader = null!;
    private string _did = "";

    /// <summary>How many syncs had failed when the step began. Of one that fails right before the process dies nobody is told.</summary>
    private int _failedSyncs;

    private World(Course course, Tally tally, StoreDirectories directories)
    {
        (_course, _tally, _directories) = (course, tally, directories);
        _settings = Settings.Of(course.Seed);
        _steady = new ModelClock(_clock, null);
        for (var i = 0; i < _settings.SeriesCount; i++)
        {
            var labels = new LabelSetBuilder();
            labels.Set(LabelSet.MetricName, $"m{i % 3}");
            labels.Set("instance", $"i{i}");
            if (i % 2 == 0)
            {
                labels.Set("job", "even");
            }

            _model.Add(labels.Build());
        }
    }

    /// <summary>Runs a world to its end or its first failure.</summary>
    public static Outcome Run(Course course, Tally tally, StoreDirectories directories)
    {
        using var world = new World(course, tally, directories);
        var step = 0;
        try
        {
            world._disk.CrashAt = course.CrashAt;
            world.Begin(0);
            world.Reopen(Ending.Clean, isDamaged: false);
            for (step = 1; step <= course.Steps; step++)
            {
                if (!course.Skipped.Contains(step))
                {
                    world.Begin(step);
                    world.Take(step);
                }
            }

            world.Begin(step);
            world.Finish();
            return new Outcome(null, step, world._disk.Operations);
        }
        catch (Exception e)
        {
            course.Trace?.Invoke($"{step,5} {world._did}");
            return new Outcome(e is SimulationFailure ? e.Message : $"threw: {e}", step, world._disk.Operations);
        }
        finally
        {
            tally.Take(world._disk);
        }
    }

    public void Dispose()
    {
        Bury();
        _batch.Dispose();
    }

    private void Begin(int step)
    {
        _did = "";
        _failedSyncs = FailedSyncs();
        _dice.Reset(_course.Seed, step, 0);
        _disk.Dice.Reset(_course.Seed, step, 1);
    }

    private void Take(int number)
    {
        var step = Choose();
        _tally.Count(step);
        _did = step.ToString();
        try
        {
            Do(step);
        }
        catch (SimulatedCrashException) when (_session.IsDead)
        {
            // The end of this process; what follows is the same wherever it came.
        }

        if (_session.IsDead)
        {
            Crash();
        }

        _course.Trace?.Invoke(string.Create(CultureInfo.InvariantCulture, $"{number,5} {_did}"));
    }

    private Step Choose()
    {
        if (_dice.OneIn(_settings.CrashEvery))
        {
            return _dice.Pick(Step.ArmCrash, Step.ArmCrash, Step.Kill, Step.CutPower);
        }

        var throws = _dice.Below(100);
        return throws switch
        {
            < 48 => Step.Write,
            < 51 => Step.Retry,
            < 63 => Step.Query,
            < 65 => Step.QueryAll,
            < 66 => Step.Labels,
            < 76 => Step.Sync,
            < 80 => Step.Maintain,
            < 82 => Step.Seal,
            < 94 => Step.Pass,
            < 95 => _settings is { HasClockJumps: true, HasFullDisk: false } ? Step.Jump : Step.Pass,
            < 96 => Step.Restart,
            < 98 => _settings.HasFullDisk ? Step.FillDisk : Step.Write,
            < 99 => _settings.HasFullDisk ? Step.FreeDisk : Step.Query,
            _ => _settings.HasBitFlips ? Step.FlipBits : Step.Write,
        };
    }

    private void Do(Step step)
    {
        switch (step)
        {
            case Step.Write:
                Write();
                break;
            case Step.Retry:
                Retry();
                break;
            case Step.Query:
                Query();
                break;
            case Step.QueryAll:
                CheckAll();
                break;
            case Step.Labels:
                CheckLabels();
                break;
            case Step.Sync:
                Sync();
                break;
            case Step.Maintain:
                Maintain();
                break;
            case Step.Seal:
                Seal();
                break;
            case Step.Pass:
                Say($"pass {Pass()} ms");
                break;
            case Step.Jump:
                Say($"jump {Jump()} ms");
                break;
            case Step.ArmCrash:
                _disk.CrashAt = _course.CrashAt > 0 ? _course.CrashAt : _disk.Operations + _dice.Between(1, 12);
                Say($"the disk crashes at operation {_disk.CrashAt}");
                break;
            case Step.Restart:
                Restart();
                break;
            case Step.Kill:
                _session.Kill();
                break;
            case Step.CutPower:
                _session.Kill();
                break;
            case Step.FillDisk:
                _disk.Capacity = _disk.Used + _dice.Between(0, 3000);
                Say($"{_disk.Capacity - _disk.Used} bytes left");
                break;
            case Step.FreeDisk:
                _disk.Capacity = long.MaxValue;
                break;
            default:
                FlipBits();
                break;
        }
    }

    private void Say(string text) => _did = $"{_did}; {text}";

    private static T Wait<T>(ValueTask<T> task) => task.IsCompleted ? task.GetAwaiter().GetResult() : task.AsTask().GetAwaiter().GetResult();
}

/// <summary>Something is wrong with the store.</summary>
internal sealed class SimulationFailure(string message) : Exception(message);
