using Toka.Core.Searching;
using Toka.Tracing.ServiceMap;
using Toka.Web.Jaeger;

namespace Toka.Server.Hosting;

/// <summary>Which services call which, as Jaeger's API asks it, from the series that are made of spans. Thread-safe.</summary>
/// <param name="map">Reads the series.</param>
/// <param name="time">The clock.</param>
internal sealed class SeriesDependencies(ServiceMapReader map, TimeProvider time) : IServiceDependencies
{
    private const long NsPerMs = 1_000_000;

    public async ValueTask<IReadOnlyList<ServiceDependency>> ReadAsync(EventRange range, CancellationToken cancellationToken)
    {
        var to = Math.Min(range.ToNs / NsPerMs, time.GetUtcNow().ToUnixTimeMilliseconds());
        var from = Math.Min(range.FromNs / NsPerMs, to - 1);
        var found = await map.MapAsync(from, to, cancellationToken);
        return [.. found.Edges.Select(edge => new ServiceDependency(edge.Client, edge.Server, (long)Math.Round(edge.Figures.Rate * (to - from) / 1000)))];
    }
}
