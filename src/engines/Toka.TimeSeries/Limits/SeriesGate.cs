using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Toka.Core.Labels;
using Toka.Core.Limits;
using Toka.Core.Series;
using Toka.TimeSeries.Catalog;

namespace Toka.TimeSeries.Limits;

/// <summary>
/// Whether one more series may be made: asks the memory budget, and counts new series by job for the hour and the day, so
/// that a refusal can name who makes them. Used by the committer alone; not thread-safe, except <see cref="Jobs"/>.
/// </summary>
/// <remarks>
/// Hours and days are those of UTC, counted since the process began. Where a job has a limit or memory is short, a series
/// that a recent block has is not new: neither a restart nor a pause of the sender counts it once more, and what was sealed
/// early to free memory is not refused for it. Otherwise the blocks are not asked, for that costs a search in each.
/// </remarks>
/// <param name="options">The limits, and who is told that one was met.</param>
/// <param name="budget">The memory; null where it is not asked.</param>
/// <param name="known">The series of the blocks; null where there are none.</param>
internal sealed class SeriesGate(MetricStoreOptions options, MemoryBudget? budget, KnownSeries? known = null)
{
    /// <summary>Jobs counted apart; more than that are counted together, at some 5 kB each.</summary>
    internal const int JobsMax = 500;

    private const string OtherJobs = "(other jobs)";
    private const long HourMs = 3_600_000;
    private const long DayMs = 24 * HourMs;

    private readonly Dictionary<ulong, JobSeries> _jobs = [];
    private readonly Lock _lock = new();

    private volatile SeriesRefusal? _lastRefusal;
    private long _toldHour;

    /// <summary>The last refusal; null before the first. Thread-safe.</summary>
    public SeriesRefusal? LastRefusal => _lastRefusal;

    /// <summary>Asks for one more series, and counts it where it may be made.</summary>
    /// <param name="labels">Its canonical labels.</param>
    /// <param name="nowMs">The clock.</param>
    /// <param name="isOwn">Whether the program itself writes it: the limits of jobs are for senders.</param>
    /// <param name="reason">Why not, without a full stop; null where it may be made.</param>
    public bool TryAdmit(ReadOnlySpan<byte> labels, long nowMs, bool isOwn, out string? reason)
    {
        lock (_lock)
        {
            var series = JobAt(labels, nowMs, out var metric);
            var isLimited = !isOwn && (options.SeriesPerJobHourMax > 0 || options.SeriesPerJobDayMax > 0);
            var isShort = budget is { Level: >= MemoryLevel.Tight };
            reason = null;
            if ((isLimited || isShort) && known?.Has(labels, nowMs) == true)
            {
                return true;
            }

            if (isShort)
            {
                series.Refused++;
                reason = ReasonOfMemory(nowMs / HourMs);
                Refused(reason, nowMs, ref _toldHour);
                return false;
            }

            reason = isLimited ? ReasonAgainst(series) : null;
            if (reason is not null)
            {
                series.Refused++;
                Refused(reason, nowMs, ref series.ToldHour);
                return false;
            }

            series.Count(metric);
            return true;
        }
    }

    /// <summary>Takes note of a series that was refused for another reason, of which the store as a whole has one.</summary>
    /// <param name="labels">Its canonical labels.</param>
    /// <param name="reason">Why, without a full stop.</param>
    /// <param name="nowMs">The clock.</param>
    public void Refused(ReadOnlySpan<byte> labels, string reason, long nowMs)
    {
        lock (_lock)
        {
            JobAt(labels, nowMs, out _).Refused++;
            Refused(reason, nowMs, ref _toldHour);
        }
    }

    /// <summary>New series of each job in this hour and this day, the most of the hour first. Thread-safe.</summary>
    /// <param name="nowMs">The clock.</param>
    /// <param name="limit">The most jobs; positive.</param>
    public IReadOnlyList<JobChurn> Jobs(long nowMs, int limit = int.MaxValue)
    {
        lock (_lock)
        {
            foreach (var job in _jobs.Values)
            {
                job.Roll(nowMs / HourMs, nowMs / DayMs);
            }

            return [.. _jobs.Values.Where(static job => job.Day > 0 || job.Refused > 0)
                .OrderByDescending(static job => job.Hour).ThenByDescending(static job => job.Day).ThenByDescending(static job => job.Refused)
                .Take(limit)
                .Select(static job => new JobChurn(job.Name, job.Hour, job.Day, job.Refused, job.Metrics.Largest?.Name))];
        }
    }

