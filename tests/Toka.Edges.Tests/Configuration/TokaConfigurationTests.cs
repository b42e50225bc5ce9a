using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Toka.Alerting.Rules;
using Toka.Configuration;
using Toka.Core.Alerts;
using Toka.Protocols.Otlp;
using Toka.Server.Configuration;
using Toka.TimeSeries;

namespace Toka.Edges.Tests.Configuration;

public sealed partial class TokaConfigurationTests
{
    private static readonly Dictionary<string, string> NoEnvironment = [];

    private static ConfigResult<TokaOptions> Parse(string yaml) => TokaConfiguration.Parse(yaml, "toka.yaml", NoEnvironment);

    private static TokaOptions Good(string yaml)
    {
        var result = Parse(yaml);
        Assert.Empty(result.Faults);
        return result.Options;
    }

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    private static string ReferencePage => File.ReadAllText(Path.Combine(Here(), "../../../docs/reference/configuration.md"));

    [Fact]
    public void Without_a_file_everything_is_on_every_second()
    {
        var result = TokaConfiguration.Load(null, NoEnvironment);
        Assert.True(result.IsGood);
        var options = result.Options;
        Assert.Equal(DeploymentKind.Development, options.Environment);
        Assert.True(options.Dashboard.Enabled && options.Performance.DashboardEnabled && options.Monitoring.Enabled);
        Assert.Equal(TimeSpan.FromSeconds(1), options.Performance.MetricsInterval);
        Assert.Equal(1, options.Performance.TracingSampleRate);
    }

    [Fact]
    public void Production_is_lean()
    {
        var options = Good("environment: production");
        Assert.False(options.Dashboard.Enabled);
        Assert.Equal(TimeSpan.FromSeconds(10), options.Monitoring.Interval);
        Assert.Equal(0.1, options.Performance.TracingSampleRate);
        Assert.Equal(TimeSpan.FromMinutes(1), options.Monitoring.Thresholds.WarningFor);
        Assert.Equal(TimeSpan.FromSeconds(30), options.Monitoring.Thresholds.CriticalFor);
    }

    [Fact]
    public void One_switch_with_two_names_must_say_one_thing()
    {
        var fault = Assert.Single(Parse("performance:\n  dashboard_enabled: true\ndashboard:\n  enabled: false\n").Faults);
        Assert.Equal("toka.yaml:4:12: dashboard.enabled: says false, but performance.dashboard_enabled (toka.yaml:2:22) says true; they are one switch, so remove one", fault.ToString());
        Assert.True(Good("environment: production\ndashboard: {enabled: true}").Performance.DashboardEnabled);
        var environment = new Dictionary<string, string> { ["TOKA__DASHBOARD__ENABLED"] = "false" };
        var overruled = TokaConfiguration.Parse("performance: {dashboard_enabled: true}", "toka.yaml", environment);
        Assert.True(overruled.IsGood);
        Assert.False(overruled.Options.Dashboard.Enabled);
    }

    [Fact]
    public void A_rule_of_ones_own_is_read_whole()
    {
        var options = Good("""
            alerting:
              webhooks: [{url: "http://127.0.0.1:9000/hook"}]
              rules:
                - {name: queue, metric: 'sum(queue_length)', above: 100, for: 2m, severity: critical, cooldown: 10m, summary: "{value}"}
                - {name: load, metric: load_average_1m, rate_of_change_above: 0.5, over: 10m}
                - {name: heat, metric: temperature, outside: [10, 35]}
            """);
        Assert.Equal("http://127.0.0.1:9000/hook", options.Alerting.Webhooks[0].Url.AbsoluteUri);
        var rule = options.Alerting.Rules[0];
        Assert.Equal((Condition.Above(100), Severity.Critical, TimeSpan.FromMinutes(2)), (rule.Condition, rule.Severity, rule.For));
        Assert.Equal((Condition.RateAbove(0.5), TimeSpan.FromMinutes(10)), (options.Alerting.Rules[1].Condition, options.Alerting.Rules[1].Over));
        Assert.Equal(Condition.Outside(10, 35), options.Alerting.Rules[2].Condition);
    }

