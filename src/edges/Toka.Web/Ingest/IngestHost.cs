using Toka.Core.Logs;
using Toka.Core.Series;
using Toka.Core.Spans;
using Toka.Core.Telemetry;

namespace Toka.Web.Ingest;

/// <summary>What all protocols that bring samples, spans or log records share. One instance a process; thread-safe.</summary>
/// <param name="writer">Where samples go.</param>
/// <param name="metrics">Toka's own metrics.</param>
/// <param name="time">The clock.</param>
public sealed class IngestHost(ISeriesWriter writer, SelfMetrics metrics, TimeProvider time)
{
    /// <summary>Seconds after which a refused sender is asked to try again.</summary>
    public const int RetryAfterSeconds = 1;

    /// <summary>
    /// How long a body may take to come: 60 s. Places are few: without this a handful of senders that trickle, each just above
    /// the slowest rate allowed, would keep all others out. 16 MiB in 60 s is 2 Mbit/s.
    /// </summary>
    public static readonly TimeSpan BodyTimeMax = TimeSpan.FromSeconds(60);

    /// <summary>Where samples go.</summary>
    public ISeriesWriter Writer { get; } = writer;

    /// <summary>Whether samples are taken at all. Default true.</summary>
    public bool TakesSamples { get; init; } = true;

    /// <summary>Where spans go; null where none are taken.</summary>
    public ISpanWriter? Spans { get; init; }

    /// <summary>Where log records go; null where none are taken.</summary>
    public ILogWriter? Logs { get; init; }

    /// <summary>Toka's own metrics.</summary>
    public SelfMetrics Metrics { get; } = metrics;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; } = time;

    /// <summary>The places for requests.</summary>
    public IngestPlaces Places { get; } = new();

    /// <summary>What a sender is told that finds no place.</summary>
    internal static string Busy { get; } = $"{IngestPlaces.Max} requests are being handled already; try again";

    /// <summary>What a sender is told whose request could not be written.</summary>
    internal static string NotWritten(IOException e) => $"the request could not be written: {e.Message.TrimEnd('.')}; send it again";
}
