using System.Globalization;
using Toka.Core.Spans;

namespace Toka.Protocols.Events;

/// <summary>What became of a request's spans or log records.</summary>
/// <param name="Accepted">Those that are in the batch.</param>
/// <param name="Rejected">Those that were refused.</param>
/// <param name="Reasons">The first reasons, in sentences that name the service; null where nothing was refused.</param>
public readonly record struct EventDecodeResult(long Accepted, long Rejected, string? Reasons)
{
    /// <summary>The result with those added that the store refused.</summary>
    public EventDecodeResult With(in EventWriteResult written)
    {
        if (written.Refused == 0)
        {
            return this;
        }

        var sentence = string.Create(CultureInfo.InvariantCulture, $"{written.Refused} refused by the store: {written.FirstReason}");
        return new(Accepted - written.Refused, Rejected + written.Refused, Reasons is null ? sentence : Reasons + "; " + sentence);
    }
}
