using System.Text;
using Toka.Core.Series;
using Toka.Protocols.Influx;

namespace Toka.Engines.Tests.Protocols.Influx;

/// <summary>Line protocol as samples. The lines are like those that Telegraf's plugins send.</summary>
public sealed class InfluxDecoderTests
{
    private const long Now = 1_700_000_000_123;

    [Fact]
    public void Each_number_of_a_line_is_a_series_named_after_measurement_and_field()
    {
        var (lines, result) = Decode("cpu,cpu=cpu-total,host=web01 usage_user=1.5,usage_idle=97i,usage_steal=0u 1700000000000000000\n");

        Assert.Equal(
            [
                "cpu_usage_user{cpu=\"cpu-total\",host=\"web01\"} 1.5 @1700000000000",
                "cpu_usage_idle{cpu=\"cpu-total\",host=\"web01\"} 97 @1700000000000",
                "cpu_usage_steal{cpu=\"cpu-total\",host=\"web01\"} 0 @1700000000000",
            ],
            lines);
        Assert.Equal((1, 3, 0, 0), (result.Points, result.Samples, result.TextFields, result.Refused));
    }

    [Fact]
    public void A_field_called_value_takes_the_name_of_its_measurement() =>
        Assert.Equal(["load{host=\"a\"} 2 @1700000000123"], Decode("load,host=a value=2").Lines);

    [Fact]
    public void Booleans_are_one_and_zero_in_every_spelling_of_the_protocol() =>
        Assert.Equal(
            [1, 1, 1, 1, 1, 0, 0, 0, 0, 0],
            Decode("m a=t,b=T,c=true,d=True,e=TRUE,f=f,g=F,h=false,i=False,j=FALSE").Lines.Select(static line => int.Parse(line.Split(' ')[1])));

    [Fact]
    public void Texts_are_counted_and_their_line_keeps_its_numbers()
    {
        var (lines, result) = Decode("system,host=a uptime=5i,uptime_format=\"0 days, 1:02\\\" = \\\\ x\",n_users=2i\nonly text=\"two\nlines\" 5\nnext value=1");

        Assert.Equal(["system_uptime{host=\"a\"} 5 @1700000000123", "system_n_users{host=\"a\"} 2 @1700000000123", "next 1 @1700000000123"], lines);
        Assert.Equal((3, 2, 0), (result.Points, result.TextFields, result.Refused));
    }

    [Fact]
    public void Escapes_are_read_where_the_protocol_has_them_and_backslashes_stay_elsewhere() =>
        Assert.Equal(
            [@"my_disk__C:___free_sp_ce{path=""C:\\Users\\x, =y"",t_g=""\\a""} 1 @1"],
            Decode(@"my\,disk\ [C:\] free\ sp\=ce=1 1".Replace(" free", @",path=C:\Users\x\,\ \=y,t\ g=\a free", StringComparison.Ordinal), InfluxPrecision.Milliseconds).Lines);

    [Fact]
    public void Comments_blank_lines_blanks_and_carriage_returns_are_passed_over() =>
        Assert.Equal(["a 1 @2", "b 2 @3"], Decode("# comment\n\n  \t\r\n  a  value=1  2  \r\nb value=2 3\r\n# end", InfluxPrecision.Milliseconds).Lines);

    [Theory]
    [InlineData("1700000000123456789", InfluxPrecision.Nanoseconds, 1_700_000_000_123)]
    [InlineData("-1", InfluxPrecision.Nanoseconds, -1)]
    [InlineData("1700000000123456", InfluxPrecision.Microseconds, 1_700_000_000_123)]
    [InlineData("1700000000123", InfluxPrecision.Milliseconds, 1_700_000_000_123)]
    [InlineData("1700000000", InfluxPrecision.Seconds, 1_700_000_000_000)]
    [InlineData("28333333", InfluxPrecision.Minutes, 1_699_999_980_000)]
    [InlineData("472222", InfluxPrecision.Hours, 1_699_999_200_000)]
    public void Times_are_read_in_the_precision_that_the_request_names(string time, InfluxPrecision precision, long expected) =>
        Assert.Equal([$"m 1 @{expected}"], Decode("m value=1 " + time, precision).Lines);

