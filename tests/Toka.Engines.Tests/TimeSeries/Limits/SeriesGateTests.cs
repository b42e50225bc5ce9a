using Microsoft.Extensions.Time.Testing;
using Toka.Core.Labels;
using Toka.Core.Limits;
using Toka.Core.Series;
using Toka.TimeSeries;
using Toka.TimeSeries.Limits;

namespace Toka.Engines.Tests.TimeSeries.Limits;

public sealed class SeriesGateTests
{
    private const long Noon = 1_767_268_800_000;

    [Fact]
    public void A_job_that_makes_too_many_series_in_an_hour_is_refused_by_name_and_others_go_on()
    {
        var gate = new SeriesGate(new MetricStoreOptions { SeriesPerJobHourMax = 10 }, null);
        for (var i = 0; i < 10; i++)
        {
            Assert.True(gate.TryAdmit(Series("noisy", i < 7 ? "requests" : "errors", i), Noon, false, out _));
        }

        Assert.False(gate.TryAdmit(Series("noisy", "errors", 10), Noon, false, out var reason));
        Assert.Equal("job \"noisy\" made 10 new series this hour, most of them of metric \"requests\", and may make 10 (series_per_job_hour)", reason);
        Assert.True(gate.TryAdmit(Series("quiet", "requests", 0), Noon, false, out _));
        Assert.True(gate.TryAdmit(Series("noisy", "errors", 10), Noon + 3_600_000, false, out _));
    }

    [Fact]
    public void The_day_has_a_limit_of_its_own()
    {
        var gate = new SeriesGate(new MetricStoreOptions { SeriesPerJobDayMax = 3 }, null);
        for (var hour = 0; hour < 3; hour++)
        {
            Assert.True(gate.TryAdmit(Series("j", "m", hour), Noon + (hour * 3_600_000L), false, out _));
        }

        Assert.False(gate.TryAdmit(Series("j", "m", 3), Noon + (3 * 3_600_000L), false, out var reason));
        Assert.Contains("3 new series today", reason, StringComparison.Ordinal);
        Assert.True(gate.TryAdmit(Series("j", "m", 3), Noon + (12 * 3_600_000L), false, out _));
    }

    [Fact]
    public void When_memory_is_critical_new_series_are_refused_and_whoever_made_most_is_named()
    {
        long used = 100;
        var time = new FakeTimeProvider();
        var gate = new SeriesGate(new MetricStoreOptions(), new MemoryBudget(1000, () => used, static () => { }, time));
        for (var i = 0; i < 5; i++)
        {
            Assert.True(gate.TryAdmit(Series("noisy", "requests", i), Noon, false, out _));
        }

        used = 950;
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(gate.TryAdmit(Series("late", "m", 0), Noon, false, out var reason));
        Assert.Equal(
            "memory is at 95 % of 0 MiB, and new series are refused until it falls; job \"noisy\" made 5 new series this hour, most of them of metric \"requests\"",
            reason);
    }

