using System.Globalization;
using System.Text.Json;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Protocols.Events;
using Toka.Protocols.Otlp.Traces;
using Toka.Query.TraceQL;

namespace Toka.Conformance.Jaeger;

/// <summary>The queries that Jaeger's own stores are held to, with the traces that each must return.</summary>
internal static class JaegerCases
{
    private static string Folder => Path.Combine(Environment.GetEnvironmentVariable("TOKA_REFERENCE_DATA") ?? "", "jaeger");

    /// <summary>What the queries are called; one without a name where they are not here.</summary>
    public static IReadOnlyList<string> Captions => Directory.Exists(Folder) ? [.. Cases().Select(one => one.GetProperty("Caption").GetString()!)] : [""];

    /// <summary>Loads every trace that there is, and checks that a query returns those that it must, whole, and no others.</summary>
    public static async Task CheckAsync(string caption, ISpanWriter writer, ISpanReader reader, CancellationToken cancellationToken)
    {
        var loaded = new Dictionary<string, (TraceId Trace, int Spans)>();
        foreach (var file in Directory.GetFiles(Path.Combine(Folder, "traces")))
        {
            var batch = new SpanBatch();
            var result = new OtlpTracesDecoder(new EventLimits()).DecodeJson(await File.ReadAllBytesAsync(file, cancellationToken), batch);
            Assert.True(batch.Count > 0, $"{file}: {result}");
            loaded.Add(Path.GetFileNameWithoutExtension(file), (batch.Rows[0].TraceId, batch.Count));
            Assert.Equal(new EventWriteResult(batch.Count), await writer.WriteAsync(batch, cancellationToken));
        }

        var test = Cases().Single(one => one.GetProperty("Caption").GetString() == caption);
        var query = test.GetProperty("Query");
        var range = new EventRange(NsOf(query.GetProperty("StartTimeMin")), NsOf(query.GetProperty("StartTimeMax")));
        var search = new TraceSearch
        {
            Service = query.GetProperty("ServiceName").GetString(),
            Operation = query.GetProperty("OperationName").GetString(),
            MinDurationNs = query.GetProperty("DurationMin").GetInt64() is > 0 and var min ? min : null,
            MaxDurationNs = query.GetProperty("DurationMax").GetInt64() is > 0 and var max ? max : null,
            Attributes = query.GetProperty("Tags") is { ValueKind: JsonValueKind.Object } tags ? [.. tags.EnumerateObject().Select(tag => KeyValuePair.Create(tag.Name, TextOf(tag.Value)))] : [],
        };
        var request = new TraceQlRequest { Query = "", Range = range, Limit = query.GetProperty("NumTraces").GetInt32() };
        var result2 = await new TraceQlEngine(reader).SearchAsync(search, request, cancellationToken);
        var expected = test.GetProperty("ExpectedFixtures").EnumerateArray().Select(name => loaded[name.GetString()!]);
        var found = result2.Traces.Select(trace => (trace.Summary.TraceId, trace.Summary.Spans));

        Assert.False(result2.Cost.IsCut);
        Assert.Equal(expected.OrderBy(one => one.Trace.Value), found.OrderBy(one => one.TraceId.Value));
    }

    private static JsonElement[] Cases()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "queries.json")));
        return [.. document.RootElement.EnumerateArray().Select(one => one.Clone())];
    }

    private static long NsOf(JsonElement time) =>
        (DateTimeOffset.Parse(time.GetString()!, CultureInfo.InvariantCulture) - DateTimeOffset.UnixEpoch).Ticks * 100;

    private static string TextOf(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
}
