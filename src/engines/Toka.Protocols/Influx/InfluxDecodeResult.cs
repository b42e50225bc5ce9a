namespace Toka.Protocols.Influx;

/// <summary>What became of a body of line protocol.</summary>
/// <param name="Points">Lines that were read.</param>
/// <param name="Samples">Samples that they gave: one for each number and boolean.</param>
/// <param name="TextFields">Fields that are texts and so no samples.</param>
/// <param name="Malformed">Lines refused because they are not of the protocol.</param>
/// <param name="OverLimit">Lines refused because they, or a part of them, are too long.</param>
/// <param name="Faults">The first lines refused, at most <see cref="InfluxDecoder.FaultsShownMax"/>.</param>
public readonly record struct InfluxDecodeResult(
    int Points, int Samples, int TextFields, int Malformed, int OverLimit, IReadOnlyList<InfluxFault> Faults)
{
    /// <summary>Lines that were refused.</summary>
    public int Refused => Malformed + OverLimit;
}
