using Toka.Protocols.Exposition;

namespace Toka.Protocols.TextPush;

/// <summary>What became of a pushed exposition.</summary>
/// <param name="Samples">Samples that it gave, native histograms included.</param>
/// <param name="Malformed">Lines, or metrics of the protobuf format, that are not of the format or beyond its limits.</param>
/// <param name="ExemplarsRefused">Exemplars of samples that were taken, themselves refused.</param>
/// <param name="CreatedRefused">Times of creation that are after their sample, belong to no sample, or are no times.</param>
/// <param name="Faults">The first faults, at most <see cref="PushDecoder.FaultsShownMax"/>.</param>
public readonly record struct PushDecodeResult(
    int Samples, int Malformed, int ExemplarsRefused, int CreatedRefused, IReadOnlyList<ExpositionFault> Faults);
