using System.Text;
using CsCheck;
using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Engines.Tests.Events;
using Toka.Query.TraceQL;
using Toka.Query.TraceQL.Execution;
using Toka.Query.TraceQL.Parsing;
using Toka.Tests.Events;

namespace Toka.Engines.Tests.Query.TraceQl;

/// <summary>What is found by a condition and then checked is what looking at every trace finds.</summary>
public sealed class TraceQlPropertyTests
{
    private static readonly Gen<(string Key, object? Value)[]> s_attributes = Pick<(string, object?)>(
        ("n", 1L), ("n", 2L), ("n", 2.5), ("s", "u"), ("s", "v"), ("b", true), ("n", "2"), ("s", null)).Array[0, 3];

    private static readonly Gen<SpanRecord> s_span =
        from parent in Gen.Int[-2, 7]
        from start in Gen.Long[0, 60]
        from duration in Gen.Long[0, 20]
        from service in Pick("web", "db")
        from name in Pick("get", "put", "sql")
        from status in Pick(SpanStatus.Unset, SpanStatus.Error)
        from attributes in s_attributes
        from resource in s_attributes
        from events in s_attributes
        from hasEvents in Gen.Bool
        select new SpanRecord
        {
            TraceId = default,
            SpanId = default,
            ParentId = new SpanId(parent < 0 ? 0 : (ulong)parent + 1),
            StartNs = start,
            DurationNs = duration,
            Origin = SpanBatches.From(service, resource),
            Name = name,
            Status = status,
            Kind = (SpanKind)(start % 6),
            Attributes = SpanBatches.AttributesOf(attributes),
            Events = hasEvents ? SpanBatches.EventsOf((start + 1, "e", events), (start + 2, name, [])) : default,
        };

    private static readonly Gen<SpanRecord[]> s_spans = s_span.Array[1, 8].Array[1, 6].Select(traces => traces.SelectMany(
        (trace, t) => trace.Select((span, i) => span with { TraceId = new TraceId((ulong)t + 1), SpanId = new SpanId((ulong)i + 1) })).ToArray());

    private static readonly Gen<string> s_atom = Pick(
        "name = \"get\"", "name != \"get\"", "name =~ \"g.*|p.*\"", "status = error", "status != error", "kind = server", "kind = client", "duration > 10ns", "duration <= 5ns",
        "traceDuration > 30ns", "rootName = \"get\"", "rootServiceName != \"web\"", "rootName = nil", ".n = 2", ".n > 1", "span.n < 2.5", "span.n = \"2\"", "resource.n = 1", "event.n >= 2",
        ".s = \"u\"", "span.s != \"u\"", "span.s = nil", ".s != nil", ".b", "!.b", "event:name = \"get\"", "event:name = nil", "event:timeSinceStart = 1ns", "resource.service.name = \"db\"",
        "span:childCount > 1", "span:childCount = 0", "parent.n = 2", "parent.service.name = \"web\"", "nestedSetParent < 0", "span:parentID = nil", "span.n + 1 = 3", "duration > 2 * 3", "1 < 2", "true",
        "span.n = resource.n", "span.n < duration", "trace:id = \"2\"", "span:id = \"3\"", "text =~ \"(?i).*S.*\"");

    private static readonly Gen<string> s_filter = Tree(3, s_atom, inner => Gen.OneOf(
        Gen.Select(inner, inner, (left, right) => $"({left}) && ({right})"),
        Gen.Select(inner, inner, (left, right) => $"({left}) || ({right})"),
        inner.Select(one => $"!({one})"))).Select(filter => $"{{ {filter} }}");

    private static readonly Gen<string> s_stage = Gen.OneOf(
        Pick("count() > 1", "count() = 1", "by(name)", "by(resource.service.name)", "coalesce()", "avg(duration) > 5ns", "max(span.n) >= 2", "sum(.n) + 1 > 2", "select(name)", "by(span.n > 1)"), s_filter);

