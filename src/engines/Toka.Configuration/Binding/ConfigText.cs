using Toka.Configuration.Tree;

namespace Toka.Configuration.Binding;

/// <summary>A text of a configuration with its place, for faults that are found later.</summary>
/// <param name="Text">The text; a path is resolved.</param>
/// <param name="Location">Where it is written.</param>
public readonly record struct ConfigText(string Text, ConfigLocation Location);
