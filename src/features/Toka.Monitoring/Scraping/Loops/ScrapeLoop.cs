using Microsoft.Extensions.Logging;
using Toka.Core.Series;
using Toka.Core.Targets;
using Toka.Monitoring.Scraping.Appending;
using Toka.Monitoring.Scraping.Fetching;
using Toka.Monitoring.Scraping.Targets;

namespace Toka.Monitoring.Scraping.Loops;

/// <summary>What all loops of a process share.</summary>
/// <param name="Writer">Takes the samples.</param>
/// <param name="Batches">Batches.</param>
/// <param name="Bodies">What bodies may take.</param>
/// <param name="Metrics">What is counted.</param>
/// <param name="Time">The clock.</param>
/// <param name="Log">Told of what is not a target's fault.</param>
internal sealed record ScrapeServices(ISeriesWriter Writer, BatchPool Batches, BodyRoom Bodies, ScrapeMetrics Metrics, TimeProvider Time, ILogger Log)
{
    /// <summary>Told of every scrape once all of it is done; for tests.</summary>
    public Action<ScrapeTargetStatus>? Scraped { get; set; }

    /// <summary>Told whenever the loops of a job are those of its targets; for tests.</summary>
    public Action? Synced { get; set; }
}

/// <summary>
/// Scrapes one target for as long as it is known, and takes over other settings without a gap. No thread of its own: between
/// scrapes there is a timer. <see cref="Status"/> and <see cref="Update"/> are thread-safe; start it once, stop it once.
/// </summary>
internal sealed partial class ScrapeLoop : IDisposable
{
    /// <summary>The longest wait in one piece, so that a clock that is set meanwhile is noticed: a minute.</summary>
    private static readonly TimeSpan s_waitMax = TimeSpan.FromMinutes(1);

    private readonly ScrapeServices _services;
    private readonly CancellationTokenSource _stop = new();
    private readonly ScrapeAppender _appender;
    private readonly ScrapeClock _clock;
    private volatile Plan _plan;
    private volatile ScrapeTargetStatus _status;
    private CancellationTokenSource _wake = new();
    private Task _run = Task.CompletedTask;
    private Plan? _applied;
    private int _bodyBytes;
    private long _lastMs;

    public ScrapeLoop(ScrapeTarget target, ScrapeSettings settings, ScrapeServices services)
    {
        _services = services;
        _plan = new Plan(target, settings);
        _appender = new ScrapeAppender(settings.Rules, target.Labels);
        _clock = new ScrapeClock(NowMs);
        _status = StatusOf(_plan);
    }

    /// <summary>How the target does.</summary>
    public ScrapeTargetStatus Status => _status with { Metadata = _appender.Families };

    /// <summary>Whether it is up.</summary>
    public TargetHealth Health => _status.Health;

    private long NowMs => _services.Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Begins to scrape.</summary>
    /// <param name="before">A target that went away and had the same series; they go on here.</param>
    public void Start(ScrapeLoop? before)
    {
        if (before is not null)
        {
            _appender.Inherit(before._appender);
        }

        _run = Task.Run(RunAsync);
    }

    /// <summary>Puts other settings in force, from the next scrape on.</summary>
    /// <param name="target">The same target, found anew.</param>
    /// <param name="settings">The job's settings.</param>
    public void Update(ScrapeTarget target, ScrapeSettings settings)
    {
        var plan = new Plan(target, settings);
        if (plan == _plan)
        {
            return;
        }

        _plan = plan;
        Interlocked.Exchange(ref _wake, new CancellationTokenSource()).Cancel();
    }

