using Toka.Configuration.Binding;
using Toka.Configuration.Faults;
using Toka.Configuration.Tree;

namespace Toka.Engines.Tests.Configuration;

/// <summary>A text in Prometheus's dialect, bound: the value, the faults, and what is not in force.</summary>
internal static class Bound
{
    public static (T Value, string[] Faults, string[] NotInForce) Of<T>(string yaml, Func<ConfigSection, T> bind, string source = "p.yml")
    {
        var faults = new ConfigFaults();
        var tree = YamlReader.Read(yaml, source, faults, YamlRules.Prometheus);
        var root = ConfigSection.Root(tree, source, faults, ConfigDialect.Prometheus);
        var value = bind(root);
        root.Complete();
        return (value, [.. faults.All.Select(static f => f.ToString())], [.. faults.NotInForce.Select(static f => f.ToString())]);
    }
}
