using Toka.Load.Wire;

namespace Toka.Load.Peers;

/// <summary>A built toka that does not watch its host, fed by OTLP over HTTP, or scraping.</summary>
/// <param name="prometheusConfiguration">Its prometheus.yml; null for none.</param>
internal sealed class TokaPeer(string? prometheusConfiguration = null) : Peer("toka", Binary)
{
    private readonly int _grpc = FreePort();
    private readonly int _otlp = FreePort();

    /// <summary>The program: <c>TOKA_BINARY</c>, else the one that <c>./toka</c> builds.</summary>
    public static string Binary => Environment.GetEnvironmentVariable("TOKA_BINARY") is { Length: > 0 } named ? named : Path.GetFullPath("artifacts/toka/aot/toka");

    protected override IEnumerable<string> Arguments
    {
        get
        {
            var configuration = Path.Combine(Data, "toka.yaml");
            File.WriteAllText(configuration, "monitoring: { enabled: false }\n");
            List<string> arguments =
            [
                "serve", "--config", configuration, "--data", Path.Combine(Data, "data"),
                "--http", $"127.0.0.1:{Port}", "--otlp-grpc", $"127.0.0.1:{_grpc}", "--otlp-http", $"127.0.0.1:{_otlp}",
            ];
            if (prometheusConfiguration is not null)
            {
                var file = Path.Combine(Data, "prometheus.yml");
                File.WriteAllText(file, prometheusConfiguration);
                arguments.AddRange(["--prometheus-config", file]);
            }

            return arguments;
        }
    }

    public override Task WriteAsync(IReadOnlyList<SeriesSamples> series) => OtlpWrite.SendAsync(Http, series);
}