    [Fact]
    public void The_section_otlp_has_the_keys_of_Prometheus()
    {
        var otlp = Good("""
            otlp:
              translation_strategy: NoUTF8EscapingWithSuffixes
              promote_resource_attributes: [service.name, ' host.name ']
              promote_scope_metadata: false
              convert_histograms_to_nhcb: true
            """).Otlp;
        Assert.Equal((OtlpTranslationStrategy.NoUTF8EscapingWithSuffixes, false, true), (otlp.Strategy, otlp.PromoteScopeMetadata, otlp.ConvertHistogramsToNhcb));
        Assert.Equal(["service.name", "host.name"], otlp.PromoteResourceAttributes);
        Assert.True(Good("").Otlp.PromoteScopeMetadata);
        Assert.Equal(["host.name"], Good("otlp: {promote_all_resource_attributes: true, ignore_resource_attributes: [host.name]}").Otlp.IgnoreResourceAttributes);
    }

    [Theory]
    [InlineData("{ignore_resource_attributes: [a]}", "otlp.ignore_resource_attributes: has a meaning only where")]
    [InlineData("{promote_all_resource_attributes: true, promote_resource_attributes: [a]}", "otlp.promote_resource_attributes: names some where")]
    [InlineData("{promote_resource_attributes: [a, ' a']}", "otlp.promote_resource_attributes: names \"a\" twice")]
    [InlineData("{translation_strategy: Escaped}", "otlp.translation_strategy: \"Escaped\" is not known")]
    public void A_section_otlp_that_contradicts_itself_is_a_fault(string section, string expected) =>
        Assert.Contains(expected, Assert.Single(Parse("otlp: " + section).Faults).ToString(), StringComparison.Ordinal);

    [Fact]
    public void A_file_full_of_faults_gives_them_all_as_recorded()
    {
        var yaml = File.ReadAllText(Path.Combine(Here(), "faults.yaml"));
        var result = TokaConfiguration.Parse(yaml, "faults.yaml", NoEnvironment);
        var expected = File.ReadAllLines(Path.Combine(Here(), "faults.expected.txt"));
        Assert.Equal(expected, result.Faults.Select(f => f.ToString()));
    }

