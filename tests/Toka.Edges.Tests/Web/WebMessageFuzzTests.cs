using System.Text;
using System.Text.Json;
using Toka.Core.Errors;
using Toka.Query;
using Toka.Tests.Fuzzing;
using Toka.Web.Live;
using Toka.Web.Prometheus;

namespace Toka.Edges.Tests.Web;

/// <summary>What a browser or a client of the API writes is read or refused by name.</summary>
[Collection(FuzzCollection.Name)]
public sealed class WebMessageFuzzTests
{
    private const int PointsMax = 1000;

    private static readonly SelectorParser s_selectors = new(static () => QueryOptions.Default);

    private static readonly IReadOnlyList<byte[]> s_corpus = FuzzMutator.Texts(
        """{"op":"subscribe","id":1,"expr":"up{job=\"é\"}","stepMs":1000,"rangeMs":60000}""", """{"op":"unsubscribe","id":2147483647}""",
        "up{job=\"node\",instance=~\"web-[0-9]+:9100|db.*\",a!=\"b\"}", "{\"a b\",\"c.d\"!~`e`}", "{__name__=~\"f.+\"}");

    private static readonly IReadOnlyList<byte[]> s_pieces = FuzzMutator.Texts(
        "{", "}", "[", "\"", "\\", ",", ":", "=", "=~", "!~", "!=", "`", "'", "\\ud800", "\\u0000", "null", "1e3", "-1", "9223372036854775807", "\"id\":", "\"op\":", "\"stepMs\":250", "\u00ff", "é", "[5m]", " offset 1m", "(a{9}){9}");

    [Fact]
    public void A_message_of_the_page_and_a_selector_are_read_or_refused() =>
        new FuzzRun(FuzzTarget.WebMessages) { Corpus = s_corpus, Pieces = s_pieces, AllocatedMax = 4 << 20, AllocatedPerByteMax = 8192, HeldMax = 32 << 20 }.Run(static (bytes, _) => ReadMessage(bytes) | ReadSelector(Encoding.UTF8.GetString(bytes)));

    private static bool ReadMessage(byte[] bytes)
    {
        try
        {
            var fault = LiveMessage.Read(bytes, PointsMax, out var message);
            if (fault is not null)
            {
                Assert.InRange(fault.Length, 1, 300);
                return false;
            }

            Assert.True(message.Id > 0);
            Assert.True(!message.IsSubscribe || message is { Expression.Length: > 0, StepMs: >= LiveMessage.StepMsMin and <= LiveMessage.StepMsMax, RangeMs: >= 0 });
            Assert.True(!message.IsSubscribe || message.RangeMs / message.StepMs < PointsMax);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool ReadSelector(string text)
    {
        try
        {
            Assert.NotEmpty(s_selectors.Parse(text));
            return true;
        }
        catch (BadInputException)
        {
            return false;
        }
    }
}
