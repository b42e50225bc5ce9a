// A visitor of a small shop (samples/ShopFront): a console program without any SDK, which writes its spans as OTLP's JSON and
// posts them itself. The trace begins here and goes on in the two services.
//
//   dotnet run --project samples/ShopVisitor -- [--front URL] [--visits N]
//
//   --front URL    where ShopFront listens; by default http://127.0.0.1:5101
//   --visits N     how often it comes; by default 1
//
// Spans go to http://127.0.0.1:4318/v1/traces, or to /v1/traces where OTEL_EXPORTER_OTLP_ENDPOINT says. It prints the ids of
// its traces: `toka traces show ID`.

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

var front = new Uri("http://127.0.0.1:5101");
var visits = 1;
for (var i = 0; i < args.Length; i += 2)
{
    if (i + 1 < args.Length && args[i] == "--front" && Uri.TryCreate(args[i + 1], UriKind.Absolute, out var url))
    {
        front = url;
    }
    else if (i + 1 < args.Length && args[i] == "--visits" && int.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
    {
        visits = count;
    }
    else
    {
        await Console.Error.WriteLineAsync($"{args[i]}: expected --front URL or --visits N");
        return 2;
    }
}

var endpoint = new Uri(new Uri(Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT") ?? "http://127.0.0.1:4318"), "/v1/traces");
var ended = new ConcurrentQueue<Activity>();
using var source = new ActivitySource("Toka.Samples.ShopVisitor", "1.0.0");
using var listener = new ActivityListener
{
    // The runtime's own spans of HttpClient carry the trace to the services; those of our own post have no parent and are left out.
    ShouldListenTo = static one => one.Name is "Toka.Samples.ShopVisitor" or "System.Net.Http",
    Sample = static (ref ActivityCreationOptions<ActivityContext> options) =>
        options.Source.Name == "System.Net.Http" && options.Parent == default ? ActivitySamplingResult.None : ActivitySamplingResult.AllDataAndRecorded,
    ActivityStopped = ended.Enqueue,
};
ActivitySource.AddActivityListener(listener);
using var http = new HttpClient();
for (var visit = 0; visit < visits; visit++)
{
    using (var root = source.StartActivity("visit"))
    {
        root!.SetTag("visit.number", visit);
        try
        {
            foreach (var page in (string[])["/items/7", "/basket", "/report"])
            {
                using var response = await http.GetAsync(new Uri(front, page));
                response.EnsureSuccessStatusCode();
            }
        }
        catch (HttpRequestException e)
        {
            await Console.Error.WriteLineAsync($"{front}: {e.Message}; do samples/ShopFront and samples/ShopStock run?");
            return 3;
        }

        Console.WriteLine(root.TraceId.ToHexString());
    }

    if (!await SendAsync())
    {
        await Console.Error.WriteLineAsync($"{endpoint} did not take the spans; is toka serving there?");
        return 3;
    }
}

return 0;

async Task<bool> SendAsync()
{
    using var content = new ByteArrayContent(WriteJson()) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
    try
    {
        using var answer = await http.PostAsync(endpoint, content);
        return answer.IsSuccessStatusCode;
    }
    catch (HttpRequestException)
    {
        return false;
    }
}

byte[] WriteJson()
{
    using var buffer = new MemoryStream();
    using (var json = new Utf8JsonWriter(buffer))
    {
        json.WriteStartObject();
        json.WriteStartArray("resourceSpans");
        json.WriteStartObject();
        json.WriteStartObject("resource");
        WriteAttributes(json, [new("service.name", "shop-visitor"), new("service.namespace", "toka-samples"), new("service.version", "1.0.0")]);
        json.WriteEndObject();
        json.WriteStartArray("scopeSpans");
        json.WriteStartObject();
        json.WriteStartArray("spans");
        while (ended.TryDequeue(out var activity))
        {
            WriteSpan(json, activity);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    return buffer.ToArray();
}

static void WriteSpan(Utf8JsonWriter json, Activity activity)
{
    json.WriteStartObject();
    json.WriteString("traceId", activity.TraceId.ToHexString());
    json.WriteString("spanId", activity.SpanId.ToHexString());
    if (activity.ParentSpanId != default)
    {
        json.WriteString("parentSpanId", activity.ParentSpanId.ToHexString());
    }

    json.WriteString("name", activity.DisplayName);
    json.WriteNumber("kind", activity.Kind == ActivityKind.Client ? 3 : 1);
    json.WriteString("startTimeUnixNano", Ns(activity.StartTimeUtc));
    json.WriteString("endTimeUnixNano", Ns(activity.StartTimeUtc + activity.Duration));
    WriteAttributes(json, activity.TagObjects);
    json.WriteEndObject();
}

static void WriteAttributes(Utf8JsonWriter json, IEnumerable<KeyValuePair<string, object?>> attributes)
{
    json.WriteStartArray("attributes");
    foreach (var (key, value) in attributes)
    {
        json.WriteStartObject();
        json.WriteString("key", key);
        json.WriteStartObject("value");
        if (value is int whole)
        {
            json.WriteString("intValue", whole.ToString(CultureInfo.InvariantCulture));
        }
        else
        {
            json.WriteString("stringValue", Convert.ToString(value, CultureInfo.InvariantCulture));
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    json.WriteEndArray();
}

static string Ns(DateTime time) => ((time - DateTime.UnixEpoch).Ticks * 100).ToString(CultureInfo.InvariantCulture);
