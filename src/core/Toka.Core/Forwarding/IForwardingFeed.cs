namespace Toka.Core.Forwarding;

/// <summary>Says how sending samples on to other stores goes. Thread-safe.</summary>
public interface IForwardingFeed
{
    /// <summary>The remotes as they are now, in the order of the configuration; fast, does not throw.</summary>
    IReadOnlyList<RemoteStatus> Remotes { get; }
}

/// <summary>How a remote does.</summary>
public enum RemoteState
{
    /// <summary>It takes what it is sent, or nothing was sent yet.</summary>
    Sending,

    /// <summary>The last request failed and is sent again.</summary>
    Retrying,

    /// <summary>The last request was refused: its samples are dropped.</summary>
    Refusing,
}

/// <summary>One remote as it is now. Counts are of samples, native histograms and exemplars together, since the start.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Url">Its address, without user, query and fragment.</param>
/// <param name="State">How it does.</param>
/// <param name="Protocol"><c>1.0</c> or <c>2.0</c>: what is spoken now.</param>
/// <param name="Sent">What it took.</param>
/// <param name="Retried">What was to be sent again.</param>
/// <param name="Dropped">What it will not get, by reason.</param>
/// <param name="Pending">What it has yet to get.</param>
/// <param name="PendingBytes">Bytes of the queue on disk that are not read for it yet.</param>
/// <param name="LagSeconds">How long ago the oldest of what it has yet to get was taken; 0 where it has all.</param>
/// <param name="Shards">Requests at the same time.</param>
public sealed record RemoteStatus(
    string Name, string Url, RemoteState State, string Protocol, long Sent, long Retried, IReadOnlyList<KeyValuePair<string, long>> Dropped,
    long Pending, long PendingBytes, double LagSeconds, int Shards)
{
    /// <summary>When a request last succeeded, ms since the Unix epoch; null for never since the start.</summary>
    public long? LastSentMs { get; init; }

    /// <summary>What went wrong last, and stays after it went well again; null for nothing since the start.</summary>
    public string? LastError { get; init; }

    /// <summary>When that was, ms since the Unix epoch.</summary>
    public long? LastErrorMs { get; init; }
}
