namespace Toka.Protocols.RemoteWrite;

/// <summary>The versions of Prometheus' remote write protocol, each with a message of its own.</summary>
public enum RemoteWriteVersion
{
    /// <summary>1.0: <c>prometheus.WriteRequest</c>.</summary>
    V1,

    /// <summary>2.0: <c>io.prometheus.write.v2.Request</c>, whose texts are in one table.</summary>
    V2,
}

/// <summary>How the versions are named in HTTP headers.</summary>
public static class RemoteWriteHeaders
{
    /// <summary>The media type of both; a parameter <c>proto</c> names the message.</summary>
    public const string MediaType = "application/x-protobuf";

    /// <summary>The header with the version of the protocol.</summary>
    public const string Version = "X-Prometheus-Remote-Write-Version";

    /// <summary>The header of a 2.0 answer that counts samples written, without native histograms.</summary>
    public const string SamplesWritten = "X-Prometheus-Remote-Write-Samples-Written";

    /// <summary>The header of a 2.0 answer that counts native histograms written.</summary>
    public const string HistogramsWritten = "X-Prometheus-Remote-Write-Histograms-Written";

    /// <summary>The header of a 2.0 answer that counts exemplars written.</summary>
    public const string ExemplarsWritten = "X-Prometheus-Remote-Write-Exemplars-Written";

    /// <summary>The full name of a version's message.</summary>
    /// <param name="version">The version.</param>
    public static string MessageOf(RemoteWriteVersion version) => version == RemoteWriteVersion.V1 ? "prometheus.WriteRequest" : "io.prometheus.write.v2.Request";

    /// <summary>The value of Content-Type that a sender of a version gives. That of 1.0 names no message, as receivers of its time expect.</summary>
    /// <param name="version">The version.</param>
    public static string ContentTypeOf(RemoteWriteVersion version) => version == RemoteWriteVersion.V1 ? MediaType : MediaType + ";proto=" + MessageOf(version);

    /// <summary>The value of <see cref="Version"/> that a sender of a version gives.</summary>
    /// <param name="version">The version.</param>
    public static string NumberOf(RemoteWriteVersion version) => version == RemoteWriteVersion.V1 ? "0.1.0" : "2.0.0";
}
