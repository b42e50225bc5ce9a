// An app that measures itself with the OpenTelemetry SDK and sends its metrics to Toka by OTLP. Its work is real: it hashes
// every file under a folder, over and over, and reports how much and how fast.
//
//   dotnet run --project samples/OtlpConsole -- [--folder DIR] [--seconds N]
//
//   --folder DIR   the folder whose files are hashed; by default the app's own
//   --seconds N    end after N seconds; by default at Ctrl-C
//
// Metrics go out each second over gRPC to http://127.0.0.1:4317, or where OTEL_EXPORTER_OTLP_ENDPOINT says, with
// OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf over HTTP. In Toka they are:
//   rate(samples_hash_bytes_total[10s]), samples_hash_duration_seconds_bucket, samples_hash_files

using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Security.Cryptography;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

var folder = AppContext.BaseDirectory;
double? seconds = null;
for (var i = 0; i < args.Length; i += 2)
{
    if (i + 1 < args.Length && args[i] == "--folder" && Directory.Exists(args[i + 1]))
    {
        folder = args[i + 1];
    }
    else if (i + 1 < args.Length && args[i] == "--seconds"
        && double.TryParse(args[i + 1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var given) && given <= int.MaxValue)
    {
        seconds = given;
    }
    else
    {
        await Console.Error.WriteLineAsync($"{args[i]}: expected --folder DIR (one that exists) or --seconds N");
        return 2;
    }
}

using var end = seconds is { } after ? new CancellationTokenSource(TimeSpan.FromSeconds(after)) : new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    end.Cancel();
};

using var meter = new Meter("Toka.Samples.OtlpConsole", "1.0.0");
var hashed = meter.CreateCounter<long>("samples.hash.bytes", "By", "Bytes hashed.");
var duration = meter.CreateHistogram<double>("samples.hash.duration", "s", "How long a file took.",
    advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0001, 0.001, 0.01, 0.1, 1] });
var files = 0;
meter.CreateObservableGauge("samples.hash.files", () => files, "{file}", "Files found by the last walk.");

using var provider = Sdk.CreateMeterProviderBuilder()
    .ConfigureResource(resource => resource.AddService("otlp-console", "toka-samples", "1.0.0", serviceInstanceId: Environment.MachineName))
    .AddMeter(meter.Name)
    .AddOtlpExporter((exporter, reader) =>
    {
        // Only the address that the environment does not give; the rest is the exporter's own reading of OTEL_*.
        if (Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT") is null && exporter.Protocol == OtlpExportProtocol.Grpc)
        {
            exporter.Endpoint = new Uri("http://127.0.0.1:4317");
        }

        reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = 1000;
    })
    .Build();

Console.WriteLine($"hashing the files under {folder}; {(seconds is null ? "Ctrl-C ends" : $"for {seconds} s")}");
var walks = 0;
while (!end.IsCancellationRequested)
{
    var paths = Directory.GetFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true });
    files = paths.Length;
    foreach (var path in paths)
    {
        if (end.IsCancellationRequested)
        {
            break;
        }

        await HashAsync(path);
    }

    walks++;
    try
    {
        await Task.Delay(100, end.Token); // Leaves the machine some air: this is a sample, not a load test.
    }
    catch (OperationCanceledException)
    {
        break;
    }
}

Console.WriteLine($"walked {walks} times; sending the last metrics");
return provider.ForceFlush(5000) ? 0 : Unsent();

async Task HashAsync(string path)
{
    var extension = Path.GetExtension(path) is { Length: > 1 } text ? text[1..] : "none";
    var tags = new TagList { { "file.extension", extension } };
    var started = Stopwatch.GetTimestamp();
    try
    {
        await using var stream = File.OpenRead(path);
        await SHA256.HashDataAsync(stream, end.Token);
        hashed.Add(stream.Length, tags);
        duration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, tags);
    }
    catch (Exception e) when (e is IOException or UnauthorizedAccessException or OperationCanceledException)
    {
        // A file that went away, or the end of the run.
    }
}

static int Unsent()
{
    Console.Error.WriteLine("the metrics could not be sent; is toka serving at the endpoint?");
    return 3;
}
