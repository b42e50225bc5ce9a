using Toka.Core.Alerts;
using Toka.Core.Health;

namespace Toka.Web.Api;

/// <summary>The state of everything at one moment, as the overview shows it. Ratios are of 1; NaN means unknown.</summary>
internal sealed record Overview(
    long NowMs, HealthState State, string Sentence, IReadOnlyList<HealthPart> Parts, HostFacts Host, IReadOnlyList<Alert> Alerts, SelfFacts Self);

/// <summary>What this host is, and how busy.</summary>
internal sealed record HostFacts(
    string Name, string Kernel, string System, int Cores, long MemoryBytes, long BootTimeMs, double CpuRatio, double MemoryRatio);

/// <summary>What Toka costs and holds.</summary>
internal sealed record SelfFacts(
    double CpuRatio, long MemoryBytes, double Series, double SamplesPerSecond, double DroppedTotal, double WalBytes);