    [Theory]
    [InlineData("", InfluxPrecision.Nanoseconds)]
    [InlineData("n", InfluxPrecision.Nanoseconds)]
    [InlineData("ns", InfluxPrecision.Nanoseconds)]
    [InlineData("u", InfluxPrecision.Microseconds)]
    [InlineData("µ", InfluxPrecision.Microseconds)]
    [InlineData("us", InfluxPrecision.Microseconds)]
    [InlineData("ms", InfluxPrecision.Milliseconds)]
    [InlineData("s", InfluxPrecision.Seconds)]
    [InlineData("m", InfluxPrecision.Minutes)]
    [InlineData("h", InfluxPrecision.Hours)]
    public void Every_precision_of_both_versions_is_known(string text, InfluxPrecision expected)
    {
        Assert.True(InfluxPrecisions.TryParse(text, out var precision));
        Assert.Equal(expected, precision);
        Assert.False(InfluxPrecisions.TryParse(text + "x", out _));
    }

    [Fact]
    public void The_database_is_a_label_unless_a_tag_has_its_name() =>
        Assert.Equal(["a{db=\"telegraf\"} 1 @1700000000123", "b{db=\"own\"} 1 @1700000000123"], Decode("a value=1\nb,db=own value=1", database: "telegraf").Lines);

    [Theory]
    [InlineData("m", InfluxFaultCode.NoFields)]
    [InlineData("m,a=b", InfluxFaultCode.NoFields)]
    [InlineData(",a=b x=1", InfluxFaultCode.NoMeasurement)]
    [InlineData("m, x=1", InfluxFaultCode.BadTag)]
    [InlineData("m,a x=1", InfluxFaultCode.BadTag)]
    [InlineData("m,a= x=1", InfluxFaultCode.BadTag)]
    [InlineData("m,=b x=1", InfluxFaultCode.BadTag)]
    [InlineData("m,a=b=c x=1", InfluxFaultCode.BadTag)]
    [InlineData("m,a.b=1,a_b=2 x=1", InfluxFaultCode.DuplicateTag)]
    [InlineData("m,__name__=1 x=1", InfluxFaultCode.ReservedTag)]
    [InlineData("m x", InfluxFaultCode.BadField)]
    [InlineData("m =1", InfluxFaultCode.BadField)]
    [InlineData("m x=1,", InfluxFaultCode.BadField)]
    [InlineData("m x=", InfluxFaultCode.BadValue)]
    [InlineData("m x=abc", InfluxFaultCode.BadValue)]
    [InlineData("m x=NaN", InfluxFaultCode.BadValue)]
    [InlineData("m x=+Inf", InfluxFaultCode.BadValue)]
    [InlineData("m x=0x10", InfluxFaultCode.BadValue)]
    [InlineData("m x=1.5i", InfluxFaultCode.BadValue)]
    [InlineData("m x=-1u", InfluxFaultCode.BadValue)]
    [InlineData("m x=tru", InfluxFaultCode.BadValue)]
    [InlineData("m x=\"a\"b", InfluxFaultCode.BadValue)]
    [InlineData("m x=9223372036854775808i", InfluxFaultCode.ValueOutOfRange)]
    [InlineData("m x=18446744073709551616u", InfluxFaultCode.ValueOutOfRange)]
    [InlineData("m x=\"a", InfluxFaultCode.OpenQuote)]
    [InlineData("m x=1 1.5", InfluxFaultCode.BadTimestamp)]
    [InlineData("m x=1 now", InfluxFaultCode.BadTimestamp)]
    [InlineData("m x=1 1 2", InfluxFaultCode.BadTimestamp)]
    [InlineData("m x=1 99999999999999999999", InfluxFaultCode.BadTimestamp)]
    public void A_bad_line_is_a_fault_with_its_place_and_costs_no_line_beside_it(string line, InfluxFaultCode expected)
    {
        var (lines, result) = Decode($"before value=1\n{line}\nafter value=2");

        Assert.Equal(["before 1 @1700000000123", "after 2 @1700000000123"], lines);
        var fault = Assert.Single(result.Faults);
        Assert.Equal((2, expected), (fault.Line, fault.Code));
        Assert.InRange(fault.Column, 1, line.Length + 1);
        Assert.NotEmpty(fault.Message);
        Assert.Equal(1, result.Malformed);
    }

