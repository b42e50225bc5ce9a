namespace Toka.Tests.Fuzzing;

/// <summary>
/// What is fuzzed: one test each. They share the time evenly, so one that is not here would get none; the test of the repository
/// FuzzTargetTests compares these with the tests that there are.
/// </summary>
internal enum FuzzTarget
{
    /// <summary>Regular expressions of matchers and relabelling, and what they match.</summary>
    Patterns,

    /// <summary>Scraped bodies of all formats, read and checked.</summary>
    Exposition,

    /// <summary>Requests of Prometheus's remote write protocol, both versions.</summary>
    RemoteWrite,

    /// <summary>InfluxDB lines, StatsD datagrams, pushed expositions and the paths of their groups.</summary>
    Push,

    /// <summary>OTLP metrics as protobuf.</summary>
    OtlpProtobuf,

    /// <summary>OTLP metrics as JSON.</summary>
    OtlpJson,

    /// <summary>OTLP traces as protobuf.</summary>
    OtlpTracesProtobuf,

    /// <summary>OTLP traces as JSON.</summary>
    OtlpTracesJson,

    /// <summary>OTLP logs as protobuf.</summary>
    OtlpLogsProtobuf,

    /// <summary>OTLP logs as JSON.</summary>
    OtlpLogsJson,

    /// <summary>Zipkin's lists of spans.</summary>
    Zipkin,

    /// <summary>Requests of Prometheus's remote read protocol, and the Snappy blocks that they come in.</summary>
    RemoteRead,

    /// <summary>PromQL expressions.</summary>
    PromQl,

    /// <summary>Test scripts of PromQL.</summary>
    PromQlScript,

    /// <summary>TraceQL queries, and searches by form.</summary>
    TraceQl,

    /// <summary>YAML to a tree, in both dialects.</summary>
    Yaml,

    /// <summary>Files and answers that name targets.</summary>
    TargetGroups,

    /// <summary>Packed bodies of requests.</summary>
    IngestBody,

    /// <summary>Toka's configuration file.</summary>
    TokaConfiguration,

    /// <summary>Prometheus's configuration file and its files of rules.</summary>
    PrometheusConfiguration,

    /// <summary>Selectors of series and the messages of the page.</summary>
    WebMessages,

    /// <summary>Journals and indexes of spans and logs.</summary>
    EventFiles,
}
