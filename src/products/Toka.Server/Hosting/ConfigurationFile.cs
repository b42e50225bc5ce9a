using System.Collections;
using Toka.Configuration;
using Toka.Server.Configuration;

namespace Toka.Server.Hosting;

/// <summary>The configuration's file, read at the start and at each reload together with the environment.</summary>
internal sealed class ConfigurationFile(string? path)
{
    /// <summary>Its path, absolute; empty where there is none.</summary>
    public string Path { get; } = path is null ? "" : System.IO.Path.GetFullPath(path);

    /// <summary>Reads it anew.</summary>
    public ConfigResult<TokaOptions> Load() => TokaConfiguration.Load(path, ProcessEnvironment());

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
