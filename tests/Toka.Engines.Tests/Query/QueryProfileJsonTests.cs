using System.Text.Json;
using Toka.Query.Results;

namespace Toka.Engines.Tests.Query;

public sealed class QueryProfileJsonTests
{
    [Fact]
    public void Statistics_read_back_as_they_were_written()
    {
        var leaf = new NodeProfile("selector", "up", 3, 10, 30, TimeSpan.FromMilliseconds(2), "shared", []);
        var scalar = new NodeProfile("number", "2", 0, 1, 0, TimeSpan.Zero, "", []);
        var root = new NodeProfile("*", "sum(up) * 2", 1, 10, 0, TimeSpan.FromMilliseconds(5), "", [new NodeProfile("sum", "sum(up)", 1, 10, 0, TimeSpan.FromMilliseconds(3), "", [leaf]), scalar]);
        var profile = new QueryProfile(
            TimeSpan.FromTicks(1), TimeSpan.FromTicks(2), TimeSpan.FromTicks(3), TimeSpan.FromTicks(4),
            [new FetchProfile("up", -5, 5, 3, 30, -1, 60_000, TimeSpan.FromMilliseconds(1))], root);
        var statistics = new QueryStatistics(3, 30, TimeSpan.FromMilliseconds(9)) { PeakPoints = 44, Profile = profile };

        var text = Write(statistics);

        Assert.Equal(text, Write(Read(text)));
        Assert.Equal("shared", Read(text).Profile!.Root.Children[0].Children[0].Note);
        Assert.Equal(-1, Read(text).Profile!.Fetches[0].Blocks);
    }

    [Fact]
    public void A_tree_of_many_levels_stays_flat()
    {
        var node = new NodeProfile("selector", "up", 0, 1, 0, TimeSpan.Zero, "", []);
        for (var i = 0; i < 600; i++)
        {
            node = new NodeProfile("abs", "…", 0, 1, 0, TimeSpan.Zero, "", [node]);
        }

        var text = Write(new QueryStatistics(0, 0, TimeSpan.Zero) { Profile = new QueryProfile(default, default, default, default, [], node) });

        Assert.Equal(text, Write(Read(text)));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"series":1,"samples":1,"peakPoints":1,"elapsedSeconds":1,"profile":{}}""")]
    [InlineData("""{"series":"x","samples":1,"peakPoints":1,"elapsedSeconds":1}""")]
    public void What_is_no_statistics_is_refused(string text) => Assert.Throws<JsonException>(() => Read(text));

    private static string Write(QueryStatistics statistics)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            QueryProfileJson.Write(json, statistics);
        }

        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    private static QueryStatistics Read(string text)
    {
        using var document = JsonDocument.Parse(text);
        return QueryProfileJson.Read(document.RootElement);
    }
}
