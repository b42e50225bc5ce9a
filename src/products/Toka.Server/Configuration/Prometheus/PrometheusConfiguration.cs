using Toka.Configuration;
using Toka.Configuration.Binding;
using Toka.Configuration.Faults;
using Toka.Configuration.Tree;
using Toka.Core.Labels;
using Toka.Monitoring.Scraping.Options;
using Toka.Query;

namespace Toka.Server.Configuration.Prometheus;

/// <summary>
/// Reads <c>prometheus.yml</c> as people have it. Every key of Prometheus 3 is known: what Toka does not carry out is listed in
/// <see cref="PrometheusOptions.NotInForce"/>, what Prometheus does not know is a fault. Source: Prometheus, "Configuration".
/// </summary>
public static class PrometheusConfiguration
{
    /// <summary>Patterns of a list of files, count.</summary>
    private const int PatternsMax = 1000;

    private const int LabelsMax = 1000;

    private static readonly TimeSpan s_intervalMax = TimeSpan.FromDays(365);

    /// <summary>Reads the file and the files that it names.</summary>
    /// <param name="file">The file's path. Relative paths in a file start at its own folder.</param>
    /// <param name="environment">Environment variables, for <c>external_labels</c>.</param>
    /// <param name="language">What the query engine takes, for the expressions of rules; null for its defaults.</param>
    /// <returns>The options, or every fault at once. A file that cannot be read is a fault too.</returns>
    public static ConfigResult<PrometheusOptions> Load(string file, IReadOnlyDictionary<string, string> environment, QueryOptions? language = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(environment);
        var faults = new ConfigFaults();
        var root = ConfigFileText.ReadRoot(file, new ConfigLocation(file, 1, 1), "", faults);
        var section = ConfigSection.Root(root, file, faults, ConfigDialect.Prometheus);
        var options = new Binder(environment, language ?? QueryOptions.Default, faults).Bind(section, file);
        if (root is not null || faults.IsEmpty)
        {
            section.Complete();
        }

        return new ConfigResult<PrometheusOptions>(options with { NotInForce = faults.NotInForce }, faults.All, section.Keys);
    }

    private sealed class Binder(IReadOnlyDictionary<string, string> environment, QueryOptions language, ConfigFaults faults)
    {
        private readonly Dictionary<string, string> _jobs = new(StringComparer.Ordinal);

        public PrometheusOptions Bind(ConfigSection root, string file)
        {
            var global = root.Section("global", "What holds for everything.");
            var defaults = ScrapeJobOptions.BindDefaults(global);
            var options = new PrometheusOptions
            {
                File = file,
                EvaluationInterval = EvaluationInterval(global),
                ExternalLabels = ExternalLabels(global, hasRemotes: root.Has("remote_write")),
            };
            global.NotInForce("rule_query_offset", "rules are checked and not evaluated yet; nothing is to be done");
            global.NotInForce("query_log_file", "the query log is an option of toka.yaml; set query.log_file there");
            var jobs = root.List("scrape_configs", ScrapeJobOptions.JobsMax, "Jobs: what is scraped, and how.", item => ScrapeJobOptions.Bind(item, defaults, _jobs));
            options = options with
            {
                ScrapeJobs = jobs.Concat(JobsOfFiles(root, defaults)).ToValueList(),
                RuleGroups = RuleGroups(root),
            };
            AlertmanagerSection.Bind(root);
            BindRemoteWrite(root);
            ForeignSections.Bind(root);
            return options;
        }

        private static TimeSpan EvaluationInterval(ConfigSection global)
        {
            var interval = global.Duration("evaluation_interval", TimeSpan.FromMinutes(1), TimeSpan.Zero, s_intervalMax, "How often rules are evaluated.");
            global.NoteNotInForce("evaluation_interval", "rules are checked and not evaluated yet; nothing is to be done");
            return interval == TimeSpan.Zero ? TimeSpan.FromMinutes(1) : interval;
        }

        private LabelSet ExternalLabels(ConfigSection global, bool hasRemotes)
        {
            const string Key = "external_labels";
            var labels = new LabelSetBuilder();
            foreach (var (name, text) in global.TextMap(Key, LabelsMax, "Labels of everything that is sent elsewhere; ${NAME} stands for an environment variable."))
            {
                var value = EnvironmentText.Expand(text, environment, missing => global.Note(Key, $"names the environment variable {missing}, which is not set and stands for nothing"));
                if (name.Length == 0 || name.Length > LabelSet.TextBytesMax / 4 || value.Length > LabelSet.TextBytesMax / 4)
                {
                    global.Fault(Key, "holds a label whose name is empty, or whose name or value is longer than a label may be");
                    continue;
                }

                labels.Set(name, value);
            }

            if (!hasRemotes)
            {
                global.NoteNotInForce(Key, "nothing is sent elsewhere, because there is no remote_write; federation and alerts do not carry them yet");
            }

            return labels.Build();
        }

        /// <summary>Jobs that stand in files of their own: <c>scrape_configs</c> is all that these may hold.</summary>
        private List<ScrapeJobOptions> JobsOfFiles(ConfigSection root, ScrapeJobOptions defaults)
        {
            const string Key = "scrape_config_files";
            var jobs = new List<ScrapeJobOptions>();
            foreach (var pattern in root.Paths(Key, PatternsMax, "Files of further jobs; the last part of a path may hold * and ?."))
            {
                foreach (var path in FilePattern.Find(pattern, Key, faults))
                {
                    var node = ConfigFileText.ReadRoot(path, pattern.Location, Key, faults);
                    var section = ConfigSection.Root(node, path, faults, ConfigDialect.Prometheus);
                    jobs.AddRange(section.List("scrape_configs", ScrapeJobOptions.JobsMax, "Jobs.", item => ScrapeJobOptions.Bind(item, defaults, _jobs)));
                    section.Complete();
                }
            }

            return jobs;
        }

        private ValueList<RuleGroupOptions> RuleGroups(ConfigSection root)
        {
            const string Key = "rule_files";
            var groups = new List<RuleGroupOptions>();
            foreach (var pattern in root.Paths(Key, PatternsMax, "Files of rules, checked and not evaluated yet; the last part of a path may hold * and ?."))
            {
                foreach (var path in FilePattern.Find(pattern, Key, faults))
                {
                    groups.AddRange(RuleFile.Read(path, pattern.Location, language, faults));
                }
            }

            root.NoteNotInForce(Key, "rules are checked and not evaluated yet; rules of Toka's own are in toka.yaml, alerting.rules");
            return groups.ToValueList();
        }

        /// <summary>Here the options of the remote write sender take the list: <c>RemoteWriteOptions.BindList(root)</c>.</summary>
        private static void BindRemoteWrite(ConfigSection root) =>
            root.NotInForce("remote_write", "samples are not sent elsewhere in this version; remove it");
    }
}
