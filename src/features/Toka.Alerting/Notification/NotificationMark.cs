using Toka.Core.Alerts;

namespace Toka.Alerting.Notification;

/// <summary>What a receiver was told last. The numbers are stored: append only.</summary>
internal enum NotificationStatus
{
    /// <summary>It took the message that the alert fires.</summary>
    Firing = 1,

    /// <summary>It took the message that the alert is resolved.</summary>
    Resolved = 2,

    /// <summary>It refused the message that the alert fires; it is not asked again for this one.</summary>
    Refused = 3,
}

/// <summary>What a receiver was told last about one alert.</summary>
/// <param name="Status">What.</param>
/// <param name="ActiveAtMs">Of which activation, named by its start in ms since the Unix epoch.</param>
internal readonly record struct NotificationMark(NotificationStatus Status, long ActiveAtMs);

/// <summary>A message that a receiver has yet to get.</summary>
/// <param name="Alert">The alert; resolved, or active or acknowledged.</param>
internal sealed record DueNotification(Alert Alert)
{
    /// <summary>Whether it says that the alert fires.</summary>
    public bool IsFiring => Alert.State != AlertState.Resolved;
}

/// <summary>Where a sender learns what is due and tells what became of it. Thread-safe.</summary>
internal interface INotificationBook
{
    /// <summary>What a receiver has yet to get.</summary>
    ValueTask<IReadOnlyList<DueNotification>> DueAsync(string receiver, CancellationToken cancellationToken);

    /// <summary>Marks messages as taken, or as refused for good.</summary>
    ValueTask SettleAsync(string receiver, IReadOnlyList<DueNotification> messages, bool isRefused, CancellationToken cancellationToken);
}
