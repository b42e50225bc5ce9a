using Toka.Core.Telemetry;

namespace Toka.Protocols.Otlp;

/// <summary>
/// What one request's points had beside their values and was not kept. It costs a sender no point, so it is counted and not
/// answered. Not thread-safe.
/// </summary>
internal sealed class SideTallies(OtlpLimits limits)
{
    /// <summary>Exemplars.</summary>
    public RefusalTally Exemplars { get; } = new(limits, "exemplars");

    /// <summary>Attributes of exemplars.</summary>
    public RefusalTally ExemplarAttributes { get; } = new(limits, "exemplar_attributes");

    /// <summary>Start times.</summary>
    public RefusalTally Created { get; } = new(limits, "created");

    /// <summary>Attributes of resources.</summary>
    public RefusalTally ResourceAttributes { get; } = new(limits, "resource_attributes");

    public void Clear()
    {
        Exemplars.Clear();
        ExemplarAttributes.Clear();
        Created.Clear();
        ResourceAttributes.Clear();
    }

    public void Publish(IngestTally tally)
    {
        Exemplars.Publish(tally);
        ExemplarAttributes.Publish(tally);
        Created.Publish(tally);
        ResourceAttributes.Publish(tally);
    }
}