    private static readonly Gen<string> s_operator = Pick("&&", "||", ">", ">>", "<", "<<", "~", "!>", "!>>", "!<", "!<<", "!~", "&>", "&>>", "&<", "&<<", "&~");

    private static readonly Gen<string> s_query = Tree(3, s_filter, inner => Gen.OneOf(
        Gen.Select(inner, s_operator, inner, (left, op, right) => $"({left}) {op} ({right})"),
        Gen.Select(inner, s_stage, (one, stage) => $"({one}) | {stage}")));

    [Fact]
    public void A_search_finds_what_looking_at_every_trace_finds()
    {
        Gen.Select(s_spans, s_query, Gen.Long[0, 30], Gen.Long[30, 60]).Sample((spans, query, from, to) =>
        {
            var range = new EventRange(from, to);
            var ring = new SpanRing();
            Assert.True(ring.WriteAsync(SpanBatches.Of(spans), CancellationToken.None).AsTask().IsCompletedSuccessfully);

            var found = new TraceQlEngine(ring).SearchAsync(new TraceQlRequest { Query = query, Range = range, Limit = 100, SpansPerSet = 100 }, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            Assert.False(found.Cost.IsCut);
            var actual = found.Traces.OrderBy(trace => trace.Summary.TraceId.Value).Select(trace => $"{trace.Summary.TraceId.Value}: " + string.Join(
                " | ", trace.Sets.Select(set => string.Join(' ', set.Spans.Select(span => span.Span.SpanId.Value))).Order(StringComparer.Ordinal)));
            Assert.Equal(string.Join('\n', BruteForce(spans, query, range)), string.Join('\n', actual));
        }, print: input => $"{input.Item2} from {input.Item3} to {input.Item4} over {string.Join('\n', input.Item1.Select(TextOf))}");
    }

    [Fact]
    public async Task A_search_of_the_store_finds_what_looking_at_every_trace_finds()
    {
        using var folder = new StoreFolder();
        await using var store = folder.Open();
        var made = StoreAgainstRingTests.Made(s_spans, 30);
        var epoch = StoreFolder.NowNs - 100;
        var spans = made.SelectMany((traces, i) => traces.Select(span => span with { TraceId = new TraceId(span.TraceId.Value + ((ulong)i * 100)), StartNs = epoch + span.StartNs })).ToArray();
        await store.Spans.WriteAsync(SpanBatches.Of(spans), CancellationToken.None);
        var engine = new TraceQlEngine(store.Spans);
        await Gen.Select(s_query, Gen.Long[0, 30], Gen.Long[30, 60]).SampleAsync(
            async (query, from, to) =>
            {
                var range = new EventRange(epoch + from, epoch + to);
                var found = await engine.SearchAsync(new TraceQlRequest { Query = query, Range = range, Limit = 1000, SpansPerSet = 100 }, CancellationToken.None);
                var actual = found.Traces.OrderBy(trace => trace.Summary.TraceId.Value).Select(trace => $"{trace.Summary.TraceId.Value}: " + string.Join(
                    " | ", trace.Sets.Select(set => string.Join(' ', set.Spans.Select(span => span.Span.SpanId.Value))).Order(StringComparer.Ordinal)));
                Assert.Equal(string.Join('\n', BruteForce(spans, query, range)), string.Join('\n', actual));
            },
            iter: 60,
            threads: 1,
            print: input => $"{input.Item1} from {input.Item2} to {input.Item3}");
    }

    [Fact]
    public void A_form_finds_what_its_query_in_the_language_finds()
    {
        var search =
            from service in Pick<string?>(null, "web")
            from operation in Pick<string?>(null, "get")
            from status in Pick<SpanStatus?>(null, SpanStatus.Error)
            from min in Pick<long?>(null, 3, 10)
            from max in Pick<long?>(null, 12)
            from text in Pick<string?>(null, "S", "e", "+")
            select new TraceSearch { Service = service, Operation = operation, Status = status, MinDurationNs = min, MaxDurationNs = max, Text = text };
        Gen.Select(s_spans, search).Sample((spans, form) =>
        {
            var exact = new ConditionEvaluator(form.ToCondition());
            var query = new SpansetEvaluator(EventRange.All);
            var expr = TraceQlParser.Parse(form.ToTraceQl()).Spans;
            var trace = new TraceView(spans);
            var taken = query.Evaluate(expr, trace).SelectMany(set => set.Spans).ToHashSet();
            return Enumerable.Range(0, spans.Length).All(i => taken.Contains(i) == exact.Holds(spans[i]));
        });
    }

    [Fact]
    public void Series_of_a_plain_filter_are_the_same_by_the_reader_and_by_going_through_the_traces()
    {
        var function = Pick(
            "rate()", "count_over_time() by(name)", "min_over_time(duration) by(status)", "sum_over_time(span.n)", "avg_over_time(duration)", "quantile_over_time(duration, .5, .9) by(resource.service.name)",
            "histogram_over_time(duration)", "count_over_time() by(span.s, kind) | topk(2)");
        Gen.Select(s_spans, s_filter, function, Gen.Long[1, 20], Gen.Long[0, 30]).Sample((spans, filter, metrics, step, from) =>
        {
            var ring = new SpanRing();
            Assert.True(ring.WriteAsync(SpanBatches.Of(spans), CancellationToken.None).AsTask().IsCompletedSuccessfully);
            var engine = new TraceQlEngine(ring);
            var request = new TraceQlSeriesRequest { Query = $"{filter} | {metrics}", Range = new EventRange(from, 55), StepNs = step, Exemplars = 0 };
            var direct = engine.SeriesAsync(request, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            var walked = engine.SeriesAsync(request with { Query = $"({filter} | coalesce()) | {metrics}" }, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            Assert.Equal(TextOf(walked), TextOf(direct));
        });
    }

    private static Gen<T> Pick<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static Gen<string> Tree(int depth, Gen<string> leaf, Func<Gen<string>, Gen<string>> node) =>
        depth == 0 ? leaf : Gen.OneOf(leaf, node(Tree(depth - 1, leaf, node)));

    private static IEnumerable<string> BruteForce(SpanRecord[] spans, string query, EventRange range)
    {
        var evaluator = new SpansetEvaluator(range, withConditions: false);
        var expr = TraceQlParser.Parse(query).Spans;
        foreach (var trace in spans.GroupBy(span => span.TraceId).OrderBy(trace => trace.Key.Value))
        {
            var view = new TraceView([.. trace.OrderBy(span => span.StartNs).ThenBy(span => span.SpanId.Value)]);
            var sets = evaluator.Evaluate(expr, view);
            if (sets.Count > 0)
            {
                yield return $"{trace.Key.Value}: " + string.Join(" | ", sets.Select(set => string.Join(' ', set.Spans.Select(span => view.Spans[span].SpanId.Value))).Order(StringComparer.Ordinal));
            }
        }
    }

    private static string TextOf(SpanRecord span) =>
        $"{span.TraceId.Value} {span.SpanId.Value} < {span.ParentId.Value} {span.StartNs}+{span.DurationNs} {span.Origin.Service} {span.Name} {span.Status} {span.Kind} "
        + $"{Encoding.UTF8.GetString(span.Attributes.Span)} {Encoding.UTF8.GetString(span.Origin.Resource)} {Encoding.UTF8.GetString(span.Events.Span)}";

    private static string TextOf(TraceQlSeriesResult result) => string.Join('\n', result.Series.Select(series =>
        $"{string.Join(',', series.Labels.Select(label => $"{label.Key}={(label.Value.Kind == AttributeKind.None ? "nil" : label.Value)}"))} {string.Join(' ', series.Points.Select(point => Math.Round(point, 9)))}"));
}
