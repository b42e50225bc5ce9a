using Toka.Core.Telemetry;

namespace Toka.Monitoring.Discovery;

/// <summary>What discoveries count, by kind: refreshes, failures, and the targets that they know now. Thread-safe.</summary>
internal sealed class DiscoveryMetrics
{
    private static readonly string[] s_names = ["static", "file", "http", "dns"];

    private readonly Dictionary<string, Kind> _kinds;

    public DiscoveryMetrics(SelfMetrics self) =>
        _kinds = s_names.ToDictionary(static name => name, name => new Kind(self, name), StringComparer.Ordinal);

    public Kind Of(string kind) => _kinds[kind];

    /// <summary>The counts of one kind.</summary>
    internal sealed class Kind
    {
        private long _targets;

        public Kind(SelfMetrics self, string name)
        {
            Name = name;
            Refreshes = self.Counter("toka_discovery_refreshes_total", "Times that a source of targets was read or asked, by kind.", ("kind", name));
            Failures = self.Counter("toka_discovery_failures_total", "Times that it could not be, and its targets stayed those from before, by kind.", ("kind", name));
            self.Gauge("toka_discovery_targets", "Targets known now, before relabelling, by kind.", () => Interlocked.Read(ref _targets), ("kind", name));
        }

        public string Name { get; }

        public SelfCounter Refreshes { get; }

        public SelfCounter Failures { get; }

        public void Change(long targets) => Interlocked.Add(ref _targets, targets);
    }
}
