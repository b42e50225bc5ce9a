namespace Toka.Server;

/// <summary>What <c>toka serve</c> was asked for by flags and environment; everything else comes from the configuration.</summary>
/// <param name="ConfigFile">The configuration file's path; null for none, which means development.</param>
/// <param name="DataDirectory">Where everything stored lies. Default of the command: <c>toka-data</c> in the working directory.</param>
/// <param name="Http">ADDRESS:PORT of the page and the APIs. Default of the command: 127.0.0.1:4319.</param>
/// <param name="OtlpGrpc">ADDRESS:PORT of OTLP over gRPC. Default of the command: 127.0.0.1:4317.</param>
/// <param name="OtlpHttp">ADDRESS:PORT of OTLP over HTTP. Default of the command: 127.0.0.1:4318.</param>
/// <param name="StatsD">ADDRESS:PORT of StatsD over UDP and TCP; null for none.</param>
/// <param name="MemoryBytes">The most memory for the process, in bytes, at least 64 MiB; null for what the configuration says.</param>
/// <param name="PrometheusConfigFile">The path of a <c>prometheus.yml</c>; null for none, and then nothing is scraped.</param>
public sealed record ServeOptions(
    string? ConfigFile, string DataDirectory, string Http, string OtlpGrpc, string OtlpHttp, string? StatsD, long? MemoryBytes,
    string? PrometheusConfigFile = null);
