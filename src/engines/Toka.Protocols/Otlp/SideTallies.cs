using Toka.Core.Telemetry;

namespace Toka.Protocols.Otlp;

/// <summary>
/// What one request's points had beside their values and was not kept. It costs a sender no point, so it is counted and not
/// answered. Not thread-safe.
/// </summary>
internal sealed class SideTallies(OtlpLimits limits, SelfMetrics metrics)
{
    /// <summary>Exemplars.</summary>
    public RefusalTally Exemplars { get; } = new(limits, metrics, "exemplars");

    /// <summary>Attributes of exemplars.</summary>
    public RefusalTally ExemplarAttributes { get; } = new(limits, metrics, "exemplar_attributes");

    /// <summary>Start times.</summary>
    public RefusalTally Created { get; } = new(limits, metrics, "created");

    public void Clear()
    {
        Exemplars.Clear();
        ExemplarAttributes.Clear();
        Created.Clear();
    }

    public void Publish()
    {
        Exemplars.Publish();
        ExemplarAttributes.Publish();
        Created.Publish();
    }
}
