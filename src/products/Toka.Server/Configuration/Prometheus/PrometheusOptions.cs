using Toka.Configuration.Binding;
using Toka.Configuration.Faults;
using Toka.Core.Labels;
using Toka.Monitoring.Scraping.Options;

namespace Toka.Server.Configuration.Prometheus;

/// <summary>What <c>prometheus.yml</c> says, its files of jobs and rules included. Immutable.</summary>
public sealed record PrometheusOptions
{
    /// <summary>No file: nothing is scraped.</summary>
    public static PrometheusOptions None { get; } = new();

    /// <summary>The file's path; null where there is none.</summary>
    public string? File { get; init; }

    /// <summary>The jobs, those of <c>scrape_config_files</c> behind those of the file itself.</summary>
    public ValueList<ScrapeJobOptions> ScrapeJobs { get; init; } = [];

    /// <summary><c>global.external_labels</c>, environment variables put in. Default none.</summary>
    public LabelSet ExternalLabels { get; init; } = LabelSet.Empty;

    /// <summary><c>global.evaluation_interval</c>. Default 1 min.</summary>
    public TimeSpan EvaluationInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The groups of rules of all <c>rule_files</c>, checked; nothing evaluates them yet.</summary>
    public ValueList<RuleGroupOptions> RuleGroups { get; init; } = [];

    /// <summary>What was read and has no effect, each with its place and what to do: shown in the log, by the API and by <c>toka check</c>.</summary>
    public IReadOnlyList<ConfigFault> NotInForce { get; init; } = [];
}

/// <summary>A group of rules.</summary>
/// <param name="Name">Its name, unique in its file.</param>
/// <param name="File">The file.</param>
/// <param name="Interval">How often it is evaluated; null for <see cref="PrometheusOptions.EvaluationInterval"/>.</param>
/// <param name="Rules">The rules, in their order.</param>
public sealed record RuleGroupOptions(string Name, string File, TimeSpan? Interval, ValueList<RuleOptions> Rules);

/// <summary>A rule: one that records, or one that alerts.</summary>
/// <param name="Name">The metric that it writes, or the alert's name.</param>
/// <param name="IsAlert">Which of the two it is.</param>
/// <param name="Expression">PromQL, which is known to parse.</param>
/// <param name="For">How long an alert's condition must hold. Default zero.</param>
/// <param name="KeepFiringFor">How long an alert goes on when its condition holds no more. Default zero.</param>
/// <param name="Labels">Labels to set; an alert's are templates.</param>
/// <param name="Annotations">An alert's annotations, templates.</param>
public sealed record RuleOptions(
    string Name,
    bool IsAlert,
    string Expression,
    TimeSpan For,
    TimeSpan KeepFiringFor,
    ValueList<KeyValuePair<string, string>> Labels,
    ValueList<KeyValuePair<string, string>> Annotations);
