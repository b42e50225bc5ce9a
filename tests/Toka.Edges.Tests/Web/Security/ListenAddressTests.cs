using Toka.Core.Errors;
using Toka.Web.Security;

namespace Toka.Edges.Tests.Web.Security;

public sealed class ListenAddressTests
{
    [Theory]
    [InlineData("127.0.0.1:4319", "127.0.0.1:4319")]
    [InlineData("127.8.9.10:1", "127.8.9.10:1")]
    [InlineData("[::1]:65535", "[::1]:65535")]
    [InlineData("localhost:0", "127.0.0.1:0")]
    [InlineData("LocalHost:80", "127.0.0.1:80")]
    public void Loopback_addresses_are_taken(string text, string expected) => Assert.Equal(expected, ListenAddress.Parse(text).ToString());

    [Theory]
    [InlineData("0.0.0.0:4319")]
    [InlineData("*:4319")]
    [InlineData("+:4319")]
    [InlineData("[::]:4319")]
    [InlineData("192.168.1.5:4319")]
    [InlineData("10.0.0.1:4319")]
    [InlineData("[fe80::1]:4319")]
    [InlineData("[::ffff:127.0.0.1]:4319")]
    [InlineData("::1:4319")]
    [InlineData("example.com:4319")]
    [InlineData("localhost.example.com:4319")]
    [InlineData("127.1:4319")]
    [InlineData("0177.0.0.1:4319")]
    [InlineData("2130706433:4319")]
    [InlineData("127.0.0.1.:4319")]
    public void Every_other_address_is_refused_with_the_reason(string text)
    {
        var e = Assert.Throws<BadInputException>(() => ListenAddress.Parse(text));
        Assert.Contains("authentication", e.Message, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1:4319", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("4319")]
    [InlineData(":4319")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("127.0.0.1:-1")]
    [InlineData("127.0.0.1:+1")]
    [InlineData("127.0.0.1:x\nsecond line")]
    public void What_is_not_an_address_and_a_port_is_one_line_of_error(string text)
    {
        var e = Assert.Throws<BadInputException>(() => ListenAddress.Parse(text));
        Assert.DoesNotContain('\n', e.Message);
        Assert.Contains("ADDRESS:PORT", e.Message, StringComparison.Ordinal);
    }
}