    /// <summary>Stops scraping; what is being read is given up. Nothing is written any more.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _run.ConfigureAwait(false);
    }

    /// <summary>Marks all series of a stopped target as ended.</summary>
    public async Task EndAsync()
    {
        var batch = _services.Batches.Rent();
        _appender.End(Math.Max(NowMs, _lastMs + 1), batch);
        await WriteAsync(batch).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _stop.Dispose();
        _wake.Dispose();
    }

    private static ScrapeTargetStatus StatusOf(Plan plan) => new()
    {
        Pool = plan.Settings.Job.JobName,
        DiscoveredLabels = plan.Target.DiscoveredLabels,
        Labels = plan.Target.Labels,
        Url = plan.Target.Url,
        Interval = plan.Target.Interval,
        Timeout = plan.Target.Timeout,
    };

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            Apply();
            if (await WaitAsync().ConfigureAwait(false))
            {
                await ScrapeWithAsync(_applied!).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Scrapes, unless the plan's connections are closed: then a newer plan is there, and this moment is that one's.</summary>
    private async Task ScrapeWithAsync(Plan plan)
    {
        if (!plan.Settings.Connections.TryEnter())
        {
            return;
        }

        try
        {
            await ScrapeAsync(plan).ConfigureAwait(false);
        }
        finally
        {
            plan.Settings.Connections.Exit();
        }
    }

    private void Apply()
    {
        var plan = _plan;
        if (plan == _applied)
        {
            return;
        }

        _applied = plan;
        _clock.Set(plan.Target.Interval, plan.Target.OffsetMs);
        _appender.Apply(plan.Settings.Rules);
        var was = _status;
        _status = StatusOf(plan) with
        {
            Health = was.Health, LastError = was.LastError, LastScrapeMs = was.LastScrapeMs, LastDuration = was.LastDuration, Samples = was.Samples,
        };
    }

    /// <summary>Waits for the next moment.</summary>
    /// <returns>Whether it has come; otherwise something else woke the loop.</returns>
    private async Task<bool> WaitAsync()
    {
        var now = NowMs;
        var wait = TimeSpan.FromMilliseconds(_clock.NextMs(now) - now);
        if (wait <= TimeSpan.Zero)
        {
            return true;
        }

        var wake = _wake;
        if (_plan != _applied)
        {
            return false;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, wake.Token);
        var waiting = Task.Delay(wait < s_waitMax ? wait : s_waitMax, _services.Time, either.Token);
        if (NowMs != now)
        {
            await either.CancelAsync().ConfigureAwait(false); // The clock went on before the timer was set, which would ring late.
        }

        await waiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return false;
    }

    private async Task ScrapeAsync(Plan plan)
    {
        var time = _clock.Begin(NowMs, out var missed);
        _services.Metrics.Missed.Add(missed);
        var start = _services.Time.GetTimestamp();
        var batch = _services.Batches.Rent();
        var reading = await ReadAsync(plan, time, batch).ConfigureAwait(false);
        if (_stop.IsCancellationRequested && !reading.IsUp)
        {
            // Given up, not failed: the markers go with the batch, so the series still go on, here or at an heir.
            _services.Batches.Return(batch);
            _appender.NotWritten();
            return;
        }

        var duration = _services.Time.GetElapsedTime(start);
        var bodyBytes = reading.Outcome == ScrapeOutcome.BodySizeLimit ? -1 : reading.IsUp || reading.Scraped > 0 ? _bodyBytes : 0;
        _appender.Report.Write(batch, time, reading, new ScrapeCourse(duration, plan.Target.Timeout, bodyBytes), plan.Settings.Rules);
        _lastMs = time;
        var written = await WriteAsync(batch).ConfigureAwait(false);
        var outcome = reading.IsUp && written.Outcome != ScrapeOutcome.Good ? written.Outcome : reading.Outcome;
        _services.Metrics.Scraped(reading, outcome, _appender, _services.Time.GetElapsedTime(start));
        _status = _status with
        {
            Health = reading.IsUp ? TargetHealth.Up : TargetHealth.Down,
            LastError = (written.Outcome == ScrapeOutcome.WriteFailed ? written.Message : reading.Message ?? written.Message) ?? "",
            LastScrapeMs = time,
            LastDuration = duration,
            Samples = reading.Scraped,
        };
        _services.Scraped?.Invoke(_status);
    }

    private async Task<ScrapeReading> ReadAsync(Plan plan, long time, WriteBatch batch)
    {
#pragma warning disable CA1031 // Whatever it is: this target goes on to be scraped, and the fault is counted, logged and shown.
        try
        {
            if (plan.Settings.Refusal is { } refusal)
            {
                throw new ScrapeFailure(ScrapeOutcome.TargetLimit, refusal);
            }

            using var body = await plan.Settings.Fetcher.FetchAsync(plan.Target.Url, plan.Target.Timeout, _bodyBytes + (_bodyBytes / 8), _stop.Token).ConfigureAwait(false);
            _bodyBytes = body.Length;
            return _appender.Read(body.Bytes, body.Format, time, batch);
        }
        catch (ScrapeFailure e)
        {
            _appender.Fail(time, batch);
            return new ScrapeReading(e.Outcome, e.Message);
        }
        catch (Exception e)
        {
            batch.Clear();
            _appender.Fail(time, batch);
            if (!_stop.IsCancellationRequested)
            {
                LogFault(plan.Target.Url, e);
            }

            return new ScrapeReading(ScrapeOutcome.Internal, $"a fault of Toka's own, see its log: {e.Message}");
        }
#pragma warning restore CA1031
    }

    /// <returns>What became of the samples, and why not all are stored; no message where they are.</returns>
    private async Task<(ScrapeOutcome Outcome, string? Message)> WriteAsync(WriteBatch batch)
    {
#pragma warning disable CA1031 // As above.
        try
        {
            var result = default(WriteResult);
            if (!batch.IsEmpty || batch.Metadata.Count > 0)
            {
                result = await _services.Writer.WriteAsync(batch, CancellationToken.None).ConfigureAwait(false);
                _services.Metrics.Written(result);
            }

            _appender.Written();
            return result.Refused == 0
                ? (ScrapeOutcome.Good, null)
                : (ScrapeOutcome.Partial, $"the store refused {result.Refused} of the scrape's samples: {result.FirstReason}");
        }
        catch (Exception e)
        {
            _services.Metrics.NotWritten(batch);
            _appender.NotWritten();
            if (e is not IOException)
            {
                LogFault(_plan.Target.Url, e);
            }

            return (ScrapeOutcome.WriteFailed, $"the samples could not be written: {e.Message}");
        }
        finally
        {
            _services.Batches.Return(batch);
        }
#pragma warning restore CA1031
    }

    private void LogFault(Uri target, Exception fault) => LogFault(_services.Log, target, fault);

    [LoggerMessage(Level = LogLevel.Error, Message = "scraping {Target} failed by a fault of Toka's own; it goes on with the next scrape")]
    private static partial void LogFault(ILogger log, Uri target, Exception fault);

    private sealed record Plan(ScrapeTarget Target, ScrapeSettings Settings);
}
