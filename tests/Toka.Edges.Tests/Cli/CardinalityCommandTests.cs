using System.Net;
using System.Text.Json;

namespace Toka.Edges.Tests.Cli;

public sealed class CardinalityCommandTests
{
    private const string Answer = """
        {"series":40,"labelPairs":60,"recordedAtMs":1767225600000,"entries":[
          {"by":"metric","name":"requests","count":40,"before":5},
          {"by":"metric","name":"fresh","count":3,"before":null},
          {"by":"label","name":"path","count":30,"before":31}],
          "newSeries":[{"job":"noisy","hour":100,"day":120,"refused":7,"topMetric":"requests"},{"job":"idle","hour":0,"day":2,"refused":0,"topMetric":null}]}
        """;

    [Fact]
    public async Task What_grew_is_printed_with_its_change()
    {
        var run = await CliRun.Of(["cardinality", "--output", "csv"], static _ => (HttpStatusCode.OK, Answer));
        Assert.Equal(0, run.Status);
        Assert.Equal("by,name,count,before,change\r\nmetric,requests,40,5,+35\r\nmetric,fresh,3,-,-\r\nlabel,path,30,31,-1\r\n", run.Out);
        Assert.Contains("40 series now; compared with 2026-01-01T00:00:00Z", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_json_counts_are_numbers_and_what_is_not_known_is_null()
    {
        var run = await CliRun.Of(["cardinality", "--output", "json"], static _ => (HttpStatusCode.OK, Answer));
        using var json = JsonDocument.Parse(run.Out);
        Assert.Equal(
            ["{metric,requests,40,5,35}", "{metric,fresh,3,null,null}", "{label,path,30,31,-1}"],
            json.RootElement.EnumerateArray().Select(static row => "{" + string.Join(',', row.EnumerateObject().Select(static cell => cell.Value.ValueKind == JsonValueKind.String ? cell.Value.GetString() : cell.Value.GetRawText())) + "}"));
        Assert.Equal(JsonValueKind.Number, json.RootElement[0].GetProperty("count").ValueKind);
    }

    [Fact]
    public async Task One_kind_can_be_asked_for()
    {
        var run = await CliRun.Of(["cardinality", "--by", "label", "-o", "csv"], static _ => (HttpStatusCode.OK, Answer));
        Assert.Equal("by,name,count,before,change\r\nlabel,path,30,31,-1\r\n", run.Out);
    }

    [Fact]
    public async Task Who_makes_new_series_and_what_was_refused_can_be_asked_for()
    {
        var run = await CliRun.Of(["cardinality", "--by", "new", "-o", "csv"], static _ => (HttpStatusCode.OK, Answer));
        Assert.Equal("job,this hour,today,refused,most of metric\r\nnoisy,100,120,7,requests\r\nidle,0,2,0,\r\n", run.Out);
    }

    [Fact]
    public async Task A_limit_below_one_is_refused()
    {
        var run = await CliRun.Of(["cardinality", "--limit", "0"], static _ => (HttpStatusCode.OK, Answer));
        Assert.Equal(2, run.Status);
        Assert.Contains("--limit: 0 is not a positive whole number", run.Error, StringComparison.Ordinal);
    }
}