    /// <summary>Remembers a refusal, and tells the program's log of the first one of an hour.</summary>
    private void Refused(string reason, long nowMs, ref long toldHour)
    {
        _lastRefusal = new SeriesRefusal(reason, nowMs);
        if (toldHour != nowMs / HourMs)
        {
            toldHour = nowMs / HourMs;
            options.Report?.Invoke($"samples of new series are refused: {reason}");
        }
    }

    private string ReasonOfMemory(long hour)
    {
        // A job that made none this hour still has the count of an earlier one; where none made any, nobody is to blame.
        var culprit = _jobs.Values.Where(job => job.HourNumber == hour && job.Hour > 0).MaxBy(static job => job.Hour);
        return $"{budget}, and new series are refused until it falls" + (culprit is null ? "" : "; " + Told(culprit, culprit.Hour, "this hour"));
    }

    private string? ReasonAgainst(JobSeries series)
    {
        if (options.SeriesPerJobHourMax > 0 && series.Hour >= options.SeriesPerJobHourMax)
        {
            return $"{Told(series, series.Hour, "this hour")}, and may make {Number(options.SeriesPerJobHourMax)} (series_per_job_hour)";
        }

        return options.SeriesPerJobDayMax > 0 && series.Day >= options.SeriesPerJobDayMax
            ? $"{Told(series, series.Day, "today")}, and may make {Number(options.SeriesPerJobDayMax)} (series_per_job_day)"
            : null;
    }

    private static string Told(JobSeries job, int count, string when) =>
        $"job \"{job.Name}\" made {Number(count)} new series {when}" + (job.Metrics.Largest is { } metric ? $", most of them of metric \"{metric.Name}\"" : "");

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The counts of a series' job, brought to this hour and day.</summary>
    private JobSeries JobAt(ReadOnlySpan<byte> labels, long nowMs, out ReadOnlySpan<byte> metric)
    {
        ReadOnlySpan<byte> job = default;
        metric = default;
        foreach (var label in LabelSet.Enumerate(labels))
        {
            job = label.Name.SequenceEqual("job"u8) ? label.Value : job;
            metric = label.Name.SequenceEqual("__name__"u8) ? label.Value : metric;
        }

        var series = JobOf(job);
        series.Roll(nowMs / HourMs, nowMs / DayMs);
        return series;
    }

    private JobSeries JobOf(ReadOnlySpan<byte> job)
    {
        var hash = XxHash3.HashToUInt64(job);
        if (_jobs.TryGetValue(hash, out var counted))
        {
            return counted;
        }

        if (_jobs.Count >= JobsMax)
        {
            DropOldJobs();
        }

        if (_jobs.Count >= JobsMax)
        {
            hash = 0;
            job = Encoding.UTF8.GetBytes(OtherJobs);
            if (_jobs.TryGetValue(hash, out counted))
            {
                return counted;
            }
        }

        return _jobs[hash] = new JobSeries(Encoding.UTF8.GetString(job));
    }

    /// <summary>Forgets the jobs that made nothing in the newest day seen.</summary>
    private void DropOldJobs()
    {
        var today = _jobs.Values.Max(static job => job.DayNumber);
        foreach (var (hash, job) in _jobs)
        {
            if (job.DayNumber < today)
            {
                _jobs.Remove(hash);
            }
        }
    }

    private sealed class JobSeries(string name)
    {
        /// <summary>The hour in which the program's log was last told of this job.</summary>
        public long ToldHour;

        public string Name { get; } = name;

        /// <summary>Samples of new series refused this day.</summary>
        public long Refused { get; set; }

        public int Hour { get; private set; }

        public int Day { get; private set; }

        public long HourNumber { get; private set; }

        public long DayNumber { get; private set; }

        /// <summary>The metrics of this hour's new series.</summary>
        public HeavyHitters Metrics { get; private set; } = new();

        public void Roll(long hour, long day)
        {
            if (hour != HourNumber)
            {
                (HourNumber, Hour, Metrics) = (hour, 0, new HeavyHitters());
            }

            if (day != DayNumber)
            {
                (DayNumber, Day, Refused) = (day, 0, 0);
            }
        }

        public void Count(ReadOnlySpan<byte> metric)
        {
            Hour++;
            Day++;
            Metrics.Add(metric);
        }
    }
}
