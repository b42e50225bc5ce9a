using Toka.Configuration.Binding;
using Toka.Core.Labels;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Parsing;
using Toka.Query.Results;
using Toka.TimeSeries;
using Toka.TimeSeries.Compaction;

namespace Toka.Server.Configuration;

/// <summary>The section <c>storage</c>.</summary>
public sealed record StorageOptions
{
    private static readonly TimeSpan s_keepMax = TimeSpan.FromDays(36_500);

    /// <summary>How long samples are kept as they came. Default 15 days; 1 h to 100 years.</summary>
    public required TimeSpan Retention { get; init; }

    /// <summary>How long their summaries of 10 s are kept; zero for none. Default 30 days.</summary>
    public required TimeSpan Tier10s { get; init; }

    /// <summary>How long their summaries of 1 min are kept; zero for none. Default 180 days.</summary>
    public required TimeSpan Tier1m { get; init; }

    /// <summary>How long their summaries of 1 h are kept; zero for none. Default 5 years.</summary>
    public required TimeSpan Tier1h { get; init; }

    /// <summary>Series that are kept for another time; the first rule that matches counts. At most 64. Default none.</summary>
    public required IReadOnlyList<RetentionRuleOptions> Rules { get; init; }

    /// <summary>The most bytes on the disk for metrics, everything counted; null for no cap. 16 MiB to 1 PiB.</summary>
    public required long? SizeBytes { get; init; }

    /// <summary>Bytes of the file system to leave free. Default 128 MiB; 0 to 1 TiB.</summary>
    public required long DiskReserveBytes { get; init; }

    /// <summary>How often the write-ahead log is forced to disk: what a power cut can cost. Default 200 ms; 10 ms to 1 min.</summary>
    public required TimeSpan SyncInterval { get; init; }

    /// <summary>The most memory for the whole process, in bytes; null for half of what there is. 64 MiB to 1 TiB.</summary>
    public required long? MemoryBytes { get; init; }

    /// <summary>The most series in memory, those written in the last hours. Default 1 000 000; 1 to 100 000 000.</summary>
    public required int SeriesMax { get; init; }

    /// <summary>The most new series of a job in an hour; 0 for no limit. Default 0.</summary>
    public required int SeriesPerJobHour { get; init; }

    /// <summary>The most new series of a job in a day; 0 for no limit. Default 0.</summary>
    public required int SeriesPerJobDay { get; init; }

    /// <summary>Whether two sections say the same, the lists' contents compared.</summary>
    internal bool IsSameAs(StorageOptions other) => this with { Rules = other.Rules } == other && Rules.SequenceEqual(other.Rules);

    /// <summary>What the store is told of all this.</summary>
    public RetentionOptions ToRetention() => new()
    {
        RawKeep = Retention,
        Keep10s = Tier10s,
        Keep1m = Tier1m,
        Keep1h = Tier1h,
        Rules = [.. Rules.Select(static rule => new RetentionRule(rule.Matchers, rule.Keep))],
        SizeCapBytes = SizeBytes ?? long.MaxValue,
        DiskReserveBytes = DiskReserveBytes,
    };

    /// <summary>A store that keeps its data so; its directory and the limits that are a server's are still missing.</summary>
    public MetricStoreOptions ToStore() => new() { Kept = ToRetention(), SyncInterval = SyncInterval, SeriesMax = SeriesMax };

    internal static StorageOptions Bind(ConfigSection section)
    {
        var tiers = section.Section("tiers", "How long summaries are kept.");
        return new StorageOptions
        {
            Retention = section.Duration("retention", TimeSpan.FromDays(15), TimeSpan.FromHours(1), s_keepMax, "How long samples are kept as they came."),
            Tier10s = tiers.Duration("10s", TimeSpan.FromDays(30), TimeSpan.Zero, s_keepMax, "How long their summaries of 10 s are kept; 0s for none."),
            Tier1m = tiers.Duration("1m", TimeSpan.FromDays(180), TimeSpan.Zero, s_keepMax, "How long their summaries of 1 min are kept; 0s for none."),
            Tier1h = tiers.Duration("1h", TimeSpan.FromDays(1825), TimeSpan.Zero, s_keepMax, "How long their summaries of 1 h are kept; 0s for none."),
            Rules = section.List("rules", RetentionOptions.RulesMax, "Series that are kept for another time, in every resolution; the first rule that matches counts.", BindRule),
            SizeBytes = section.Size("size", null, 16L << 20, 1L << 50, "The most disk for metrics, the work of compaction included; beyond it the oldest go first, and for their times nothing is taken until the next start. Without it there is no cap."),
            DiskReserveBytes = section.Size("disk_reserve", 128L << 20, 0, 1L << 40, "What is left free of the file system; below it nothing is compacted, and near nothing the oldest go first.") ?? 0,
            SyncInterval = section.Duration(
                "sync_interval", TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1),
                "How often the write-ahead log is forced to disk: what a power cut can cost."),
            MemoryBytes = section.Size("memory", null, 64L << 20, 1L << 40, "The memory that the whole process is to stay below, mapped files aside. From 80 % of it on new series are refused and samples move to blocks early, from 92 % on heavy queries are refused too, until it is 5 % less again. Without it half of what the machine or container has."),
            SeriesMax = section.Integer("series_max", MetricStoreOptions.SeriesMaxDefault, 1, MetricStoreOptions.SeriesMaxMax, "The most series in memory, which are those written in the last hours; samples of further ones are refused. A million takes about 0.4 GB."),
            SeriesPerJobHour = section.Integer("series_per_job_hour", 0, 0, int.MaxValue, "The most new series that one job may make in an hour (UTC); 0 for no limit. New is a series that is neither in memory nor in a block of the last 24 h of data; the count begins anew at a restart. Not for what toka writes itself."),
            SeriesPerJobDay = section.Integer("series_per_job_day", 0, 0, int.MaxValue, "The most new series that one job may make in a day (UTC); 0 for no limit. New is a series that is neither in memory nor in a block of the last 24 h of data; the count begins anew at a restart. Not for what toka writes itself."),
        };
    }

    private static RetentionRuleOptions BindRule(ConfigSection section)
    {
        var match = section.RequiredText("match", "The series: a PromQL selector.");
        IReadOnlyList<LabelMatcher> matchers = [];
        if (match.Length > 0)
        {
            try
            {
                if (PromQlParser.Parse(match) is VectorSelector selector)
                {
                    matchers = selector.Matchers;
                }
                else
                {
                    section.Fault("match", "is PromQL, but not a selector; write one such as {job=\"dev\"}");
                }
            }
            catch (QueryException e)
            {
                section.Fault("match", $"is not a selector: {e.Message}");
            }
        }

        return new RetentionRuleOptions(match, matchers, section.Duration("keep", TimeSpan.FromDays(1), TimeSpan.FromHours(1), s_keepMax, "How long they are kept."));
    }
}

/// <summary>A rule of <c>storage.rules</c>.</summary>
/// <param name="Match">The selector as it was written.</param>
/// <param name="Matchers">Its matchers.</param>
/// <param name="Keep">How long the series are kept. Default 1 day; 1 h to 100 years.</param>
public sealed record RetentionRuleOptions(string Match, IReadOnlyList<LabelMatcher> Matchers, TimeSpan Keep)
{
    /// <summary>Two rules are equal when they say the same.</summary>
    public bool Equals(RetentionRuleOptions? other) => other is not null && Match == other.Match && Keep == other.Keep;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Match, Keep);
}
