using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;

namespace Toka.Protocols.Export;

/// <summary>Writes one format. Called in this order: begin, then for each name its series with their samples by time, then complete.</summary>
internal interface IExportWriter : IAsyncDisposable
{
    /// <summary>Writes what stands before the first series.</summary>
    ValueTask BeginAsync(CancellationToken cancellationToken);

    /// <summary>Says that the series of a name follow.</summary>
    /// <param name="name">The name; empty for series that have none.</param>
    /// <param name="metadata">What is known of it.</param>
    void BeginName(string name, MetricMetadata? metadata);

    /// <summary>Says that the samples of a series follow.</summary>
    /// <param name="labels">The series.</param>
    /// <returns>Whether the format can hold it; if not, it is left out.</returns>
    bool TryBeginSeries(LabelSet labels);

    /// <summary>Writes samples of the series, after those written before.</summary>
    ValueTask WriteAsync(FloatColumn samples, CancellationToken cancellationToken);

    /// <summary>Writes what stands behind the last series.</summary>
    ValueTask CompleteAsync(CancellationToken cancellationToken);
}
