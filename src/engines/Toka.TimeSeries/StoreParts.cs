using Toka.Core.Telemetry;
using Toka.TimeSeries.Catalog;
using Toka.TimeSeries.Head;
using Toka.TimeSeries.Index;
using Toka.TimeSeries.Writing;

namespace Toka.TimeSeries;

/// <summary>What the parts of one store share.</summary>
/// <param name="Time">The clock's source.</param>
/// <param name="Clock">The clock, the committer's.</param>
/// <param name="Metrics">Where it counts.</param>
/// <param name="Counters">The counters, fetched once.</param>
/// <param name="Index">The series of the head.</param>
/// <param name="Head">Their samples.</param>
/// <param name="HeadLock">Guards index and head.</param>
/// <param name="Metadata">What is known of families.</param>
/// <param name="Catalog">The blocks; null for a store without a directory.</param>
internal sealed record StoreParts(
    TimeProvider Time,
    StoreClock Clock,
    SelfMetrics Metrics,
    StoreCounters Counters,
    SeriesIndex Index,
    SampleHead Head,
    Lock HeadLock,
    StoreMetadata Metadata,
    BlockCatalog? Catalog);
