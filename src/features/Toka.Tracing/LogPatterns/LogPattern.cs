using Toka.Core.Logs;

namespace Toka.Tracing.LogPatterns;

/// <summary>Log records whose bodies are alike.</summary>
/// <param name="Pattern">What they have in common; <c>&lt;*&gt;</c> stands for what differs.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Share">Their share of all that were looked at, 0 to 1.</param>
/// <param name="Severity">The severity that most of them have; the higher one of two.</param>
/// <param name="Services">The services that they come from, those with the most first; no more than <see cref="LogPatternMiner.ServicesMax"/>.</param>
/// <param name="Example">The first of them.</param>
public sealed record LogPattern(string Pattern, int Count, double Share, byte Severity, IReadOnlyList<string> Services, LogRecord Example);
