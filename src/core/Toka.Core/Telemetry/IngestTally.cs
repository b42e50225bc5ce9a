using System.Collections.Concurrent;
using Toka.Core.Series;
using Toka.Core.Spans;

namespace Toka.Core.Telemetry;

/// <summary>
/// Counts what comes in by one protocol: requests by outcome, samples stored, and samples refused by reason, whoever refused
/// them. Thread-safe; one an instance of a protocol, or several, which count together.
/// </summary>
public sealed class IngestTally
{
    private readonly SelfMetrics _metrics;
    private readonly SelfCounter _samples;
    private readonly ConcurrentDictionary<string, SelfCounter> _requests = new();
    private readonly ConcurrentDictionary<string, SelfCounter> _refused = new();

    /// <summary>Makes a tally.</summary>
    /// <param name="metrics">Toka's own metrics.</param>
    /// <param name="protocol">The protocol's name, as in the label <c>protocol</c>.</param>
    public IngestTally(SelfMetrics metrics, string protocol)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        ArgumentNullException.ThrowIfNull(protocol);
        _metrics = metrics;
        Protocol = protocol;
        _samples = metrics.Counter("toka_ingest_samples_total", "Samples stored, by the protocol they came by.", ("protocol", protocol));
    }

    /// <summary>The protocol's name.</summary>
    public string Protocol { get; }

    /// <summary>Counts a request, or what the protocol has in its place: a scrape, a datagram.</summary>
    /// <param name="outcome">What became of it, from a small fixed set such as <c>ok</c>, <c>partial</c>, <c>bad_request</c>.</param>
    public void Request(string outcome) => _requests.GetOrAdd(
        outcome,
        static (outcome, self) => self._metrics.Counter(
            "toka_ingest_requests_total", "Requests that bring samples, by protocol and outcome.", ("protocol", self.Protocol), ("outcome", outcome)),
        this).Add();

    /// <summary>Counts samples that were stored.</summary>
    public void Accepted(long samples) => _samples.Add(samples);

    /// <summary>
    /// Counts what the protocol's own reader refused, here and in <c>toka_dropped_total</c>. What the store refuses it has
    /// counted there itself: that is for <see cref="Written(in WriteResult)"/>.
    /// </summary>
    /// <param name="reason">Why, from a small fixed set.</param>
    /// <param name="count">How many.</param>
    /// <param name="signal">What was refused, such as <c>metrics</c> (samples), <c>spans</c>, <c>logs</c> or <c>exemplars</c>. Parts of those are not counted here.</param>
    public void Drop(string reason, long count, string signal = "metrics")
    {
        if (count <= 0)
        {
            return;
        }

        _metrics.Dropped(signal, reason).Add(count);
        if (signal == "metrics")
        {
            Refuse(reason, count);
        }
        else if (signal is "spans" or "logs")
        {
            RefuseEvents(signal, reason, count);
        }
    }

    /// <summary>Counts what the store made of a batch: what it accepted, and by reason what it refused.</summary>
    public void Written(in WriteResult result)
    {
        Accepted(result.Accepted);
        Refuse("conflicting", result.Conflicting);
        Refuse("too_old", result.TooOld);
        Refuse("too_far_in_future", result.TooFarInFuture);
        Refuse("series_limit", result.OverSeriesLimit);
        Refuse("bad_histogram", result.Unstorable);
        Refuse("memory_limit", result.OverMemory);
    }

    /// <summary>
    /// Counts what the store made of a batch of spans or log records, in <c>toka_ingest_spans_total</c> and
    /// <c>toka_ingest_spans_refused_total</c>, or those of <c>logs</c>.
    /// </summary>
    /// <param name="result">What became of them.</param>
    /// <param name="signal"><c>spans</c> or <c>logs</c>.</param>
    public void Written(in EventWriteResult result, string signal)
    {
        ArgumentNullException.ThrowIfNull(signal);
        _metrics.Counter(
            $"toka_ingest_{signal}_total", $"What came of {signal} and was stored, by the protocol they came by.", ("protocol", Protocol)).Add(result.Accepted);
        RefuseEvents(signal, "too_old", result.TooOld);
        RefuseEvents(signal, "too_far_in_future", result.TooFarInFuture);
        RefuseEvents(signal, "over_quota", result.OverQuota);
    }

    private void RefuseEvents(string signal, string reason, long count)
    {
        if (count > 0)
        {
            _metrics.Counter(
                $"toka_ingest_{signal}_refused_total", $"What came of {signal} and was refused, by the protocol they came by and the reason.",
                ("protocol", Protocol), ("reason", reason)).Add(count);
        }
    }

    private void Refuse(string reason, long count)
    {
        if (count > 0)
        {
            _refused.GetOrAdd(
                reason,
                static (reason, self) => self._metrics.Counter(
                    "toka_ingest_refused_total", "Samples refused, by the protocol they came by and the reason.", ("protocol", self.Protocol), ("reason", reason)),
                this).Add(count);
        }
    }
}
