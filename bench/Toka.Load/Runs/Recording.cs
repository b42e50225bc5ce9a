using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Load.Wire;
using Toka.TimeSeries;

namespace Toka.Load.Runs;

/// <summary>What was recorded, read into memory. Stale markers are left out: not every way in can carry them.</summary>
internal static class Recording
{
    public static async Task<List<SeriesSamples>> ReadAsync(string directory)
    {
        await using var store = MetricStore.Open(new MetricStoreOptions { Directory = directory, ReadOnly = true }, TimeProvider.System, new SelfMetrics());
        using var set = await store.SelectAsync(new SelectRequest { FromMs = 0, ToMs = long.MaxValue }, default);
        using var column = new FloatColumn();
        var all = new List<SeriesSamples>();
        for (var i = 0; i < set.Count; i++)
        {
            column.Clear();
            set.ReadFloats(i, column);
            var kept = Enumerable.Range(0, column.Count).Where(at => !StaleMarker.Is(column.Values[at])).ToArray();
            all.Add(new SeriesSamples(set.LabelsOf(i), kept.Select(at => column.Timestamps[at]).ToArray(), kept.Select(at => column.Values[at]).ToArray()));
        }

        all.RemoveAll(static s => s.Times.IsEmpty);
        return all;
    }
}
