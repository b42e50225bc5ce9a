using System.Globalization;
using System.Text;
using CsCheck;
using Toka.Protocols.Otlp;
using Toka.Protocols.Otlp.Naming;

namespace Toka.Engines.Tests.Protocols.Otlp;

public sealed class OtlpNamingTests
{
    [Theory]
    [InlineData("system.cpu.time", "s", MetricKind.Counter, "system_cpu_time_seconds_total")]
    [InlineData("http.server.request.duration", "s", MetricKind.Histogram, "http_server_request_duration_seconds")]
    [InlineData("request.duration", "ms", MetricKind.Gauge, "request_duration_milliseconds")]
    [InlineData("memory.usage", "By", MetricKind.UpDownCounter, "memory_usage_bytes")]
    [InlineData("memory_bytes", "By", MetricKind.Gauge, "memory_bytes")]
    [InlineData("cpu.utilization", "1", MetricKind.Gauge, "cpu_utilization_ratio")]
    [InlineData("cpu.utilization", "1", MetricKind.UpDownCounter, "cpu_utilization")]
    [InlineData("requests", "1", MetricKind.Counter, "requests_total")]
    [InlineData("requests", "{request}", MetricKind.Counter, "requests_total")]
    [InlineData("total.requests", "", MetricKind.Counter, "requests_total")]
    [InlineData("requests_total", "", MetricKind.Counter, "requests_total")]
    [InlineData("network.io", "By/s", MetricKind.Gauge, "network_io_bytes_per_second")]
    [InlineData("packets", "{packet}/s", MetricKind.Gauge, "packets_per_second")]
    [InlineData("speed", "m/s", MetricKind.Gauge, "speed_meters_per_second")]
    [InlineData("fuel", "l/km", MetricKind.Gauge, "fuel_l_per_km")]
    [InlineData("disk", "TiBy", MetricKind.Gauge, "disk_tebibytes")]
    [InlineData("load", "%", MetricKind.Gauge, "load_percent")]
    [InlineData("a..b__c--d", "", MetricKind.Gauge, "a_b_c_d")]
    [InlineData("_leading_and_trailing_", "", MetricKind.Gauge, "leading_and_trailing")]
    [InlineData("2xx.responses", "", MetricKind.Gauge, "_2xx_responses")]
    [InlineData("namespace:metric", "", MetricKind.Gauge, "namespace:metric")]
    [InlineData("größe", "", MetricKind.Gauge, "gr_e")]
    [InlineData("...", "s", MetricKind.Gauge, "")]
    [InlineData("", "s", MetricKind.Gauge, "")]
    internal void A_metric_name_gets_the_suffixes_of_its_unit_and_kind(string name, string unit, MetricKind kind, string expected) =>
        Assert.Equal(expected, MetricNames.Translate(name, unit, kind, OtlpTranslationStrategy.UnderscoreEscapingWithSuffixes));

    [Theory]
    [InlineData("http.method", "http_method")]
    [InlineData("plain", "plain")]
    [InlineData("a..b", "a__b")]
    [InlineData("1st", "key_1st")]
    [InlineData("_private", "key_private")]
    [InlineData("__reserved__", "__reserved__")]
    [InlineData("ключ.x", "_____x")]
    [InlineData("é", "")]
    [InlineData("...", "")]
    [InlineData("_", "key_")]
    [InlineData("", "")]
    public void An_attribute_key_becomes_a_label_name(string key, string expected)
    {
        var name = new byte[100];
        var length = LabelNames.Write(Encoding.UTF8.GetBytes(key), name, OtlpTranslationOptions.Default);
        Assert.Equal(expected, Encoding.UTF8.GetString(name, 0, length));
    }

    [Fact]
    public void A_key_that_is_legal_as_it_stands_is_not_changed() =>
        Gen.String[Gen.Char["abyzABYZ059_"], 1, 12].Sample(key =>
        {
            var name = new byte[100];
            var bytes = Encoding.UTF8.GetBytes(key);
            var length = LabelNames.Write(bytes, name, OtlpTranslationOptions.Default);
            Assert.Equal(IsLegal(key) ? key : "key" + (char.IsAsciiDigit(key[0]) ? "_" : "") + key, Encoding.UTF8.GetString(name, 0, length));

            static bool IsLegal(string text) => !char.IsAsciiDigit(text[0]) && (text[0] != '_' || text.StartsWith("__", StringComparison.Ordinal));
        });

    [Theory]
    [InlineData(0.005, "0.005")]
    [InlineData(1, "1")]
    [InlineData(0, "0")]
    [InlineData(10000, "10000")]
    [InlineData(1e21, "1000000000000000000000")]
    [InlineData(1.5e-7, "0.00000015")]
    [InlineData(-2.5, "-2.5")]
    [InlineData(123456789.125, "123456789.125")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    [InlineData(double.NaN, "NaN")]
    public void A_bound_is_written_without_exponent(double value, string expected)
    {
        var text = new byte[FloatText.BytesMax];
        Assert.Equal(expected, Encoding.UTF8.GetString(text, 0, FloatText.WritePlain(value, text)));
    }

    [Theory]
    [InlineData(1e21, "1e+21")]
    [InlineData(1.25e-7, "1.25e-7")]
    [InlineData(1e-6, "0.000001")]
    [InlineData(5e20, "500000000000000000000")]
    public void A_float_attribute_has_an_exponent_only_where_it_is_far_from_one(double value, string expected)
    {
        var text = new byte[FloatText.BytesMax];
        Assert.Equal(expected, Encoding.UTF8.GetString(text, 0, FloatText.WriteShort(value, text)));
    }

    [Fact]
    public void Every_float_reads_back_as_itself() =>
        Gen.ULong.Select(BitConverter.UInt64BitsToDouble).Where(double.IsFinite).Sample(value =>
        {
            var text = new byte[FloatText.BytesMax];
            foreach (var length in new[] { FloatText.WritePlain(value, text), FloatText.WriteShort(value, text) })
            {
                Assert.InRange(length, 1, FloatText.BytesMax);
            }

            var plain = Encoding.UTF8.GetString(text, 0, FloatText.WritePlain(value, text));
            Assert.Equal(value, double.Parse(plain, CultureInfo.InvariantCulture));
            Assert.DoesNotContain('E', plain);
            Assert.Equal(value, double.Parse(Encoding.UTF8.GetString(text, 0, FloatText.WriteShort(value, text)), CultureInfo.InvariantCulture));
        });
}