    [Fact]
    public void Who_made_most_an_hour_ago_is_not_named_for_this_hour()
    {
        long used = 100;
        var time = new FakeTimeProvider();
        var gate = new SeriesGate(new MetricStoreOptions(), new MemoryBudget(1000, () => used, static () => { }, time));
        for (var i = 0; i < 5; i++)
        {
            Assert.True(gate.TryAdmit(Series("earlier", "requests", i), Noon, false, out _));
        }

        Assert.True(gate.TryAdmit(Series("now", "errors", 0), Noon + 3_600_000, false, out _));
        used = 950;
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(gate.TryAdmit(Series("late", "m", 0), Noon + 3_600_000, false, out var reason));
        Assert.EndsWith("job \"now\" made 1 new series this hour, most of them of metric \"errors\"", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_nobody_made_a_series_this_hour_nobody_is_named()
    {
        long used = 100;
        var time = new FakeTimeProvider();
        var gate = new SeriesGate(new MetricStoreOptions(), new MemoryBudget(1000, () => used, static () => { }, time));
        Assert.True(gate.TryAdmit(Series("earlier", "requests", 0), Noon, false, out _));

        used = 950;
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(gate.TryAdmit(Series("late", "m", 0), Noon + 3_600_000, false, out var reason));
        Assert.Equal("memory is at 95 % of 0 MiB, and new series are refused until it falls", reason);
    }

    [Fact]
    public void Any_number_of_jobs_is_counted_in_bounded_memory()
    {
        var gate = new SeriesGate(new MetricStoreOptions(), null);
        for (var i = 0; i < 3 * SeriesGate.JobsMax; i++)
        {
            Assert.True(gate.TryAdmit(Series("job" + i, "m", i), Noon, false, out _));
        }

        var jobs = gate.Jobs(Noon);
        Assert.Equal(SeriesGate.JobsMax + 1, jobs.Count);
        Assert.Equal(3 * SeriesGate.JobsMax, jobs.Sum(static job => job.Hour));
        Assert.Equal(("(other jobs)", 2 * SeriesGate.JobsMax), (jobs[0].Job, jobs[0].Hour));
    }

    [Fact]
    public void The_limits_of_jobs_are_not_for_what_the_program_writes_of_itself()
    {
        var gate = new SeriesGate(new MetricStoreOptions { SeriesPerJobHourMax = 1, SeriesPerJobDayMax = 1 }, null);
        Assert.True(gate.TryAdmit(Series("node", "m", 0), Noon, true, out _));
        Assert.True(gate.TryAdmit(Series("node", "m", 1), Noon, true, out _));
        Assert.False(gate.TryAdmit(Series("node", "m", 2), Noon, false, out _));
    }

    [Fact]
    public void Refusals_are_told_to_the_log_once_for_each_job_and_hour_and_counted_with_its_new_series()
    {
        var told = new List<string>();
        var gate = new SeriesGate(new MetricStoreOptions { SeriesPerJobHourMax = 1, Report = told.Add }, null);
        Assert.Null(gate.LastRefusal);
        foreach (var job in (string[])["a", "b"])
        {
            for (var i = 0; i < 4; i++)
            {
                _ = gate.TryAdmit(Series(job, "m", i), Noon, false, out _);
            }
        }

        Assert.Equal(
            ["a", "b"],
            told.Select(static line => line["samples of new series are refused: job \"".Length..].Split('"')[0]));
        Assert.Equal("samples of new series are refused: job \"a\" made 1 new series this hour, most of them of metric \"m\", and may make 1 (series_per_job_hour)", told[0]);
        Assert.Equal(new SeriesRefusal(told[1]["samples of new series are refused: ".Length..], Noon), gate.LastRefusal);
        Assert.Equal([new JobChurn("a", 1, 1, 3, "m"), new JobChurn("b", 1, 1, 3, "m")], gate.Jobs(Noon).OrderBy(static job => job.Job));
        Assert.Single(gate.Jobs(Noon, 1));

        Assert.True(gate.TryAdmit(Series("a", "m", 9), Noon + 3_600_000, false, out _));
        Assert.False(gate.TryAdmit(Series("a", "m", 10), Noon + 3_600_000, false, out _));
        Assert.Equal(3, told.Count);
    }

    [Fact]
    public void That_memory_is_short_is_told_once_an_hour_whichever_jobs_are_refused()
    {
        var told = new List<string>();
        var gate = new SeriesGate(new MetricStoreOptions { Report = told.Add }, new MemoryBudget(1000, static () => 950, static () => { }, new FakeTimeProvider()));
        Assert.False(gate.TryAdmit(Series("a", "m", 0), Noon, false, out _));
        Assert.False(gate.TryAdmit(Series("b", "m", 0), Noon, true, out _));
        Assert.Contains("memory is at 95 %", Assert.Single(told), StringComparison.Ordinal);
        Assert.False(gate.TryAdmit(Series("b", "m", 0), Noon + 3_600_000, false, out _));
        Assert.Equal(2, told.Count);
    }

    [Fact]
    public void The_heaviest_of_many_names_is_found()
    {
        var random = new Random(11);
        var counts = new HeavyHitters();
        for (var i = 0; i < 20_000; i++)
        {
            counts.Add(random.Next(5) == 0 ? "heavy"u8 : System.Text.Encoding.UTF8.GetBytes("light" + random.Next(5000)));
        }

        Assert.Equal("heavy", counts.Largest?.Name);
    }

    private static byte[] Series(string job, string metric, int number) =>
        LabelSet.Of((LabelSet.MetricName, metric), ("job", job), ("n", number.ToString())).Encoded.ToArray();
}
