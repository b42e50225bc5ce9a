using System.Globalization;
using System.Text;
using Toka.Core.Labels;
using Toka.Protocols.StatsD;

namespace Toka.Engines.Tests.Protocols.StatsD;

public sealed class StatsDReaderTests
{
    [Theory]
    [InlineData("page.views:1|c", "page_views_total Counter 1 =1")]
    [InlineData("page.views:3|c|@0.1", "page_views_total Counter 0.1 =3")]
    [InlineData("jobs_total:1|c", "jobs_total Counter 1 =1")]
    [InlineData("fuel.level:0.5|g", "fuel_level Gauge 1 =0.5")]
    [InlineData("fuel:+4|g", "fuel Gauge 1 ±4")]
    [InlineData("fuel:-10|g", "fuel Gauge 1 ±-10")]
    [InlineData("song.length:240|ms|@0.5", "song_length_seconds Timer 0.5 =240")]
    [InlineData("size:12|h", "size Histogram 1 =12")]
    [InlineData("size:12|d", "size Histogram 1 =12")]
    [InlineData("users:1234|s", "users Set 1 '1234'")]
    [InlineData("a:1:2:3.5|h", "a Histogram 1 =1 =2 =3.5")]
    [InlineData("a:1|c|#env:prod,region:eu,on", "a_total{env=\"prod\",on=\"true\",region=\"eu\"} Counter 1 =1")]
    [InlineData("a:1|c|#u:http://x:80/|@0.5", "a_total{u=\"http://x:80/\"} Counter 0.5 =1")]
    [InlineData("a,env=prod,b.c=d:1|c", "a_total{b_c=\"d\",env=\"prod\"} Counter 1 =1")]
    [InlineData("a.b;env=prod;x=y:1|g", "a_b{env=\"prod\",x=\"y\"} Gauge 1 =1")]
    [InlineData("a,env=prod:1|g|#env:dev", "a{env=\"dev\"} Gauge 1 =1")]
    [InlineData("a:1|c|#env:prod|c:83c0a99c0a54c0c187f461c7980e9b57f3f6a8b0c918c8d93df19a9de6f3fe1d", "a_total{env=\"prod\"} Counter 1 =1")]
    [InlineData("1min.load:2|g", "_1min_load Gauge 1 =2")]
    [InlineData("é:2|g", "_ Gauge 1 =2")]
    public void A_line_is_read_as_its_clients_mean_it(string line, string expected) => Assert.Equal([expected], Read(line));

    [Fact]
    public void Several_types_of_one_name_may_stand_in_one_line() =>
        Assert.Equal(["g_total Counter 1 =1", "g_seconds Timer 0.1 =320", "g Gauge 1 =333"], Read("g:1|c:320|ms|@0.1:333|g"));

    [Fact]
    public void Lines_of_one_datagram_are_read_one_by_one_with_blank_ones_and_carriage_returns_passed_over() =>
        Assert.Equal(["a_total Counter 1 =1", "b Gauge 1 =2"], Read("a:1|c\r\n\n\nb:2|g\n"));

    [Theory]
    [InlineData("a", StatsDFault.Malformed)]
    [InlineData(":1|c", StatsDFault.Malformed)]
    [InlineData("a:|c", StatsDFault.Malformed)]
    [InlineData("a:1", StatsDFault.Malformed)]
    [InlineData("a:1|", StatsDFault.Malformed)]
    [InlineData("a:1|c|@0", StatsDFault.Malformed)]
    [InlineData("a:1|c|@2", StatsDFault.Malformed)]
    [InlineData("a:1|c|@x", StatsDFault.Malformed)]
    [InlineData("a:1|c|what", StatsDFault.Malformed)]
    [InlineData("a:1|x", StatsDFault.UnknownType)]
    [InlineData("a:1|c|T1656581400", StatsDFault.Timestamp)]
    [InlineData("_e{5,4}:title|text|#a:b", StatsDFault.Event)]
    [InlineData("_sc|Redis connection|2|#env:dev", StatsDFault.ServiceCheck)]
    public void What_is_no_metric_is_refused_for_its_reason_and_costs_no_line_beside_it(string line, StatsDFault expected) =>
        Assert.Equal(["x Gauge 1 =1", $"fault {expected}", "y Gauge 1 =2"], Read($"x:1|g\n{line}\ny:2|g"));

    [Fact]
    public void A_value_that_is_no_number_costs_no_value_beside_it() =>
        Assert.Equal(["a Histogram 1 =1 bad =3 bad bad"], Read("a:1:x:3:NaN:+Inf|h"));

    [Fact]
    public void Names_lines_and_tags_beyond_the_limits_are_refused()
    {
        var limits = new StatsDLimits { LineBytesMax = 64, NameBytesMax = 4, TagsMax = 2 };
        Assert.Equal(["fault Limit"], Read("longer:1|c", limits));
        Assert.Equal(["fault Limit"], Read("a:" + new string('1', 70) + "|c", limits));
        Assert.Equal(["bad tags"], Read("a:1|c|#a:1,b:2,c:3", limits));
        Assert.Equal(["bad tags"], Read("a:1|c|#longer:1", limits));
        Assert.Equal(["bad tags"], Read("a:1|c|#:1", limits));
    }

    internal static List<string> Read(string text, StatsDLimits? limits = null) => Read(Encoding.UTF8.GetBytes(text), limits);

    internal static List<string> Read(byte[] text, StatsDLimits? limits = null)
    {
        var found = new List<string>();
        var labels = new LabelSetBuilder();
        var reader = new StatsDReader(text, limits);
        while (reader.Next())
        {
            if (reader.Entry == StatsDEntry.Fault)
            {
                found.Add($"fault {reader.Fault}");
                continue;
            }

            labels.Clear();
            if (!reader.TryReadLabels(labels))
            {
                found.Add("bad tags");
                continue;
            }

            var line = new StringBuilder($"{labels.Build()} {reader.Kind} {reader.Rate.ToString(CultureInfo.InvariantCulture)}");
            if (reader.Kind == StatsDKind.Set)
            {
                while (reader.NextText(out var member))
                {
                    line.Append(" '").Append(Encoding.UTF8.GetString(member)).Append('\'');
                }
            }
            else
            {
                while (reader.NextValue(out var value, out var isSigned))
                {
                    line.Append(' ').Append(double.IsNaN(value) ? "bad" : (isSigned ? "±" : "=") + value.ToString("R", CultureInfo.InvariantCulture));
                }
            }

            found.Add(line.ToString());
        }

        return found;
    }
}
