namespace Toka.Protocols.RemoteWrite;

/// <summary>What of a request is in the batch, and what is not.</summary>
/// <param name="Samples">Float samples in the batch.</param>
/// <param name="Histograms">Native histograms in the batch.</param>
/// <param name="Exemplars">Exemplars in the batch.</param>
/// <param name="Refused">Samples and native histograms that were refused.</param>
/// <param name="RefusedExemplars">Exemplars that were refused.</param>
/// <param name="Reasons">The first reasons of <paramref name="Refused"/>, in sentences that name a series; null where nothing was refused.</param>
public readonly record struct RemoteWriteDecodeResult(long Samples, long Histograms, long Exemplars, long Refused, long RefusedExemplars, string? Reasons);