    [Fact]
    public void A_time_beyond_64_bits_of_milliseconds_is_refused() =>
        Assert.Equal(InfluxFaultCode.TimeOutOfRange, Assert.Single(Decode($"m value=1 {long.MaxValue}", InfluxPrecision.Hours).Result.Faults).Code);

    [Fact]
    public void What_is_longer_than_the_limits_is_refused_as_such()
    {
        var limits = new InfluxLimits { LineBytesMax = 1024, NameBytesMax = 5, TagValueBytesMax = 4, TagsMax = 1, FieldsMax = 2 };
        var (lines, result) = Decode(
            $"toolong value=1\nm,a=12345 b=1\nm,a=1,b=2 c=1\nm a=1,b=2,c=3\nm t=\"{new string('x', 1020)}\",a=1\nm value=1", limits: limits);

        Assert.Equal(["m 1 @1700000000123"], lines);
        Assert.Equal((5, 0), (result.OverLimit, result.Malformed));
    }

    [Fact]
    public void A_line_that_is_not_utf8_is_a_fault_and_the_others_are_not()
    {
        using var batch = new WriteBatch();
        var result = new InfluxDecoder().Decode([.. "a value=1\nb\xff=1 value=1\nc,t=é value=1"u8[..10], 0xff, .. " value=1\nc,t=é value=1"u8], InfluxPrecision.Nanoseconds, default, Now, batch);

        Assert.Equal(["a 1 @1700000000123", "c{t=\"é\"} 1 @1700000000123"], BatchLines.Of(batch));
        Assert.Equal(InfluxFaultCode.NotUtf8, Assert.Single(result.Faults).Code);
    }

    [Fact]
    public void Only_the_first_faults_are_told_in_words_and_all_are_counted()
    {
        var result = Decode(string.Concat(Enumerable.Repeat("m\n", 1000))).Result;

        Assert.Equal((1000, InfluxDecoder.FaultsShownMax), (result.Malformed, result.Faults.Count));
    }

    [Fact]
    public void Nothing_is_allocated_for_a_line_once_the_buffers_have_grown()
    {
        // No floats: without optimisation the compiler's table of powers costs three small objects for each.
        var body = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 2000).Select(static i =>
            $"cpu,cpu=cpu{i},host=web\\ 01,region=eu usage_user={i}i,usage_system=t,note=\"text\" 1700000000000000000\n")));
        using var batch = new WriteBatch();
        var decoder = new InfluxDecoder();
        long allocated = 0;
        for (var i = 0; i < 3; i++)
        {
            batch.Clear();
            var before = GC.GetAllocatedBytesForCurrentThread();
            decoder.Decode(body, InfluxPrecision.Nanoseconds, "db"u8, Now, batch);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal(4000, batch.Count);
        Assert.InRange(allocated, 0, 4096); // The reader's tables, once a body.
    }

    private static (List<string> Lines, InfluxDecodeResult Result) Decode(
        string body, InfluxPrecision precision = InfluxPrecision.Nanoseconds, string database = "", InfluxLimits? limits = null)
    {
        using var batch = new WriteBatch();
        var result = new InfluxDecoder(limits).Decode(Encoding.UTF8.GetBytes(body), precision, Encoding.UTF8.GetBytes(database), Now, batch);
        return (BatchLines.Of(batch), result);
    }
}
