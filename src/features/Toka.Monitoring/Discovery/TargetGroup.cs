using Toka.Configuration.Binding;
using Toka.Core.Labels;

namespace Toka.Monitoring.Discovery;

/// <summary>Targets that were found together, before relabelling. Immutable; two are equal when they say the same.</summary>
/// <param name="Source">Where they come from, unique within one <see cref="IDiscovery"/>, such as a file's path with a number.</param>
/// <param name="Targets">The targets: each has the label <c>__address__</c> and maybe others, which win over those of the group.</param>
/// <param name="Labels">Labels of all of them.</param>
public sealed record TargetGroup(string Source, ValueList<LabelSet> Targets, LabelSet Labels)
{
    /// <summary>The label that holds a target's HOST:PORT.</summary>
    public const string AddressLabel = "__address__";
}
