// The front of a small shop: an ASP.NET Core service that asks another one (samples/ShopStock) for what it sells. Its traces
// and logs go to Toka with the OpenTelemetry SDK by OTLP over gRPC. With samples/ShopVisitor in front there is one trace
// through three programs and three ways of sending.
//
//   dotnet run --project samples/ShopFront -- --urls http://127.0.0.1:5101 --stock http://127.0.0.1:5102
//
//   --urls URL    where it listens
//   --stock URL   where ShopStock listens
//
// Spans go to http://127.0.0.1:4317, or where OTEL_EXPORTER_OTLP_ENDPOINT says.
//
//   GET /items/7     one item                 one call to the stock
//   GET /basket      ten items, one by one    ten calls where one would do: look at what Toka finds in the trace
//   GET /report      what sells best          one call, behind which a slow query hides

using System.Globalization;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

const int ItemsInBasket = 10;

var builder = WebApplication.CreateBuilder(args);
var stock = new Uri(builder.Configuration["stock"] ?? "http://127.0.0.1:5102");
var resource = ResourceBuilder.CreateDefault().AddService("shop-front", "toka-samples", "1.0.0", serviceInstanceId: Environment.MachineName);
builder.Logging.ClearProviders().AddSimpleConsole().AddOpenTelemetry(logging =>
{
    logging.IncludeFormattedMessage = true;
    logging.SetResourceBuilder(resource);
    logging.AddOtlpExporter(Configure);
});
using var tracing = Sdk.CreateTracerProviderBuilder()
    .SetResourceBuilder(resource)
    .AddAspNetCoreInstrumentation()
    .AddSource("System.Net.Http")
    .AddOtlpExporter(Configure)
    .Build();

await using var app = builder.Build();
using var http = new HttpClient { BaseAddress = stock };
app.MapGet("/items/{id:int}", async (int id, ILogger<Program> log) =>
{
    var item = await http.GetStringAsync(ItemAt(id));
    Shop.Sold(log, id);
    return item;
});
app.MapGet("/basket", async (ILogger<Program> log) =>
{
    for (var id = 1; id <= ItemsInBasket; id++)
    {
        await http.GetStringAsync(ItemAt(id));
    }

    Shop.Filled(log, ItemsInBasket);
    return "a full basket\n";
});
app.MapGet("/report", (ILogger<Program> log) => http.GetStringAsync(new Uri("/report", UriKind.Relative)));
await app.RunAsync();

static Uri ItemAt(int id) => new(string.Create(CultureInfo.InvariantCulture, $"/items/{id}"), UriKind.Relative);

static void Configure(OtlpExporterOptions exporter)
{
    exporter.Protocol = OtlpExportProtocol.Grpc;
    exporter.BatchExportProcessorOptions.ScheduledDelayMilliseconds = 500; // So that a trace is there soon after it ended.
    if (Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT") is null)
    {
        exporter.Endpoint = new Uri("http://127.0.0.1:4317");
    }
}

/// <summary>What the shop logs.</summary>
internal static partial class Shop
{
    [LoggerMessage(Level = LogLevel.Information, Message = "item {Item} was looked at")]
    public static partial void Sold(ILogger log, int item);

    [LoggerMessage(Level = LogLevel.Warning, Message = "a basket of {Items} items was filled one by one")]
    public static partial void Filled(ILogger log, int items);
}
