namespace Toka.Protocols.Otlp;

/// <summary>What an OTLP request brings.</summary>
public enum OtlpSignal
{
    /// <summary>Data points of metrics.</summary>
    Metrics,

    /// <summary>Spans.</summary>
    Traces,

    /// <summary>Log records.</summary>
    Logs,
}
