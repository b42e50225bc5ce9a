using Microsoft.Extensions.Time.Testing;
using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Query.Results;
using Toka.Query.TraceQL;
using Toka.Query.TraceQL.Parsing;
using Toka.Tests.Events;

namespace Toka.Engines.Tests.Query.TraceQl;

public sealed class TraceQlEngineTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task The_newest_traces_come_first_and_a_limit_is_said()
    {
        var result = await Engine(20).SearchAsync(new TraceQlRequest { Query = "{ } | count() > 1", Range = EventRange.All, Limit = 3 }, None);

        Assert.Equal([20ul, 19ul, 18ul], result.Traces.Select(trace => (ulong)trace.Summary.TraceId.Value));
        Assert.True(result.Cost.IsCut);
        Assert.Equal(2, result.Traces[0].Matched);
        Assert.Equal([new("count()", AttributeValue.Of(2L))], result.Traces[0].Sets[0].Values);
    }

    [Fact]
    public async Task What_is_rare_is_found_far_back()
    {
        var result = await Engine(500).SearchAsync(new TraceQlRequest { Query = "{ } >> { span.i = 1 }", Range = EventRange.All, Limit = 1 }, None);
        Assert.Equal(1ul, (ulong)Assert.Single(result.Traces).Summary.TraceId.Value);

        // What no condition says is checked trace by trace.
        var slow = await Engine(500).SearchAsync(new TraceQlRequest { Query = "{ span.i + 1 = 2 }", Range = EventRange.All, Limit = 1 }, None);
        Assert.Equal(1ul, (ulong)Assert.Single(slow.Traces).Summary.TraceId.Value);
        Assert.Equal(500, slow.Looked);
        Assert.False(slow.Cost.IsCut);
    }

    [Fact]
    public async Task No_more_traces_are_looked_at_than_the_limit_and_that_is_said()
    {
        var engine = new TraceQlEngine(Ring(100), new TraceQlOptions { TracesMax = 40 });
        var result = await engine.SearchAsync(new TraceQlRequest { Query = "{ span.i + 1 = 2 }", Range = EventRange.All }, None);

        Assert.Empty(result.Traces);
        Assert.Equal(40, result.Looked);
        Assert.True(result.Cost.IsCut);
    }

    [Fact]
    public async Task A_trace_that_is_too_large_is_looked_at_in_part_and_that_is_said()
    {
        var engine = new TraceQlEngine(Ring(5), new TraceQlOptions { SpansMax = 1 });
        var result = await engine.SearchAsync(new TraceQlRequest { Query = "{ name = \"root\" } >> { }", Range = EventRange.All }, None);

        Assert.Empty(result.Traces);
        Assert.True(result.Cost.IsCut);
    }

    [Fact]
    public async Task A_search_whose_time_is_up_returns_what_it_has_and_says_so()
    {
        var time = new FakeTimeProvider();
        var engine = new TraceQlEngine(new SlowReader(Ring(100), time), null, time);
        var result = await engine.SearchAsync(new TraceQlRequest { Query = "{ } > { }", Range = EventRange.All, Limit = 50 }, None);

        Assert.Equal(16, result.Traces.Count);
        Assert.True(result.Cost.IsCut);
    }

    [Fact]
    public async Task Spans_come_with_the_fields_that_the_query_names()
    {
        var result = await Engine(1).SearchAsync(new TraceQlRequest { Query = "{ span.i > 0 && name = \"child\" } | select(status, kind)", Range = EventRange.All }, None);
        var span = Assert.Single(Assert.Single(Assert.Single(result.Traces).Sets).Spans);

        Assert.Equal([new("span.i", AttributeValue.Of(1L)), new("status", AttributeValue.Of("error")), new("kind", AttributeValue.Of("server"))], span.Values);
    }

    [Fact]
    public async Task Points_have_spans_that_stand_for_them()
    {
        var request = new TraceQlSeriesRequest { Query = "{ name = \"child\" } | max_over_time(duration) by(status)", Range = new EventRange(0, 99), StepNs = 10, Exemplars = 8 };
        var series = Assert.Single((await Engine(9).SeriesAsync(request, None)).Series);

        Assert.InRange(series.Exemplars.Count, 5, 8);
        Assert.All(series.Exemplars, exemplar => Assert.Equal(5e-9, exemplar.Value, 1e-12));
        Assert.Equal(series.Exemplars.OrderBy(exemplar => exemplar.TimeNs), series.Exemplars);
    }

    [Fact]
    public async Task A_query_of_the_other_kind_is_refused_with_what_to_do()
    {
        var search = await Assert.ThrowsAsync<QueryException>(async () => await Engine(1).SearchAsync(new TraceQlRequest { Query = "{} | rate()", Range = EventRange.All }, None));
        Assert.Contains("ask for series", search.Message, StringComparison.Ordinal);
        var series = await Assert.ThrowsAsync<QueryException>(async () => await Engine(1).SeriesAsync(new TraceQlSeriesRequest { Query = "{}", Range = new EventRange(0, 1), StepNs = 1 }, None));
        Assert.Contains("| rate()", series.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_form_is_written_as_a_query()
    {
        var search = new TraceSearch
        {
            Service = "web", Operation = "GET \"/\"", Status = SpanStatus.Error, Kind = SpanKind.Server, MinDurationNs = 1_500_000, MaxDurationNs = 2_000_000_000,
            Attributes = [new("http.status", "500"), new("odd key", "x")], Text = "a.b",
        };

        Assert.Equal(
            """{ resource.service.name = "web" && name = "GET \"/\"" && status = error && kind = server && duration >= 1500us && duration <= 2s && (.http.status = 500 || .http.status = "500") && ."odd key" = "x" && text =~ "(?i).*a\\.b.*" }""",
            search.ToTraceQl());
        Assert.NotNull(TraceQlParser.Parse(search.ToTraceQl()));
        Assert.Equal("{}", new TraceSearch().ToTraceQl());
    }

    [Theory]
    [InlineData("error", "true", true)]
    [InlineData("span.kind", "server", true)]
    [InlineData("span.kind", "client", false)]
    [InlineData("otel.status_code", "ERROR", true)]
    [InlineData("i", "1", true)]
    [InlineData("i", "2", false)]
    [InlineData("service.name", "web", true)]
    public void Tags_are_compared_by_their_text_and_with_what_Jaeger_makes_of_fields(string key, string value, bool expected)
    {
        var child = Spans(1).Last();
        Assert.Equal(expected, new ConditionEvaluator(new TraceSearch { Attributes = [new(key, value)] }.ToCondition()).Holds(child));
    }

    private static TraceQlEngine Engine(int traces) => new(Ring(traces));

    private static SpanRing Ring(int traces)
    {
        var ring = new SpanRing();
        Assert.True(ring.WriteAsync(SpanBatches.Of(Spans(traces)), None).AsTask().IsCompletedSuccessfully);
        return ring;
    }

    private static IEnumerable<SpanRecord> Spans(int traces)
    {
        for (var i = 1L; i <= traces; i++)
        {
            var root = new SpanRecord { TraceId = new TraceId((ulong)i), SpanId = new SpanId(1), StartNs = i * 10, DurationNs = 10, Origin = SpanBatches.From("web"), Name = "root" };
            yield return root;
            yield return root with
            {
                SpanId = new SpanId(2), ParentId = new SpanId(1), StartNs = (i * 10) + 1, DurationNs = 5, Name = "child", Kind = SpanKind.Server, Status = SpanStatus.Error, Attributes = SpanBatches.AttributesOf(("i", i)),
            };
        }
    }

    /// <summary>Takes 20 s for every read of traces.</summary>
    private sealed class SlowReader(SpanRing ring, FakeTimeProvider time) : ISpanReader
    {
        public ValueTask<SpanPage> FindAsync(SpanQuery query, CancellationToken cancellationToken) => ring.FindAsync(query, cancellationToken);

        public ValueTask<TracePage> FindTracesAsync(SpanQuery query, CancellationToken cancellationToken) => ring.FindTracesAsync(query, cancellationToken);

        public ValueTask<SpanPage> TracesAsync(IReadOnlyList<TraceId> traces, EventRange hint, int spansMax, CancellationToken cancellationToken)
        {
            time.Advance(TimeSpan.FromSeconds(20));
            return ring.TracesAsync(traces, hint, spansMax, cancellationToken);
        }

        public ValueTask<IReadOnlyList<TraceSummary>> SummariesAsync(IReadOnlyList<TraceId> traces, EventRange hint, CancellationToken cancellationToken) => ring.SummariesAsync(traces, hint, cancellationToken);

        public ValueTask<EventGroups> AggregateAsync(EventAggregation aggregation, CancellationToken cancellationToken) => ring.AggregateAsync(aggregation, cancellationToken);

        public ValueTask<IReadOnlyList<FieldKey>> KeysAsync(EventRange range, int limit, CancellationToken cancellationToken) => ring.KeysAsync(range, limit, cancellationToken);

        public ValueTask<IReadOnlyList<FieldValue>> ValuesAsync(Field field, Condition condition, EventRange range, int limit, CancellationToken cancellationToken) =>
            ring.ValuesAsync(field, condition, range, limit, cancellationToken);
    }
}
