using System.Text;
using System.Text.Json;
using Toka.Web.Live;

namespace Toka.Edges.Tests.Web.Live;

public sealed class LiveMessageTests
{
    [Theory]
    [InlineData("""{"id":1,"op":"subscribe","expr":"\ud800","stepMs":1000,"rangeMs":0}""")]
    [InlineData("""{"id":1,"op":"ÿ"}""")]
    [InlineData("""{"id":1,"op":"subscribe","expr":"up","\ud800stepMs":1}""")]
    public void A_text_that_is_no_unicode_is_no_json(string json) =>
        Assert.Throws<JsonException>(() => LiveMessage.Read(Encoding.Latin1.GetBytes(json), 100, out _));
}
