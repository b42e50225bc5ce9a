namespace Toka.Configuration.Binding;

/// <summary>A key that a configuration may hold, as its feature declared it; the documentation is checked against these.</summary>
/// <param name="Path">The dotted path; <c>[]</c> stands for a list's items, as in <c>alerting.rules[].name</c>.</param>
/// <param name="Type">What it takes, in words: switch, number, whole number, duration, size, text, one of …, section, list.</param>
/// <param name="Default">The default as it is written in YAML; <c>required</c> or <c>none</c> where there is none.</param>
/// <param name="Range">The legal range, or the choices; empty where everything of the type is legal.</param>
/// <param name="Description">What it does, one line.</param>
public sealed record ConfigKey(string Path, string Type, string Default, string Range, string Description);
