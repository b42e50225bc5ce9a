using System.Text;
using Toka.Configuration.Faults;
using Toka.Server.Configuration;
using Toka.Server.Configuration.Prometheus;
using Toka.Tests.Fuzzing;

namespace Toka.Edges.Tests.Configuration;

/// <summary>Configuration files are taken or have faults with places; reading them throws nothing.</summary>
[Collection(FuzzCollection.Name)]
public sealed class ConfigurationFuzzTests : IDisposable
{
    private static readonly Dictionary<string, string> s_environment = [];

    private static readonly string[] s_pieces =
    [
        "\n", "\n  ", "\n    ", "- ", ": ", "[", "]", "{", "}", ",", "'", "\"", "null", "~", "true", "yes", "-1", "1e309", "99999999999999999999", "0s", "1h30m", "10000y", "5MB", "&a ", "*a", "<<: ", "\t", "é", "\u0000", "${A}", "$", "(a{9}){9}", "up{", "job_name: a", "regex: (", "http://[", "%zz", ":0",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("toka-fuzz").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Tokas_own_file_is_taken_or_has_faults()
    {
        var corpus = FuzzMutator.Texts(
            "environment: production\nperformance:\n  monitoring_enabled: true\n  tracing_sample_rate: 0.5\nmonitoring:\n  interval_seconds: 10\ndashboard:\n  theme: light\n  widgets:\n    - id: a\n      type: line\n      metric_name: rate(up[5m])\n",
            "query:\n  samples_max: 1000000\nremote_write:\n  - url: http://localhost:9090/api/v1/write\n    name: a\n    basic_auth: {username: u, password: p}\n    write_relabel_configs:\n      - source_labels: [a, b]\n        regex: (.*);x\n        action: drop\n");
        new FuzzRun(FuzzTarget.TokaConfiguration) { Corpus = corpus, Pieces = FuzzMutator.Texts(s_pieces), AllocatedMax = 16 << 20, AllocatedPerByteMax = 16_384, HeldMax = 32 << 20 }.Run(static (bytes, _) =>
        {
            var result = TokaConfiguration.Parse(Encoding.UTF8.GetString(bytes), "toka.yaml", s_environment);
            Check(result.Faults);
            Assert.NotNull(result.Options);
            return result.IsGood;
        });
    }

    [Fact]
    public void Prometheus_files_are_taken_or_have_faults()
    {
        const string Main = "global:\n  scrape_interval: 15s\n  external_labels: {a: b}\nrule_files: [rules.yml]\nscrape_configs:\n- job_name: node\n  scheme: https\n  metrics_path: /m\n  params: {a: [b]}\n  static_configs:\n  - targets: ['a:1', '[::1]:2']\n    labels: {env: prod}\n  relabel_configs:\n  - source_labels: [__address__]\n    regex: (.+):\\d+\n    target_label: host\n    replacement: ${1}\n  file_sd_configs:\n  - files: [t/*.json]\n  dns_sd_configs:\n  - names: [a.b]\n    type: A\n    port: 5\nalerting:\n  alertmanagers:\n  - static_configs:\n    - targets: [c:3]\nremote_write:\n- url: http://d/e\n  queue_config: {capacity: 5000}\n";
        const string Rules = "groups:\n- name: a\n  interval: 1m\n  rules:\n  - record: b:c\n    expr: sum(rate(d[5m])) by (e)\n    labels: {f: g}\n  - alert: H\n    expr: up == 0\n    for: 5m\n    keep_firing_for: 1m\n    annotations:\n      summary: \"{{ $labels.instance }} is down\"\n";
        var main = Path.Combine(_folder, "prometheus.yml");
        var rules = Path.Combine(_folder, "rules.yml");
        File.WriteAllText(rules, Rules);
        // One file is made of both: which one it stands for is a random choice, and the other one is whole.
        new FuzzRun(FuzzTarget.PrometheusConfiguration) { Corpus = FuzzMutator.Texts(Main), Pieces = FuzzMutator.Texts([.. s_pieces, Rules, "rules.yml"]), AllocatedMax = 16 << 20, AllocatedPerByteMax = 16_384, HeldMax = 32 << 20 }.Run((bytes, random) =>
        {
            File.WriteAllBytes(main, bytes);
            if (random.Next(2) == 0)
            {
                File.WriteAllBytes(rules, bytes);
                var faults = new ConfigFaults();
                RuleFile.Read(rules, default, Toka.Query.QueryOptions.Default, faults);
                Check(faults.All);
                File.WriteAllText(rules, Rules);
            }

            var result = PrometheusConfiguration.Load(main, s_environment);
            Check(result.Faults);
            Assert.All(result.Options.NotInForce, static note => Assert.NotEmpty(note.Message));
            return result.IsGood;
        });
    }

    private static void Check(IReadOnlyList<ConfigFault> faults)
    {
        Assert.InRange(faults.Count, 0, ConfigFaults.FaultsMax + ConfigFaults.NotInForceMax + 1);
        Assert.All(faults, static fault => Assert.True(fault.Message.Length > 0 && fault.Location.Line >= 0, fault.ToString()));
    }
}
