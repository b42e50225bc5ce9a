using System.Text;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Query.Results;
using Toka.Query.TraceQL;
using Toka.Query.TraceQL.Parsing;
using Toka.Query.TraceQL.Planning;
using Toka.Tests.Events;
using Toka.Tests.Fuzzing;

namespace Toka.Engines.Tests.Query.TraceQl;

/// <summary>Queries are read or refused by name and place; what is read can be planned and evaluated, whatever it says.</summary>
[Collection(FuzzCollection.Name)]
public sealed class TraceQlFuzzTests
{
    private static readonly IReadOnlyList<byte[]> s_pieces = FuzzMutator.Texts(
        "{", "}", "(", ")", "\"", "`", "\\", ",", ".", ":", "|", "||", "&&", "!", "=", "!=", "=~", "!~", ">", ">>", "!>>", "&>>", "<<", "~", "&~", "+", "-", "*", "/", "%", "^", "1", "0.5", "1h30m", "9999999999999999999", "1e309",
        "nil", "true", "minInt", "status", "error", "span.", "parent.", "event:", "trace:id", "resource.service.name", "count()", "by(", "select(", "| rate()", "| compare({", "topk(1)", " with (", "text =~ \"(?i).*a.*\"", "(a{9}){9}", "\n", "é", "\u0000", "//");

    [Fact]
    public void A_query_is_read_or_refused_and_what_is_read_is_answered() =>
        new FuzzRun(FuzzTarget.TraceQl)
        {
            Corpus = Queries(), Pieces = s_pieces, AllocatedMax = 16 << 20, AllocatedPerByteMax = 65_536, HeldMax = 32 << 20,
        }.Run(static (bytes, _) =>
        {
            var text = Encoding.UTF8.GetString(bytes);
            try
            {
                var query = TraceQlParser.Parse(text);
                Assert.NotNull(SearchPlan.Of(query.Spans).Candidates);
                var engine = new TraceQlEngine(Ring());
                if (query.Metrics is null)
                {
                    Assert.True(engine.SearchAsync(new TraceQlRequest { Query = text, Range = EventRange.All }, CancellationToken.None).AsTask().IsCompletedSuccessfully);
                }
                else
                {
                    var task = engine.SeriesAsync(new TraceQlSeriesRequest { Query = text, Range = new EventRange(0, 100), StepNs = 10 }, CancellationToken.None).AsTask();
                    Assert.True(task.IsCompletedSuccessfully || task.Exception?.InnerException is QueryException);
                }

                return true;
            }
            catch (QueryException e)
            {
                Assert.Contains("parse error:", e.Message, StringComparison.Ordinal);
                Assert.InRange(e.Position, 0, text.Length);
                return false;
            }
        });

    private static SpanRing Ring()
    {
        var root = new SpanRecord { TraceId = new TraceId(1), SpanId = new SpanId(1), StartNs = 5, DurationNs = 20, Origin = SpanBatches.From("web"), Name = "get", Attributes = SpanBatches.AttributesOf(("n", 1L)) };
        var ring = new SpanRing();
        Assert.True(ring.WriteAsync(
            SpanBatches.Of(root, root with { SpanId = new SpanId(2), ParentId = new SpanId(1), Name = "sql", Status = SpanStatus.Error, Events = SpanBatches.EventsOf((6, "e", [("n", 2.5)])) }),
            CancellationToken.None).AsTask().IsCompletedSuccessfully);
        return ring;
    }

    private static IReadOnlyList<byte[]> Queries() => FuzzMutator.Texts(
        "{}",
        "{ resource.service.name = \"web\" && duration > 1ns } | count() > 0",
        "{ name = \"get\" } >> { status = error } || { .n = 1 } && { kind = server }",
        "({ } | by(name) | count() >= 1) &> { span.\"a b\" != nil } !~ { event:name =~ \"e.*\" }",
        "{ span.n + 1 * 2 ^ 3 % 4 > -5 && !(.b || parent.resource.x = `y`) } | select(name, span.n) | coalesce()",
        "{ } | rate() by(resource.service.name, name) | topk(5)",
        "{ status = error } | quantile_over_time(duration, .99, .5) by(kind) > 1s with (exemplars=true, sample=0.1)",
        "{ } | compare({ status = error }, 10, 1, 99)",
        "{ traceDuration > 1s && rootName != nil && nestedSetParent < 0 && span:childCount = 0 && event:timeSinceStart > 1ms }",
        "{ trace:id = \"1\" } | histogram_over_time(duration)",
        "{ parent.n = 1 } | avg_over_time(span.n) by(parent.name)".Replace("parent.name", "rootName", StringComparison.Ordinal),
        "count() > 1 | avg(duration) - min(duration) < 1h | max(.n) >= 2.5");
}
