using Toka.Tests.Shared;

namespace Toka.Crash;

/// <summary>A protocol of lines, a point a line, whose answer 204 is an acknowledgement of all of them.</summary>
/// <param name="Path">Where lines are posted.</param>
/// <param name="Line">The line of a point of a series, with its line feed.</param>
internal sealed record TextProtocol(string Path, Func<string, GaugeSample, string> Line)
{
    public static TextProtocol Exposition { get; } = new(
        "/api/v1/import/prometheus",
        static (name, point) => FormattableString.Invariant($"{name}{{series=\"{point.Series}\"}} {point.Value} {point.At}\n"));

    public static TextProtocol Influx { get; } = new(
        "/write?precision=ms",
        static (name, point) => FormattableString.Invariant($"{name},series={point.Series} value={point.Value} {point.At}\n"));
}
