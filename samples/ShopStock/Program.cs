// What a small shop has: an ASP.NET Core service over a real SQLite database, with a span for each query. Its traces go to
// Toka with the OpenTelemetry SDK by OTLP over HTTP (protobuf). See samples/ShopFront for the whole picture.
//
//   dotnet run --project samples/ShopStock -- --urls http://127.0.0.1:5102
//
// Spans go to http://127.0.0.1:4318, or where OTEL_EXPORTER_OTLP_ENDPOINT says.
//
//   GET /items/7   one item, by its key
//   GET /report    what sells best: a join without an index, slow on purpose

using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

const string Source = "Toka.Samples.ShopStock";

var builder = WebApplication.CreateBuilder(args);
builder.Logging.ClearProviders().AddSimpleConsole();
using var tracing = Sdk.CreateTracerProviderBuilder()
    .ConfigureResource(resource => resource.AddService("shop-stock", "toka-samples", "1.0.0", serviceInstanceId: Environment.MachineName))
    .AddAspNetCoreInstrumentation()
    .AddSource(Source)
    .AddOtlpExporter(Configure)
    .Build();
using var activities = new ActivitySource(Source, "1.0.0");

// The database is in memory and lives as long as this connection does.
await using var connection = new SqliteConnection("Data Source=stock;Mode=Memory;Cache=Shared");
await connection.OpenAsync();
using (var fill = connection.CreateCommand())
{
    fill.CommandText = """
        CREATE TABLE items(id INTEGER PRIMARY KEY, name TEXT, price REAL);
        CREATE TABLE sales(item INTEGER, day INTEGER, count INTEGER);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
        INSERT INTO items SELECT i, 'item ' || i, (i * 37 % 1000) / 10.0 FROM n;
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
        INSERT INTO sales SELECT i * 7919 % 400 + 1, i % 365, i % 5 + 1 FROM n;
        """;
    await fill.ExecuteNonQueryAsync();
}

await using var app = builder.Build();
app.MapGet("/items/{id:int}", (int id) => Ask("SELECT name || ' at ' || price FROM items WHERE id = $id", id));

// No index on sales.item, and a function around it that hides it from any: every pair of rows is looked at.
app.MapGet("/report", () => Ask("SELECT group_concat(name) FROM (SELECT name FROM items, sales WHERE abs(sales.item) = abs(items.id) GROUP BY items.id ORDER BY sum(count) DESC LIMIT 5)", 0));
await app.RunAsync();

IResult Ask(string statement, int id)
{
    using var activity = activities.StartActivity("SELECT items", ActivityKind.Client);
    activity?.SetTag("db.system.name", "sqlite").SetTag("db.operation.name", "SELECT").SetTag("db.query.text", statement);
    using var own = new SqliteConnection(connection.ConnectionString);
    own.Open();
    using var command = own.CreateCommand();
    command.CommandText = statement;
    command.Parameters.AddWithValue("$id", id);
    var found = command.ExecuteScalar() as string;
    if (found is null)
    {
        activity?.SetStatus(ActivityStatusCode.Error, string.Create(CultureInfo.InvariantCulture, $"there is no item {id}"));
        return Results.NotFound();
    }

    return Results.Text(found + "\n");
}

static void Configure(OtlpExporterOptions exporter)
{
    exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
    exporter.BatchExportProcessorOptions.ScheduledDelayMilliseconds = 500; // So that a trace is there soon after it ended.
    if (Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT") is null)
    {
        exporter.Endpoint = new Uri("http://127.0.0.1:4318/v1/traces");
    }
}
