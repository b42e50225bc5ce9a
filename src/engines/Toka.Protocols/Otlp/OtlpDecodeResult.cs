using System.Globalization;

namespace Toka.Protocols.Otlp;

/// <summary>What became of a request's data points.</summary>
/// <param name="Accepted">Points whose samples are in the batch.</param>
/// <param name="Rejected">Points that were refused.</param>
/// <param name="Reasons">The first reasons, in sentences that name the metric; null where nothing was refused.</param>
/// <param name="HasDeltas">Whether some samples are sums of deltas: if the batch then cannot be written, they must be forgotten.</param>
public readonly record struct OtlpDecodeResult(long Accepted, long Rejected, string? Reasons, bool HasDeltas)
{
    /// <summary>The result with samples added that the store refused.</summary>
    /// <param name="samples">How many; a store counts samples, so a histogram point may be counted several times, and the sum is cut at <see cref="Accepted"/>.</param>
    /// <param name="reason">The store's first reason.</param>
    public OtlpDecodeResult WithRefusedSamples(int samples, string? reason)
    {
        if (samples == 0)
        {
            return this;
        }

        var points = Math.Min(samples, Accepted);
        var sentence = string.Create(CultureInfo.InvariantCulture, $"{samples} {(samples == 1 ? "sample was" : "samples were")} refused by the store: {reason}");
        return this with
        {
            Accepted = Accepted - points,
            Rejected = Rejected + points,
            Reasons = Reasons is null ? sentence : Reasons + "; " + sentence,
        };
    }
}
