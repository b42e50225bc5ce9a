namespace Toka.TimeSeries.Columns;

/// <summary>What a payload holds: the kinds of a block's chunks that are opaque to it. The numbers are on disk: append only.</summary>
internal enum PayloadKind : byte
{
    /// <summary>Native histograms; <see cref="HistogramPayload"/>.</summary>
    Histograms = 2,

    /// <summary>Exemplars; <see cref="ExemplarPayload"/>.</summary>
    Exemplars = 3,

    /// <summary>When a counter began; <see cref="CreatedPayload"/>.</summary>
    Created = 4,
}

/// <summary>Takes finished payloads, ascending in time, such as a block's writer.</summary>
internal interface IPayloadSink
{
    /// <summary>One payload.</summary>
    /// <param name="kind">What it holds.</param>
    /// <param name="minMs">The time of its first sample.</param>
    /// <param name="maxMs">The time of its last sample.</param>
    /// <param name="count">How many samples it holds.</param>
    /// <param name="payload">The bytes; valid during the call.</param>
    void Payload(PayloadKind kind, long minMs, long maxMs, int count, ReadOnlySpan<byte> payload);
}
