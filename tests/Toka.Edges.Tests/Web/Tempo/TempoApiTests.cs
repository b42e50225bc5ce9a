using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Toka.Core.Spans;
using Toka.Edges.Tests.Web.Api;
using Toka.Protocols.Events;
using Toka.Protocols.Otlp.Traces;
using Toka.Tests.Events;
using static Toka.Edges.Tests.Web.Api.EventsHost;

namespace Toka.Edges.Tests.Web.Tempo;

/// <summary>Answers as Grafana's data source reads them.</summary>
public sealed class TempoApiTests
{
    private const string First = "00000000000000000000000000000001";
    private const string Second = "00000000000000000000000000000002";

    [Fact]
    public async Task A_search_has_the_shape_of_Tempos()
    {
        await using var host = await LoadedAsync();
        var (status, body) = await host.Web.GetAsync("tempo/api/search?limit=5&spss=1&q=" + Uri.EscapeDataString("{ status = error && span.http.status >= 500 } | by(resource.service.name) | count() > 0"));

        Assert.Equal(HttpStatusCode.OK, status);
        var set = $$$"""
            {"spans":[{"spanID":"0000000000000001","name":"GET /pay","startTimeUnixNano":"{{{NowNs - 1_000_000_000}}}","durationNanos":"900000000","attributes":[{"key":"http.status","value":{"intValue":"500"}}]}],"matched":1,"attributes":[{"key":"by(resource.service.name)","value":{"stringValue":"shop"}},{"key":"count()","value":{"intValue":"1"}}]}
            """;
        Assert.Equal(
            $$$$"""{"traces":[{"traceID":"{{{{First}}}}","rootServiceName":"shop","rootTraceName":"GET /pay","startTimeUnixNano":"{{{{NowNs - 1_000_000_000}}}}","durationMs":900,"spanSet":{{{{set}}}},"spanSets":[{{{{set}}}}],"serviceStats":{"bank":{"spanCount":1,"errorCount":0},"shop":{"spanCount":1,"errorCount":1}}}],"metrics":{"inspectedTraces":1,"inspectedSpans":"3","totalBlocks":0,"completedJobs":1,"totalJobs":1}}""",
            body);
    }

    [Theory]
    [InlineData("", "2 1")]
    [InlineData("q={}&limit=1", "2")]
    [InlineData("tags=service.name%3Dban", "1")]
    [InlineData("tags=service.name%3Dshop%20http.status%3D500", "1")]
    [InlineData("tags=name%3D%22GET%20/pay%22", "1")]
    [InlineData("tags=status%3Derror", "1")]
    [InlineData("minDuration=100ms", "1")]
    [InlineData("maxDuration=100ms", "2")]
    [InlineData("start=1772366399.4&end=1772366400", "2")]
    [InlineData("start=2026-03-01T11:00:00Z&end=2026-03-01T11:59:59.2Z", "1")]
    [InlineData("start=1772366300&end=1772366301", "")]
    public async Task A_search_takes_queries_tags_durations_and_times(string query, string expected)
    {
        await using var host = await LoadedAsync();
        var answer = await host.Web.GetJsonAsync("tempo/api/search?" + query);
        Assert.Equal(expected, string.Join(' ', answer.GetProperty("traces").EnumerateArray().Select(static trace => int.Parse(trace.GetProperty("traceID").GetString()!, NumberStyles.HexNumber, CultureInfo.InvariantCulture))));
    }

