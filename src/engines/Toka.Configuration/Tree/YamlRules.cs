namespace Toka.Configuration.Tree;

/// <summary>What <see cref="YamlReader"/> takes.</summary>
public sealed record YamlRules
{
    /// <summary>For <c>toka.yaml</c>: no anchors, and at most 1 Mi characters, because it is written by people; more is the wrong file.</summary>
    public static YamlRules Toka { get; } = new() { TakesAnchors = false, TextCharsMax = 1 << 20 };

    /// <summary>
    /// For <c>prometheus.yml</c>, rule files and files of targets: anchors, aliases and merge keys are taken as Prometheus takes
    /// them, and at most 16 Mi characters, because many of them are written by programs.
    /// </summary>
    public static YamlRules Prometheus { get; } = new() { TakesAnchors = true, TextCharsMax = 16 << 20 };

    /// <summary>Whether anchors, aliases, merge keys and the tags of YAML's own kinds are taken.</summary>
    public required bool TakesAnchors { get; init; }

    /// <summary>The longest text, in characters.</summary>
    public required int TextCharsMax { get; init; }

    /// <summary>The most values, aliases counted at each use. Default 2 Mi: aliases of aliases must not fill the memory.</summary>
    public int NodesMax { get; init; } = 2 << 20;
}
