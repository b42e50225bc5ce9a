using Toka.Core.Searching;

namespace Toka.Web.Jaeger;

/// <summary>Says which services call which. Implementations are thread-safe.</summary>
public interface IServiceDependencies
{
    /// <summary>The calls between services within a range.</summary>
    /// <param name="range">When.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    ValueTask<IReadOnlyList<ServiceDependency>> ReadAsync(EventRange range, CancellationToken cancellationToken);
}

/// <summary>Calls from one service to another.</summary>
/// <param name="Parent">The service that calls.</param>
/// <param name="Child">The service that is called.</param>
/// <param name="Calls">How many calls there were.</param>
public readonly record struct ServiceDependency(string Parent, string Child, long Calls);
