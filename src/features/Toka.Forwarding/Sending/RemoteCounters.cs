using System.Collections.Concurrent;
using Toka.Core.Telemetry;

namespace Toka.Forwarding.Sending;

/// <summary>What one remote counts. The counters are those of its name, and go on over a reload. Thread-safe.</summary>
internal sealed class RemoteCounters
{
    private const string Sent = "toka_forward_sent_total";
    private const string SentHelp = "Samples, native histograms and exemplars that a remote has taken.";
    private const string Retried = "toka_forward_retried_total";
    private const string RetriedHelp = "Samples, native histograms and exemplars of requests that failed and were to be sent again.";
    private const string Dropped = "toka_forward_dropped_total";
    private const string DroppedHelp = "Samples, native histograms and exemplars that a remote will not get, by reason.";
    private const string Requests = "toka_forward_requests_total";
    private const string RequestsHelp = "Requests to a remote, by outcome: sent, failed (tried again), refused (not tried again), unsupported (tried again with protocol 1.0).";
    private const string Metadata = "toka_forward_metadata_total";
    private const string MetadataHelp = "Metric families whose metadata was to be sent to a remote by protocol 1.0, by outcome; those that failed go with the next round.";

    private readonly SelfMetrics _metrics;
    private readonly string _remote;
    private readonly ConcurrentDictionary<string, SelfCounter> _dropped = new(StringComparer.Ordinal);
    private readonly SelfCounter _sent;
    private readonly SelfCounter _retried;
    private long _droppedCount;

    public RemoteCounters(SelfMetrics metrics, string remote)
    {
        (_metrics, _remote) = (metrics, remote);
        _sent = metrics.Counter(Sent, SentHelp, ("remote", remote));
        _retried = metrics.Counter(Retried, RetriedHelp, ("remote", remote));
    }

    /// <summary>Entries sent so far.</summary>
    public long SentCount => _sent.Value;

    /// <summary>Entries of requests that failed so far.</summary>
    public long RetriedCount => _retried.Value;

    /// <summary>Entries dropped so far, but those that the configuration leaves out.</summary>
    public long DroppedCount => Interlocked.Read(ref _droppedCount);

    /// <summary>Entries dropped so far, by reason.</summary>
    public IReadOnlyList<KeyValuePair<string, long>> DroppedByReason =>
        [.. _dropped.Select(static pair => new KeyValuePair<string, long>(pair.Key, pair.Value.Value)).OrderBy(static pair => pair.Key, StringComparer.Ordinal)];

    /// <summary>Counts entries that were taken.</summary>
    public void AddSent(int count) => _sent.Add(count);

    /// <summary>Counts entries that are to be sent again.</summary>
    public void AddRetried(int count) => _retried.Add(count);

    /// <summary>Counts entries that will not be sent.</summary>
    public void Drop(string reason, long count)
    {
        if (count == 0)
        {
            return;
        }

        if (!IsWanted(reason))
        {
            Interlocked.Add(ref _droppedCount, count);
        }

        _dropped.GetOrAdd(reason, static (reason, self) => self._metrics.Counter(Dropped, DroppedHelp, ("remote", self._remote), ("reason", reason)), this).Add(count);
    }

    /// <summary>Counts a request.</summary>
    public void AddRequest(string outcome) => _metrics.Counter(Requests, RequestsHelp, ("remote", _remote), ("outcome", outcome)).Add();

    /// <summary>Counts metadata.</summary>
    public void AddMetadata(string outcome, int families) => _metrics.Counter(Metadata, MetadataHelp, ("remote", _remote), ("outcome", outcome)).Add(families);

    /// <summary>Whether the configuration asks for it, so that nobody has to be told.</summary>
    public static bool IsWanted(string reason) => reason is "relabelled" or "exemplars_off" or "native_histograms_off";
}
