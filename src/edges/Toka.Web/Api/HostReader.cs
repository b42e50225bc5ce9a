using Toka.Query;
using System.Runtime.InteropServices;
using Toka.Core.Labels;
using Toka.Query.Results;

namespace Toka.Web.Api;

/// <summary>
/// Reads the host's facts from its own series (node_exporter's names), so that the overview says nothing which a query
/// would not. Before the first collection, what the runtime knows of the machine stands in.
/// </summary>
internal sealed class HostReader(TokaWebServices services)
{
    /// <summary>The CPU ratio looks back over this many collections, which is four differences when one is missed.</summary>
    private const int CollectionsBack = 5;

    /// <summary>The facts at a moment.</summary>
    public async ValueTask<HostFacts> ReadAsync(long nowMs, CancellationToken cancellationToken)
    {
        var host = services.Instance is { } instance ? $"job=\"node\",instance={Quote(instance)}" : "job=\"node\"";
        var windowMs = (long)(CollectionsBack * services.CollectionInterval().TotalMilliseconds);
        var facts = await VectorAsync(
            $"{{__name__=~\"node_uname_info|node_os_info|node_boot_time_seconds|node_memory_MemTotal_bytes|node_memory_MemAvailable_bytes\",{host}}}",
            nowMs, cancellationToken);
        var busy = await VectorAsync(
            $"1 - avg(rate(node_cpu_seconds_total{{mode=\"idle\",{host}}}[{windowMs}ms]))", nowMs, cancellationToken);
        var cores = await VectorAsync($"count(node_cpu_seconds_total{{mode=\"idle\",{host}}})", nowMs, cancellationToken);

        var total = Value(facts, "node_memory_MemTotal_bytes");
        var uname = Labels(facts, "node_uname_info");
        var system = Labels(facts, "node_os_info");
        return new HostFacts(
            Text(uname, "nodename", services.Instance ?? System.Environment.MachineName),
            uname is null ? RuntimeInformation.OSDescription : $"{uname["sysname"]} {uname["release"]}",
            Text(system, "pretty_name", RuntimeInformation.OSDescription),
            cores.Count > 0 ? (int)cores[0].Value : System.Environment.ProcessorCount,
            double.IsNaN(total) ? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes : (long)total,
            BootTime(facts, nowMs),
            busy.Count > 0 ? Math.Clamp(busy[0].Value, 0, 1) : double.NaN,
            1 - (Value(facts, "node_memory_MemAvailable_bytes") / total));
    }

    /// <summary>A text as PromQL quotes it.</summary>
    private static string Quote(string text) =>
        "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    private static long BootTime(IReadOnlyList<VectorSample> facts, long nowMs)
    {
        var seconds = Value(facts, "node_boot_time_seconds");
        return double.IsNaN(seconds) ? nowMs - System.Environment.TickCount64 : (long)(seconds * 1000);
    }

    private static double Value(IReadOnlyList<VectorSample> samples, string name)
    {
        foreach (var sample in samples)
        {
            if (sample.Labels[LabelSet.MetricName] == name)
            {
                return sample.Value;
            }
        }

        return double.NaN;
    }

    private static LabelSet? Labels(IReadOnlyList<VectorSample> samples, string name)
    {
        foreach (var sample in samples)
        {
            if (sample.Labels[LabelSet.MetricName] == name)
            {
                return sample.Labels;
            }
        }

        return null;
    }

    private static string Text(LabelSet? labels, string name, string fallback) =>
        labels?[name] is { Length: > 0 } text ? text : fallback;

    private async ValueTask<IReadOnlyList<VectorSample>> VectorAsync(string expression, long nowMs, CancellationToken cancellationToken)
    {
        var result = await services.Queries.InstantAsync(expression, nowMs, cancellationToken);
        return result.Value is VectorValue vector ? vector.Samples : [];
    }
}
