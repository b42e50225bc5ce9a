using Toka.Alerting.Options;
using Toka.Alerting.Rules;
using Toka.Configuration;
using Toka.Configuration.Binding;
using Toka.Configuration.Faults;
using Toka.Configuration.Tree;
using Toka.Forwarding.Options;
using Toka.Monitoring;
using Toka.Monitoring.StatsD;
using Toka.Protocols.Otlp;
using Toka.Query;
using Toka.Query.PromQL.Parsing;
using Toka.Query.Results;

namespace Toka.Server.Configuration;

/// <summary>Reads <c>toka.yaml</c> and the environment into <see cref="TokaOptions"/>: environment before file before default.</summary>
public static class TokaConfiguration
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static readonly (string, DeploymentKind)[] Environments =
        [("development", DeploymentKind.Development), ("production", DeploymentKind.Production)];

    private static readonly (string, DashboardTheme)[] Themes =
        [("dark", DashboardTheme.Dark), ("light", DashboardTheme.Light), ("high_contrast", DashboardTheme.HighContrast), ("auto", DashboardTheme.Auto)];

    private static readonly (string, WidgetType)[] WidgetTypes =
    [
        ("line", WidgetType.Line), ("bar", WidgetType.Bar), ("gauge", WidgetType.Gauge),
        ("counter", WidgetType.Counter), ("table", WidgetType.Table), ("heatmap", WidgetType.Heatmap),
    ];

    /// <summary>Reads a configuration.</summary>
    /// <param name="file">The file's path; null for none, which is an empty one.</param>
    /// <param name="environment">Environment variables; those that begin with <c>TOKA__</c> count.</param>
    /// <returns>The options, or every fault at once. A file that cannot be read is a fault too.</returns>
    public static ConfigResult<TokaOptions> Load(string? file, IReadOnlyDictionary<string, string> environment)
    {
        var faults = new ConfigFaults();
        var text = "";
        if (file is not null)
        {
            try
            {
                text = File.ReadAllText(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                faults.Add(new ConfigLocation(file, 1, 1), "", $"the file cannot be read: {e.Message}");
            }
        }

        return Read(text, file ?? "", environment, faults);
    }

    /// <summary>Reads a configuration from a text.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="source">The file's path as messages name it.</param>
    /// <param name="environment">Environment variables; those that begin with <c>TOKA__</c> count.</param>
    public static ConfigResult<TokaOptions> Parse(string text, string source, IReadOnlyDictionary<string, string> environment) =>
        Read(text, source, environment, new ConfigFaults());

    private static ConfigResult<TokaOptions> Read(
        string text, string source, IReadOnlyDictionary<string, string> environment, ConfigFaults faults)
    {
        var tree = YamlReader.Read(text, source, faults);
        var isUnreadable = !faults.IsEmpty && tree is null;
        var root = ConfigSection.Root(EnvironmentOverlay.Apply(tree, environment, faults), source, faults);
        var options = Bind(root);
        if (!isUnreadable)
        {
            root.Complete();
        }

        return new ConfigResult<TokaOptions>(options, [.. faults.All, .. faults.NotInForce], root.Keys);
    }

    private static TokaOptions Bind(ConfigSection root)
    {
        var kind = root.Choice("environment", "development", Environments, "Which defaults apply.");
        var isProduction = kind == DeploymentKind.Production;
        var query = QuerySettings.Bind(root.Section("query", "What one query may take."));
        var check = CheckExpressionOf(query.Engine);
        var performance = root.Section("performance", "What is switched on.");
        var monitoring = root.Section("monitoring", "How this host is watched.");
        var dashboard = root.Section("dashboard", "What the page shows.");
        var isMonitored = OneSwitch(
            performance, "monitoring_enabled", monitoring, true, "This host is watched and thresholds are judged", null);
        var isShown = OneSwitch(
            performance, "dashboard_enabled", dashboard, !isProduction, "The page is served", "true (production: false)");
        return new TokaOptions
        {
            Environment = kind,
            Performance = BindPerformance(performance, isProduction, isMonitored, isShown),
            Monitoring = BindMonitoring(monitoring, isProduction, isMonitored),
            Dashboard = BindDashboard(dashboard, isProduction, isShown, check),
            Alerting = AlertingOptions.Bind(root.Section("alerting", "Rules of your own, and where alerts are sent."), check),
            Storage = StorageOptions.Bind(root.Section("storage", "What is kept.")),
            Events = EventSettings.Bind(root.Section("events", "How spans and log records are kept.")),
            Tracing = TracingSettings.Bind(root.Section("tracing", "What is made of spans.")),
            StatsD = StatsDOptions.Bind(root.Section("statsd", "How StatsD is added up.")),
            Query = query,
            Otlp = OtlpSettings.Bind(root.Section("otlp", "How OTLP metrics are named and labelled."), OtlpTranslationOptions.Default),
            RemoteWrite = RemoteWriteOptions.BindList(root),
            Forwarding = ForwardingOptions.Bind(root.Section("forwarding", "The queue on disk of what is not sent to every remote yet.")),
        };
    }

    /// <summary>
    /// One switch that has two names. Where both are given and differ, the environment's wins over the file's; of two in the
    /// same place neither does, and that is a fault.
    /// </summary>
    private static bool OneSwitch(
        ConfigSection performance, string shortKey, ConfigSection section, bool fallback, string description, string? defaultText)
    {
        var shortWay = performance.Boolean(shortKey, fallback, $"{description}; the same switch as {section.Path}.enabled.", defaultText);
        var longWay = section.Boolean("enabled", fallback, $"{description}; the same switch as performance.{shortKey}.", defaultText);
        var shortPlace = performance.LocationOf(shortKey);
        var longPlace = section.LocationOf("enabled");
        if (shortPlace is null || longPlace is null)
        {
            return shortPlace is null ? longWay : shortWay;
        }

        if (shortWay != longWay && shortPlace.Value.IsInFile == longPlace.Value.IsInFile)
        {
            section.Fault("enabled", $"says {(longWay ? "true" : "false")}, but performance.{shortKey} ({shortPlace}) says {(shortWay ? "true" : "false")}; they are one switch, so remove one");
        }

        return longPlace.Value.IsInFile ? shortWay : longWay;
    }

    private static PerformanceOptions BindPerformance(ConfigSection section, bool isProduction, bool isMonitored, bool isShown) => new()
    {
        MetricsEnabled = section.Boolean("metrics_enabled", true, "Metrics are received and collected."),
        TracingEnabled = section.Boolean("tracing_enabled", true, "Traces are received."),
        MonitoringEnabled = isMonitored,
        BenchmarkingEnabled = section.Boolean("benchmarking_enabled", true, "Benchmarks can be run and kept."),
        RegressionDetectionEnabled = section.Boolean("regression_detection_enabled", true, "Benchmark results are compared with their baselines."),
        DashboardEnabled = isShown,
        MetricsInterval = Second * section.Integer(
            "metrics_interval_seconds", isProduction ? 10 : 1, 1, 3600, "How often the instruments of an app are collected, in seconds.", "1 (production: 10)"),
        TracingSampleRate = section.Number(
            "tracing_sample_rate", isProduction ? 0.1 : 1, 0, 1, "The share of traces that are kept.", "1 (production: 0.1)"),
    };

    private static MonitoringSettings BindMonitoring(ConfigSection section, bool isProduction, bool isMonitored) => new()
    {
        Enabled = isMonitored,
        Interval = Second * section.Integer(
            "interval_seconds", isProduction ? 10 : 1, MonitoringOptions.IntervalSecondsMin, MonitoringOptions.IntervalSecondsMax, "How often this host is collected and rules are evaluated, in seconds.", "1 (production: 10)"),
        HistoryRetention = TimeSpan.FromMinutes(section.Integer(
            "history_retention_minutes", 60, 1, 1440, "How long an app's own monitor keeps values in memory, in minutes; a server keeps what its store keeps.")),
        Thresholds = ThresholdOptions.Bind(section.Section("thresholds", "The shipped thresholds."), isProduction),
    };

    private static DashboardOptions BindDashboard(ConfigSection section, bool isProduction, bool isShown, Func<string, string?> check)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        return new DashboardOptions
        {
            Enabled = isShown,
            RefreshInterval = Second * section.Integer(
                "refresh_interval_seconds", isProduction ? 30 : 1, 1, 3600, "How often widgets are refreshed, in seconds.", "1 (production: 30)"),
            MaxDataPoints = section.Integer("max_data_points", 100, 10, 10_000, "Points of one widget's series."),
            Theme = section.Choice("theme", "dark", Themes, "The theme of a reader who chose none."),
            Widgets = section.List("widgets", DashboardOptions.WidgetsMax, "Widgets beside the standard overview.", s => BindWidget(s, ids, check)),
        };
    }

    private static WidgetOptions BindWidget(ConfigSection section, HashSet<string> ids, Func<string, string?> check)
    {
        var id = section.RequiredText("id", "The widget's name, unique in the file.");
        if (id.Length > 0 && !ids.Add(id))
        {
            section.Fault("id", $"\"{id}\" is taken by another widget; choose another");
        }

        var type = section.Choice("type", null, WidgetTypes, "What the widget is drawn as.");
        var metric = section.RequiredText("metric_name", "A metric alias or a PromQL expression.");
        if (metric.Length > 0 && check(MetricAliases.Expand(metric, MetricAliases.WindowMin)) is { } wrong)
        {
            section.Fault("metric_name", $"is neither a metric alias nor PromQL: {wrong}");
        }

        return new WidgetOptions(id, type, metric, section.OptionalText("title", null, "The widget's title; without one the metric's."));
    }

    /// <summary>Says what is wrong with a PromQL expression, by the parser that will read it; null where nothing is.</summary>
    private static Func<string, string?> CheckExpressionOf(QueryOptions options) => expression =>
    {
        try
        {
            PromQlParser.Parse(expression, options);
            return null;
        }
        catch (QueryException e)
        {
            return e.Message;
        }
    };
}
