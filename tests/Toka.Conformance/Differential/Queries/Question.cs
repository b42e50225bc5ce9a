using System.Globalization;

namespace Toka.Conformance.Differential.Queries;

/// <summary>One query: an expression and its times, ms since the Unix epoch.</summary>
internal sealed record Question(Node Root, long StartMs, long EndMs, long StepMs, bool IsRange)
{
    public override string ToString() => IsRange
        ? string.Create(CultureInfo.InvariantCulture, $"{Root.Text(Dialect.Prometheus)}  from {StartMs / 1000} to {EndMs / 1000} step {StepMs / 1000} s")
        : string.Create(CultureInfo.InvariantCulture, $"{Root.Text(Dialect.Prometheus)}  at {StartMs / 1000}");

    /// <summary>The same at one moment.</summary>
    public Question At(long timeMs) => new(Root, timeMs, timeMs, 0, false);
}
