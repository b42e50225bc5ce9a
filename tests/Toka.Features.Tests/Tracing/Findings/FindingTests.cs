using CsCheck;
using Toka.Core.Spans;
using Toka.Features.Tests.Tracing.Trees;
using Toka.Tracing.Findings;
using Toka.Tracing.Trees;

namespace Toka.Features.Tests.Tracing.Findings;

public sealed class FindingTests
{
    [Fact]
    public void The_same_query_many_times_in_a_row_is_named_with_its_time()
    {
        var trace = new TestTrace().Add(1, 0, 0, 100, name: "GET /cart", kind: SpanKind.Server);
        for (var i = 0; i < 8; i++)
        {
            trace.Add((ulong)(10 + i), 1, i * 10, 5, name: "SELECT shop", kind: SpanKind.Client, attributes: $$"""{"db.query.text":"SELECT * FROM items WHERE id = {{i}} AND tag IN ('a', 'b{{i}}')"}""");
        }

        var finding = Assert.Single(FindingSearch.Of(TraceTree.Of(trace.Spans)));
        Assert.Equal((FindingKind.NPlusOne, 8, 40_000_000), (finding.Kind, finding.Count, finding.DurationNs));
        Assert.Equal("\"SELECT * FROM items WHERE id = ? AND tag IN (?)\" ran 8 times one after another under shop \"GET /cart\": 40 ms; ask for all at once", finding.Message);
        Assert.Equal(Enumerable.Range(1, 8), finding.Spans);
    }

    [Fact]
    public void Equal_calls_side_by_side_are_no_loop()
    {
        var trace = new TestTrace().Add(1, 0, 0, 100);
        for (var i = 0; i < 8; i++)
        {
            trace.Add((ulong)(10 + i), 1, i, 90, name: "GET", kind: SpanKind.Client);
        }

        Assert.Empty(FindingSearch.Of(TraceTree.Of(trace.Spans)));
    }

    [Fact]
    public void An_attempt_that_failed_and_was_made_again_is_a_retry_and_no_handled_error()
    {
        var finding = Assert.Single(FindingSearch.Of(TraceTree.Of(new TestTrace()
            .Add(1, 0, 0, 100, name: "GET /cart")
            .Add(2, 1, 0, 10, name: "GET", kind: SpanKind.Client, status: SpanStatus.Error, attributes: """{"url.full":"http://stock/1"}""")
            .Add(3, 1, 15, 10, name: "GET", kind: SpanKind.Client, status: SpanStatus.Error, attributes: """{"url.full":"http://stock/1"}""")
            .Add(4, 1, 30, 10, name: "GET", kind: SpanKind.Client, attributes: """{"url.full":"http://stock/1"}""")
            .Add(5, 1, 60, 1, name: "GET", kind: SpanKind.Client, attributes: """{"url.full":"http://stock/2"}""").Spans)));
        Assert.Equal((FindingKind.Retry, 3), (finding.Kind, finding.Count));
        Assert.Equal("shop \"GET\" was tried 3 times and then succeeded: 30 ms", finding.Message);
    }

    [Fact]
    public void A_request_that_says_it_is_sent_again_is_a_retry()
    {
        var finding = Assert.Single(FindingSearch.Of(TraceTree.Of(new TestTrace().Add(1, 0, 0, 5)
            .Add(2, 1, 0, 5, name: "GET", kind: SpanKind.Client, attributes: """{"http.request.resend_count":2}""").Spans)));
        Assert.Equal("shop \"GET\" says that it is attempt 3; those before it are not in the trace", finding.Message);
    }

    [Fact]
    public void Different_calls_in_a_row_that_take_most_of_the_time_could_run_at_once()
    {
        var trace = new TestTrace().Add(1, 0, 0, 100, name: "GET /page");
        for (var i = 0; i < 4; i++)
        {
            trace.Add((ulong)(10 + i), 1, i * 25, 20, name: $"GET /part{i}a", kind: SpanKind.Client);
        }

        var finding = Assert.Single(FindingSearch.Of(TraceTree.Of(trace.Spans)));
        Assert.Equal("4 calls of shop \"GET /page\" run one after another and take 80 % of its time: 80 ms; those that do not need each other can run at once", finding.Message);
    }

    [Fact]
    public void An_error_that_did_not_reach_the_root_was_handled_and_one_that_did_was_not()
    {
        var trace = new TestTrace().Add(1, 0, 0, 100, name: "GET /").Add(2, 1, 0, 10, "stock", "GET /items", SpanKind.Server, SpanStatus.Error).Add(3, 2, 0, 5, "stock", "read", status: SpanStatus.Error);
        var finding = Assert.Single(FindingSearch.Of(TraceTree.Of(trace.Spans)));
        Assert.Equal((FindingKind.HandledError, "stock \"GET /items\" failed, and shop \"GET /\" above it did not: the error was handled"), (finding.Kind, finding.Message));
        Assert.Empty(FindingSearch.Of(TraceTree.Of(new TestTrace().Add(1, 0, 0, 100, status: SpanStatus.Error).Add(2, 1, 0, 10).Add(3, 2, 0, 5, status: SpanStatus.Error).Spans)));
    }

    [Theory]
    [InlineData("select a from t1 where x=12.5 and y='it''s' limit  10", "select a from t1 where x=? and y=? limit ?")]
    [InlineData("/orders/8f14e45f-ceea/items/12", "/orders/?/items/?")]
    [InlineData("INSERT INTO t VALUES (1,2, 3)", "INSERT INTO t VALUES (?)")]
    [InlineData("x = 'open", "x = ?")]
    public void Arguments_are_question_marks(string text, string shape) => Assert.Equal(shape, CallText.Normalised(text));

    [Fact]
    public void Any_trace_gives_findings_about_its_own_spans() => TraceTreeTests.AnySpans.Sample(static spans =>
    {
        var tree = TraceTree.Of(spans);
        Assert.All(FindingSearch.Of(tree), finding => Assert.All(finding.Spans, place => Assert.InRange(place, 0, tree.Count - 1)));
    });

    [Fact]
    public void Any_text_has_a_shape_whose_shape_it_is() => Gen.String[Gen.Char["ab1 2,'?(.-_"], 0, 30].Sample(static text =>
        Assert.True(CallText.Normalised(text).Length <= text.Length + 1));
}
