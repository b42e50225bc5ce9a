namespace Toka.Protocols.Events;

/// <summary>What a request brings.</summary>
/// <param name="One">One of them, in a sentence.</param>
/// <param name="Many">Several of them, in a sentence.</param>
/// <param name="Label">Those that are refused, as in <c>toka_dropped_total{signal}</c>.</param>
/// <param name="Parts">What is left out of those that are kept, as in <c>toka_dropped_total{signal}</c>.</param>
internal sealed record EventSignal(string One, string Many, string Label, string Parts)
{
    public static readonly EventSignal Spans = new("span", "spans", "spans", "span_parts");

    public static readonly EventSignal Logs = new("log record", "log records", "logs", "log_parts");
}
