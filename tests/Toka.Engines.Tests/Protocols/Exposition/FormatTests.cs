using System.Text;
using Toka.Protocols.Exposition;

namespace Toka.Engines.Tests.Protocols.Exposition;

public sealed class FormatTests
{
    [Theory]
    [InlineData("text/plain", ExpositionFormat.Text)]
    [InlineData("text/plain; version=0.0.4; charset=utf-8", ExpositionFormat.Text)]
    [InlineData("text/plain;version=1.0.0;escaping=allow-utf-8", ExpositionFormat.Text)]
    [InlineData("application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores", ExpositionFormat.OpenMetrics)]
    [InlineData("Application/OpenMetrics-Text", ExpositionFormat.OpenMetrics)]
    [InlineData("application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=\"delimited\"", ExpositionFormat.Protobuf)]
    public void The_content_type_says_the_format(string contentType, ExpositionFormat expected)
    {
        Assert.True(ExpositionFormats.TryFromContentType(contentType, null, out var format, out var reason));
        Assert.Equal((expected, null), (format, reason));
    }

    [Theory]
    [InlineData(null, "no Content-Type")]
    [InlineData("", "no Content-Type")]
    [InlineData("text/html", "'text/html'")]
    [InlineData("application/json;version=1", "is none of")]
    [InlineData("application/vnd.google.protobuf; proto=other; encoding=delimited", "proto=io.prometheus.client.MetricFamily")]
    [InlineData("application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=text", "encoding=delimited")]
    public void Another_content_type_is_refused_with_a_reason_or_takes_the_fallback(string? contentType, string expected)
    {
        Assert.False(ExpositionFormats.TryFromContentType(contentType, null, out _, out var reason));
        Assert.Contains(expected, reason, StringComparison.Ordinal);
        Assert.True(ExpositionFormats.TryFromContentType(contentType, ExpositionFormat.OpenMetrics, out var format, out reason));
        Assert.Equal(ExpositionFormat.OpenMetrics, format);
        Assert.NotNull(reason);
    }

    [Theory]
    [InlineData("", ExpositionFormat.Text)]
    [InlineData("a 1\n", ExpositionFormat.Text)]
    [InlineData("\n\n\n\n\n\n\n\n\n\n\n\n\n", ExpositionFormat.Text)]
    [InlineData("#\nabc 1\n", ExpositionFormat.Text)]
    [InlineData("a 1\n# EOF", ExpositionFormat.OpenMetrics)]
    [InlineData("# EOF\n", ExpositionFormat.OpenMetrics)]
    [InlineData("# EOF\na 1\n", ExpositionFormat.Text)]
    public void A_body_looks_like_its_format(string body, ExpositionFormat expected) =>
        Assert.Equal(expected, ExpositionFormats.Detect(Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void The_accept_header_prefers_what_holds_most()
    {
        Assert.StartsWith("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,", ExpositionFormats.Accept, StringComparison.Ordinal);
        Assert.EndsWith("text/plain;version=0.0.4;q=0.2,*/*;q=0.1", ExpositionFormats.Accept, StringComparison.Ordinal);
        Assert.DoesNotContain("protobuf", ExpositionFormats.AcceptText, StringComparison.Ordinal);
    }
}
