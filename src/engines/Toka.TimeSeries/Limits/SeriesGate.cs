using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Toka.Core.Labels;
using Toka.Core.Limits;

namespace Toka.TimeSeries.Limits;

/// <summary>
/// Whether one more series may be made: asks the memory budget, and counts new series by job for the hour and the day, so
/// that a refusal can name who makes them. Used by the committer alone; not thread-safe, except <see cref="Jobs"/>.
/// </summary>
/// <remarks>
/// Hours and days are those of UTC. Counted is what is new to this process: after a restart the series of a job count once
/// more, so a limit below what a job has at one time would hold them back.
/// </remarks>
internal sealed class SeriesGate(MetricStoreOptions options, MemoryBudget? budget)
{
    /// <summary>Jobs counted apart; more than that are counted together, at some 5 kB each.</summary>
    internal const int JobsMax = 500;

    private const string OtherJobs = "(other jobs)";
    private const long HourMs = 3_600_000;
    private const long DayMs = 24 * HourMs;

    private readonly Dictionary<ulong, JobSeries> _jobs = [];
    private readonly Lock _lock = new();

    /// <summary>Asks for one more series, and counts it where it may be made.</summary>
    /// <param name="labels">Its canonical labels.</param>
    /// <param name="nowMs">The clock.</param>
    /// <param name="reason">Why not, without a full stop; null where it may be made.</param>
    public bool TryAdmit(ReadOnlySpan<byte> labels, long nowMs, out string? reason)
    {
        ReadOnlySpan<byte> job = default, metric = default;
        foreach (var label in LabelSet.Enumerate(labels))
        {
            job = label.Name.SequenceEqual("job"u8) ? label.Value : job;
            metric = label.Name.SequenceEqual("__name__"u8) ? label.Value : metric;
        }

        lock (_lock)
        {
            var series = JobOf(job);
            series.Roll(nowMs / HourMs, nowMs / DayMs);
            reason = ReasonAgainst(series, nowMs / HourMs);
            if (reason is null)
            {
                series.Count(metric);
            }

            return reason is null;
        }
    }

    /// <summary>New series of each job in this hour and this day, the most of the hour first. Thread-safe.</summary>
    /// <param name="nowMs">The clock.</param>
    public IReadOnlyList<JobChurn> Jobs(long nowMs)
    {
        lock (_lock)
        {
            foreach (var job in _jobs.Values)
            {
                job.Roll(nowMs / HourMs, nowMs / DayMs);
            }

            return [.. _jobs.Values.Where(static job => job.Day > 0).OrderByDescending(static job => job.Hour).ThenByDescending(static job => job.Day)
                .Select(static job => new JobChurn(job.Name, job.Hour, job.Day, job.Metrics.Largest?.Name))];
        }
    }

    private string? ReasonAgainst(JobSeries series, long hour)
    {
        if (budget is { Level: >= MemoryLevel.Tight })
        {
            // A job that made none this hour still has the count of an earlier one.
            var culprit = _jobs.Values.MaxBy(job => job.HourNumber == hour ? job.Hour : 0)!;
            return $"{budget}, and new series are refused until it falls; {Told(culprit, culprit.Hour, "this hour")}";
        }

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

    private JobSeries JobOf(ReadOnlySpan<byte> job)
    {
        var hash = XxHash3.HashToUInt64(job);
        if (_jobs.TryGetValue(hash, out var known))
        {
            return known;
        }

        if (_jobs.Count >= JobsMax)
        {
            DropOldJobs();
        }

        if (_jobs.Count >= JobsMax)
        {
            hash = 0;
            job = Encoding.UTF8.GetBytes(OtherJobs);
            if (_jobs.TryGetValue(hash, out known))
            {
                return known;
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
        public string Name { get; } = name;

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
                (DayNumber, Day) = (day, 0);
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

/// <summary>New series of a job.</summary>
/// <param name="Job">The value of <c>job</c>; empty for series without one.</param>
/// <param name="Hour">New series since the hour began.</param>
/// <param name="Day">New series since the day (UTC) began.</param>
/// <param name="TopMetric">The metric that most of this hour's are of; null where there is none.</param>
internal readonly record struct JobChurn(string Job, int Hour, int Day, string? TopMetric);