    [Fact]
    public void An_expression_is_checked_without_a_server_too()
    {
        var fault = Assert.Single(Parse("alerting:\n  rules:\n    - name: a\n      metric: rate(up[\n      above: 1\n").Faults);
        Assert.StartsWith("toka.yaml:4:15: alerting.rules[0].metric: ", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Brackets_that_are_not_closed_are_a_fault_near_their_place()
    {
        var fault = Assert.Single(Parse("monitoring:\n  thresholds:\n    bogus: [1,2\nalerting: 5\n").Faults);
        Assert.StartsWith("toka.yaml:3:", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_a_fault()
    {
        var fault = Assert.Single(TokaConfiguration.Load("/nowhere/toka.yaml", NoEnvironment).Faults);
        Assert.StartsWith("/nowhere/toka.yaml:1:1: the file cannot be read", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Retention_rules_take_selectors_and_say_where_one_is_wrong()
    {
        var good = Parse("storage:\n  tiers: { 10s: 0s }\n  size: 2GiB\n  rules:\n    - { match: '{job=\"dev\"}', keep: 2d }\n");
        Assert.True(good.IsGood);
        var storage = good.Options.Storage;
        Assert.Equal((TimeSpan.FromDays(15), TimeSpan.Zero, 2L << 30), (storage.Retention, storage.Tier10s, storage.SizeBytes));
        Assert.Equal(TimeSpan.FromDays(2), Assert.Single(storage.Rules).Keep);
        Assert.Equal("job", Assert.Single(storage.Rules[0].Matchers).Name);
        Assert.True(storage.IsSameAs(Parse("storage:\n  tiers: { 10s: 0s }\n  size: 2GiB\n  rules:\n    - { keep: 48h, match: '{job=\"dev\"}' }\n").Options.Storage));

        var bad = Parse("storage:\n  rules:\n    - { match: 'sum(up)', keep: 2d }\n    - { match: '{job=', keep: 2d }\n").Faults.Select(static f => f.ToString()).ToArray();
        Assert.StartsWith("toka.yaml:3:16: storage.rules[0].match: is PromQL, but not a selector", bad[0], StringComparison.Ordinal);
        Assert.StartsWith("toka.yaml:4:16: storage.rules[1].match: is not a selector", bad[1], StringComparison.Ordinal);
    }

    [Fact]
    public void The_limit_of_series_reaches_the_store()
    {
        Assert.Equal(5, Good("storage: {series_max: 5}").Storage.ToStore().SeriesMax);
        Assert.Equal(new MetricStoreOptions().SeriesMax, Good("").Storage.ToStore().SeriesMax);
        Assert.Contains("storage.series_max", Assert.Single(Parse("storage: {series_max: 0}").Faults).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_query_may_take_and_which_experiments_are_on_is_read()
    {
        var query = Good("query: {samples_max: 5000, series_max: 7, memory_max: 3MiB, timeout: 5s, concurrency_max: 2, lookback_delta: 1m, log_file: q.log, fill_modifiers: true, start_timestamps: true}").Query;
        Assert.Equal((5000L, 7, 3L << 20), (query.Engine.SamplesMax, query.Engine.SeriesMax, query.ToEngine(1L << 40).MemoryMax));
        Assert.Equal((TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(1), 2, "q.log"), (query.Engine.Timeout, query.Engine.LookbackDelta, query.ConcurrencyMax, query.LogFile));
        Assert.True(query.Engine is { FillModifiers: true, StartTimestamps: true, ExperimentalFunctions: false, DelayedNameRemoval: false, ExtendedRangeSelectors: false, TypeAndUnitLabels: false });
    }

    [Fact]
    public void A_query_may_hold_a_quarter_of_the_memory_unless_told_otherwise()
    {
        Assert.Equal(1L << 30, Good("").Query.ToEngine(4L << 30).MemoryMax);
        Assert.Equal(64L << 20, Good("").Query.ToEngine(100 << 20).MemoryMax);
    }

    [Fact]
    public void A_rule_may_use_an_experimental_function_where_that_is_switched_on()
    {
        const string Rules = "alerting: {rules: [{name: a, metric: 'mad_over_time(v[5m])', above: 1}]}";
        Assert.Contains("experimental", Assert.Single(Parse(Rules).Faults).ToString(), StringComparison.Ordinal);
        Assert.Single(Good(Rules + "\nquery: {experimental_functions: true}").Alerting.Rules);
    }

    [Fact]
    public void The_reference_page_lists_every_key_with_its_type_default_and_range()
    {
        var expected = Parse("").Keys.Where(k => k.Type != "section")
            .Select(k => $"| `{k.Path}` | {k.Type} | {k.Default} | {k.Range} | {k.Description} |").ToArray();
        var listed = ReferencePage.Split('\n').Where(l => KeyRow().IsMatch(l)).ToArray();
        if (!expected.Order(StringComparer.Ordinal).SequenceEqual(listed.Order(StringComparer.Ordinal)))
        {
            var aside = Path.Combine(Path.GetTempPath(), "toka-configuration-keys.md");
            File.WriteAllLines(aside, expected.Except(listed).Concat(listed.Except(expected).Select(static l => "not any more: " + l)));
            Assert.Fail($"docs/reference/configuration.md and the keys differ; the rows that differ are in {aside}");
        }
    }

    [Fact]
    public void The_reference_page_lists_every_metric_alias_with_its_PromQL()
    {
        var expected = MetricAliases.All.Select(a => $"| `{a.Name}` | {a.Unit} | {a.Subject} | {a.Description} | `{a.Template}` |");
        var listed = ReferencePage.Split('\n').SkipWhile(l => l != "## Metric aliases").Where(l => l.StartsWith("| `", StringComparison.Ordinal));
        Assert.Equal(expected, listed);
    }

    [GeneratedRegex(@"^\| `[^`]+` \| (switch|number|whole number|duration|size|text|path|any|keys with texts|keys with sections|one of|two numbers|list) \|")]
    private static partial Regex KeyRow();
}