    [Fact]
    public async Task A_trace_comes_as_OTLP_in_JSON_or_in_protobuf()
    {
        await using var host = await LoadedAsync();
        var span = $$$"""
            {"traceId":"{{{Second}}}","spanId":"0000000000000003","name":"GET /","startTimeUnixNano":"{{{NowNs - 500_000_000}}}","endTimeUnixNano":"{{{NowNs - 495_000_000}}}","status":{}}
            """;
        var batches = $$$"""[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[{"scope":{},"spans":[{{{span}}}]}]}]""";
        Assert.Equal($$$"""{"batches":{{{batches}}}}""", (await host.Web.GetAsync("tempo/api/traces/2")).Body);
        Assert.Equal($$$"""{"trace":{"resourceSpans":{{{batches}}}}}""", (await host.Web.GetAsync("tempo/api/v2/traces/" + Second)).Body);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Web.GetAsync("tempo/api/traces/99")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await host.Web.GetAsync("tempo/api/v2/traces/xyz")).Status);

        var first = await ProtobufAsync(host, "tempo/api/traces/1");
        Assert.Equal(["GET /pay", "SELECT"], NamesOf(first));

        // The second version has the trace as its first field.
        var second = await ProtobufAsync(host, "tempo/api/v2/traces/1");
        Assert.Equal(0x0a, second[0]);
        var at = 1;
        while ((second[at] & 0x80) != 0)
        {
            at++;
        }

        Assert.Equal(first, second[(at + 1)..]);
    }

    [Fact]
    public async Task Tags_and_their_values_can_be_completed()
    {
        await using var host = await LoadedAsync();
        Assert.Equal("""{"tagNames":["http.status"],"metrics":{}}""", (await host.Web.GetAsync("tempo/api/search/tags?scope=span")).Body);
        var scopes = (await host.Web.GetJsonAsync("tempo/api/v2/search/tags")).GetProperty("scopes").EnumerateArray().ToDictionary(
            static scope => scope.GetProperty("name").GetString()!, static scope => scope.GetProperty("tags").EnumerateArray().Select(static tag => tag.GetString()).ToList());
        Assert.Equal(["resource", "span", "intrinsic"], scopes.Keys);
        Assert.Equal(["service.name"], scopes["resource"]);
        Assert.Contains("trace:rootName", scopes["intrinsic"]);

        Assert.Equal("""{"tagValues":["shop","bank"],"metrics":{}}""", (await host.Web.GetAsync("tempo/api/search/tag/service.name/values")).Body);
        Assert.Equal("""{"tagValues":[{"type":"string","value":"shop"},{"type":"string","value":"bank"}],"metrics":{}}""", (await host.Web.GetAsync("tempo/api/v2/search/tag/resource.service.name/values")).Body);
        Assert.Equal("""{"tagValues":[{"type":"int","value":"500"}],"metrics":{}}""", (await host.Web.GetAsync("tempo/api/v2/search/tag/span.http.status/values")).Body);
        Assert.Equal(
            """{"tagValues":[{"type":"keyword","value":"unset"},{"type":"keyword","value":"ok"},{"type":"keyword","value":"error"}],"metrics":{}}""",
            (await host.Web.GetAsync("tempo/api/v2/search/tag/status/values")).Body);
        Assert.Equal("""{"tagValues":[{"type":"string","value":"GET /"},{"type":"string","value":"GET /pay"}],"metrics":{}}""", (await host.Web.GetAsync("tempo/api/v2/search/tag/rootName/values")).Body);

        // A filter that is still being written counts as far as it can be read.
        Assert.Equal(
            """{"tagValues":[{"type":"string","value":"SELECT"}],"metrics":{}}""",
            (await host.Web.GetAsync("tempo/api/v2/search/tag/name/values?q=" + Uri.EscapeDataString("{ resource.service.name = \"bank\" && span.x = }"))).Body);
        Assert.Equal(HttpStatusCode.BadRequest, (await host.Web.GetAsync("tempo/api/v2/search/tag/nothing/values")).Status);
    }

    [Fact]
    public async Task Series_and_single_values_have_the_shape_of_Tempos()
    {
        await using var host = await LoadedAsync();
        var second = NowNs / 1_000_000_000;
        var series = await host.Web.GetJsonAsync($"tempo/api/metrics/query_range?start={second - 2}&end={second}&step=1s&exemplars=10&q=" + Uri.EscapeDataString("{ } | count_over_time() by(resource.service.name)"));
        var shop = series.GetProperty("series").EnumerateArray().Last();
        Assert.Equal("""[{"key":"resource.service.name","value":{"stringValue":"shop"}}]""", shop.GetProperty("labels").GetRawText());
        Assert.Equal("{resource.service.name=\"shop\"}", shop.GetProperty("promLabels").GetString());
        Assert.Equal(
            $$$"""[{"timestampMs":"{{{(second - 2) * 1000}}}","value":0},{"timestampMs":"{{{(second - 1) * 1000}}}","value":2},{"timestampMs":"{{{second * 1000}}}","value":0}]""",
            shop.GetProperty("samples").GetRawText());
        Assert.Equal(First, shop.GetProperty("exemplars")[0].GetProperty("labels")[0].GetProperty("value").GetProperty("stringValue").GetString());

        var (_, body) = await host.Web.GetAsync($"tempo/api/metrics/query?start={second - 2}&end={second}&q=" + Uri.EscapeDataString("{ } | rate()"));
        Assert.Equal("""{"series":[{"labels":[{"key":"__name__","value":{"stringValue":"rate"}}],"promLabels":"{__name__=\"rate\"}","value":1.5}],"metrics":{"inspectedSpans":"3","completedJobs":1,"totalJobs":1}}""", body);

        var defaults = await host.Web.GetJsonAsync("tempo/api/metrics/query_range?since=15m&q=" + Uri.EscapeDataString("{ } | rate()"));
        Assert.Equal(JsonValueKind.Array, defaults.GetProperty("series").ValueKind);
    }

    [Theory]
    [InlineData("search?q={", "1:2: parse error: ")]
    [InlineData("search?q={}|rate()", "ask for series")]
    [InlineData("metrics/query_range?q={}", "| rate()")]
    [InlineData("metrics/query_range", "\"query\"")]
    [InlineData("metrics/query_range?q={}|rate()&step=x", "\"step\"")]
    [InlineData("search?tags=x", "\"tags\"")]
    [InlineData("search?minDuration=x", "\"minDuration\"")]
    [InlineData("search?start=20&end=10", "\"end\"")]
    public async Task What_is_wrong_is_told(string path, string words)
    {
        await using var host = await EventsHost.StartAsync();
        var (status, body) = await host.Web.GetAsync("tempo/api/" + path);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(words, JsonDocument.Parse(body).RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_learns_that_it_is_there()
    {
        await using var host = await EventsHost.StartAsync();
        Assert.Equal((HttpStatusCode.OK, "echo"), await host.Web.GetAsync("tempo/api/echo"));
        Assert.Matches("^[0-9.]+$", (await host.Web.GetJsonAsync("tempo/api/status/buildinfo")).GetProperty("version").GetString());
    }

    private static async Task<EventsHost> LoadedAsync()
    {
        var host = await EventsHost.StartAsync();
        await host.AddAsync(
            Span(1, 0, "shop", "GET /pay", 1000, 900, ("http.status", 500L)) with { Status = SpanStatus.Error },
            Span(2, 1, "bank", "SELECT", 900, 700),
            Span(3, 0, "shop", "GET /", 500, 5) with { TraceId = new TraceId(2) });
        return host;
    }

    private static async Task<byte[]> ProtobufAsync(EventsHost host, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/protobuf"));
        using var response = await host.Web.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal("application/protobuf", response.Content.Headers.ContentType!.MediaType);
        return await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
    }

    private static List<string> NamesOf(byte[] body)
    {
        var batch = new SpanBatch();
        new OtlpTracesDecoder(new EventLimits()).DecodeProtobuf(body, batch);
        var names = new List<string>();
        foreach (ref readonly var row in batch.Rows)
        {
            names.Add(SpanRecord.Of(batch, row).Name);
        }

        return names;
    }
}
