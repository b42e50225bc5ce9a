using System.Collections;
using Toka.Configuration;
using Toka.Server.Configuration;
using Toka.Server.Configuration.Prometheus;

namespace Toka.Server.Hosting;

/// <summary>
/// The configuration's file and that of Prometheus, read at the start and at each reload together with the environment.
/// </summary>
internal sealed class ConfigurationFile(string? path, string? prometheusPath)
{
    /// <summary>Its path, absolute; empty where there is none.</summary>
    public string Path { get; } = path is null ? "" : System.IO.Path.GetFullPath(path);

    /// <summary>Reads both anew. They are used together or, with a fault in either, not at all.</summary>
    public ConfigResult<TokaOptions> Load()
    {
        var environment = ProcessEnvironment();
        var result = TokaConfiguration.Load(path, environment);
        if (prometheusPath is null)
        {
            return result;
        }

        var prometheus = PrometheusConfiguration.Load(prometheusPath, environment, result.Options.Query.Engine);
        return result with { Options = result.Options with { Prometheus = prometheus.Options }, Faults = [.. result.Faults, .. prometheus.Faults] };
    }

    private static Dictionary<string, string> ProcessEnvironment()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            variables[(string)variable.Key] = (string?)variable.Value ?? "";
        }

        return variables;
    }
}
