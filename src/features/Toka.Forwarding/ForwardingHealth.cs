using System.Globalization;
using Toka.Core.Health;

namespace Toka.Forwarding;

/// <summary>Judges how forwarding does. Thread-safe.</summary>
internal sealed class ForwardingHealth(TimeProvider time, TimeSpan lagMax, TimeSpan recent)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (long Count, long AtMs)> _drops = new(StringComparer.Ordinal);
    private bool _isDegraded;
    private long _sinceMs = time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>The part's health; degraded where a remote is behind for minutes, or has lately lost samples.</summary>
    public HealthPart Judge(IEnumerable<Remote> remotes)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow().ToUnixTimeMilliseconds();
            string? reason = null;
            foreach (var remote in remotes)
            {
                reason ??= Lagging(remote) ?? Losing(remote, now);
            }

            if (_isDegraded != reason is not null)
            {
                (_isDegraded, _sinceMs) = (reason is not null, now);
            }

            return new HealthPart("forwarding", _isDegraded ? HealthState.Degraded : HealthState.Healthy, reason ?? "", _sinceMs);
        }
    }

    private string? Lagging(Remote remote)
    {
        if (remote.Lag < lagMax)
        {
            return null;
        }

        var why = remote.Progress.LastError is { } error ? $": {error.Text.TrimEnd('.')}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"the remote {remote.Options.Name} is {(long)remote.Lag.TotalMinutes} minutes behind, {remote.Pending} samples wait on disk{why}");
    }

    private string? Losing(Remote remote, long now)
    {
        var dropped = remote.Counters.DroppedCount;
        var (count, atMs) = _drops.GetValueOrDefault(remote.Options.Name, (0, long.MinValue));
        if (dropped != count)
        {
            atMs = now;
        }

        _drops[remote.Options.Name] = (dropped, atMs);
        return atMs != long.MinValue && now - atMs < recent.TotalMilliseconds
            ? $"the remote {remote.Options.Name} has lately lost samples, by toka_forward_dropped_total and toka's log: {remote.Progress.LastError?.Text.TrimEnd('.') ?? "the queue was too small"}"
            : null;
    }
}
