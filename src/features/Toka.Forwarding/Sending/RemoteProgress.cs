using Microsoft.Extensions.Logging;
using Toka.Core.Forwarding;
using Toka.Protocols.RemoteWrite;

namespace Toka.Forwarding.Sending;

/// <summary>How sending to one remote goes: what its senders share. Thread-safe.</summary>
/// <param name="name">The remote.</param>
/// <param name="version">The protocol to begin with.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Where failures are told, once a while.</param>
internal sealed class RemoteProgress(string name, RemoteWriteVersion version, TimeProvider time, ILogger log)
{
    private readonly Occasionally _failures = new(time);
    private readonly Occasionally _refusals = new(time);
    private readonly Occasionally _drops = new(time);
    private volatile StrongError? _error;
    private volatile int _version = (int)version;
    private volatile int _state = (int)RemoteState.Sending;
    private long _lastSentMs;
    private long _busyTicks;

    /// <summary>The protocol that is spoken.</summary>
    public RemoteWriteVersion Version => (RemoteWriteVersion)_version;

    /// <summary>How the last request went.</summary>
    public RemoteState State => (RemoteState)_state;

    /// <summary>When a request last succeeded, ms since the Unix epoch; 0 for never.</summary>
    public long LastSentMs => Interlocked.Read(ref _lastSentMs);

    /// <summary>What went wrong last and when; null for nothing.</summary>
    public (string Text, long AtMs)? LastError => _error is { } error ? (error.Text, error.AtMs) : null;

    /// <summary>How long all senders together have been waiting for answers.</summary>
    public TimeSpan Busy => TimeSpan.FromTicks(Interlocked.Read(ref _busyTicks));

    /// <summary>A request took so long.</summary>
    public void AddBusy(TimeSpan duration) => Interlocked.Add(ref _busyTicks, duration.Ticks);

    /// <summary>A request was taken.</summary>
    public void NoteSent()
    {
        Interlocked.Exchange(ref _lastSentMs, NowMs);
        if (Interlocked.Exchange(ref _state, (int)RemoteState.Sending) == (int)RemoteState.Retrying && _failures.Told)
        {
            log.LogInformation("remote {Remote} takes samples again", name);
            _failures.Reset();
        }
    }

    /// <summary>A request failed and is sent again.</summary>
    public void NoteFailed(string error)
    {
        Note(error, RemoteState.Retrying);
        if (_failures.Ask(1) is not null)
        {
            log.LogWarning("remote {Remote}: {Error}; samples wait on disk and are sent again", name, error);
        }
    }

    /// <summary>A request was refused for good.</summary>
    public void NoteRefused(string error, int entries)
    {
        Note(error, RemoteState.Refusing);
        if (_refusals.Ask(entries) is { } count)
        {
            log.LogError("remote {Remote}: {Error}; {Count} samples are dropped since this was said last", name, error, count);
        }
    }

    /// <summary>Samples were dropped before anybody could send them.</summary>
    public void NoteDropped(string reason, long entries)
    {
        if (entries > 0 && _drops.Ask(entries) is { } count)
        {
            log.LogError("remote {Remote}: {Count} samples are dropped unsent since this was said last, now because of {Reason}", name, count, reason);
        }
    }

    /// <summary>The remote does not know 2.0.</summary>
    public void FallBack(string error)
    {
        if (Interlocked.Exchange(ref _version, (int)RemoteWriteVersion.V1) != (int)RemoteWriteVersion.V1)
        {
            log.LogWarning("remote {Remote} does not know protocol 2.0: {Error}; 1.0 is spoken until a restart", name, error);
        }
    }

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    private void Note(string error, RemoteState state)
    {
        _error = new StrongError(error, NowMs);
        _state = (int)state;
    }

    private sealed record StrongError(string Text, long AtMs);
}

/// <summary>Lets something be told at once and then once a minute, with what was not told meanwhile. Thread-safe.</summary>
internal sealed class Occasionally(TimeProvider time)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private long? _toldAt;
    private long _untold;

    /// <summary>Whether it was told since the last reset.</summary>
    public bool Told
    {
        get
        {
            lock (_lock)
            {
                return _toldAt is not null;
            }
        }
    }

    /// <summary>Something happened.</summary>
    /// <returns>How often since it was told last, where it is to be told now; else null.</returns>
    public long? Ask(long count)
    {
        lock (_lock)
        {
            _untold += count;
            if (_toldAt is { } at && time.GetElapsedTime(at) < s_pause)
            {
                return null;
            }

            (_toldAt, count, _untold) = (time.GetTimestamp(), _untold, 0);
            return count;
        }
    }

    /// <summary>It is over: the next time it is told at once.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            (_toldAt, _untold) = (null, 0);
        }
    }
}
