using Toka.Core.Attributes;
using Toka.Core.Errors;
using Toka.Core.Logs;
using Toka.Core.Searching;
using Toka.Core.Spans;
using static Toka.Tests.Events.SpanBatches;

namespace Toka.Core.Tests.Searching;

public sealed class ConditionEvaluatorTests
{
    private static readonly SpanRecord Span = new()
    {
        TraceId = new TraceId(0xabc),
        SpanId = new SpanId(0x12),
        StartNs = 1_000,
        DurationNs = 250,
        Origin = new Origin(AttributesOf(("service.name", "cart"), ("zone", "a"), ("both", "resource")), "scope", "1.2", AttributesOf(("lib", true), ("both", "scope"))),
        Name = "GET /cart",
        Kind = SpanKind.Server,
        Status = SpanStatus.Error,
        StatusMessage = "Timed Out",
        Attributes = AttributesOf(("http.status", 504L), ("ratio", 0.5), ("whole", 2.0), ("on", true), ("nothing", null), ("both", "own"), ("\U0001F600", "\U0001F600")),
        Events = EventsOf((1_010, "exception", [("message", "no way"), ("n", 1L)]), (1_020, "retry", [("n", 2L)])),
        Links = LinksOf((new TraceId(0xfe), new SpanId(0xed), [("why", "batch")])),
    };

    private static readonly Field Status = Field.Attribute("http.status");

    [Theory]
    [InlineData(Comparison.Equal, 504L, true)]
    [InlineData(Comparison.Equal, 504.0, true)]
    [InlineData(Comparison.Equal, "504", false)]
    [InlineData(Comparison.NotEqual, 500L, true)]
    [InlineData(Comparison.NotEqual, "500", false)]
    [InlineData(Comparison.Less, 504L, false)]
    [InlineData(Comparison.LessOrEqual, 504L, true)]
    [InlineData(Comparison.Greater, 503.5, true)]
    [InlineData(Comparison.GreaterOrEqual, 505L, false)]
    [InlineData(Comparison.TextEqual, "504", true)]
    [InlineData(Comparison.Contains, "50", true)]
    [InlineData(Comparison.Matches, "50.", false)]
    [InlineData(Comparison.NotMatches, "40.", false)]
    public void Numbers_compare_as_numbers_and_with_nothing_else(Comparison comparison, object value, bool expected)
    {
        Assert.Equal(expected, Holds(Status, comparison, value));
    }

    [Theory]
    [InlineData("GET /cart", Comparison.Equal, true)]
    [InlineData("GET /car", Comparison.Greater, true)]
    [InlineData("GET /cart", Comparison.GreaterOrEqual, true)]
    [InlineData("H", Comparison.Less, true)]
    [InlineData("GET", Comparison.Matches, false)]
    [InlineData("GET.*", Comparison.Matches, true)]
    [InlineData("GET", Comparison.NotMatches, true)]
    [InlineData("get /", Comparison.Contains, true)]
    public void Texts_compare_by_code_points_and_expressions_match_the_whole(string value, Comparison comparison, bool expected)
    {
        Assert.Equal(expected, Holds(new Field(FieldKind.Name), comparison, value));
    }

    [Fact]
    public void A_field_that_is_not_there_holds_no_comparison_but_its_negation_does()
    {
        var field = Field.Attribute("missing");
        foreach (var comparison in Enum.GetValues<Comparison>())
        {
            Assert.False(Holds(field, comparison, "x"));
        }

        Assert.True(Evaluate(new Condition.Not(new Condition.Compare(field, Comparison.Exists))));
        Assert.True(Holds(Field.Attribute("nothing"), Comparison.Exists, "x"));
    }

    [Fact]
    public void An_attribute_without_a_scope_is_the_first_of_span_resource_scope_events_and_links()
    {
        Assert.True(Holds(Field.Attribute("both"), Comparison.Equal, "own"));
        Assert.False(Holds(Field.Attribute("both"), Comparison.Equal, "resource"));
        Assert.True(Holds(new Field(FieldKind.ResourceAttribute, "both"), Comparison.Equal, "resource"));
        Assert.True(Holds(new Field(FieldKind.ScopeAttribute, "both"), Comparison.Equal, "scope"));
        Assert.True(Holds(Field.Attribute("zone"), Comparison.Equal, "a"));
        Assert.True(Holds(Field.Attribute("lib"), Comparison.Equal, true));
        Assert.True(Holds(Field.Attribute("message"), Comparison.Equal, "no way"));
        Assert.True(Holds(Field.Attribute("why"), Comparison.Equal, "batch"));
    }

    [Fact]
    public void A_field_with_many_values_holds_where_one_of_them_does()
    {
        var field = new Field(FieldKind.EventAttribute, "n");
        Assert.True(Holds(field, Comparison.Equal, 1L));
        Assert.True(Holds(field, Comparison.Equal, 2L));
        Assert.True(Holds(field, Comparison.NotEqual, 1L));
        Assert.False(Holds(field, Comparison.Greater, 2L));
        Assert.True(Holds(new Field(FieldKind.EventName), Comparison.Equal, "retry"));
        Assert.True(Holds(new Field(FieldKind.LinkTraceId), Comparison.Equal, new TraceId(0xfe).ToString()));
        Assert.True(Holds(new Field(FieldKind.LinkSpanId), Comparison.Equal, new SpanId(0xed).ToString()));
    }

    [Theory]
    [InlineData("timed out", true)]
    [InlineData("NO WAY", true)]
    [InlineData("exception", true)]
    [InlineData("504", true)]
    [InlineData("scope", false)]
    [InlineData("batch", false)]
    public void Any_text_is_the_name_the_message_the_attributes_and_the_events(string text, bool expected)
    {
        Assert.Equal(expected, Holds(new Field(FieldKind.AnyText), Comparison.Contains, text));
    }

    [Fact]
    public void Fields_of_a_span_have_their_types()
    {
        Assert.Equal(AttributeValue.Of("cart"), ConditionEvaluator.ValueOf(Span, new Field(FieldKind.Service)));
        Assert.Equal(AttributeValue.Of(2L), ConditionEvaluator.ValueOf(Span, new Field(FieldKind.Status)));
        Assert.Equal(AttributeValue.Of(2L), ConditionEvaluator.ValueOf(Span, new Field(FieldKind.Kind)));
        Assert.Equal(AttributeValue.Of(250L), ConditionEvaluator.ValueOf(Span, new Field(FieldKind.Duration)));
        Assert.Equal(AttributeValue.Of(""), ConditionEvaluator.ValueOf(Span, new Field(FieldKind.ParentId)));
        Assert.Equal(AttributeValue.Of(2.0), ConditionEvaluator.ValueOf(Span, Field.Attribute("whole")));
        Assert.Equal(default, ConditionEvaluator.ValueOf(Span, new Field(FieldKind.Severity)));
    }

    [Fact]
    public void Fields_of_a_log_record_have_their_types()
    {
        var log = new LogRecord { TimeNs = 7, Origin = From("cart"), Severity = 17, Body = "Out of stock", EventName = "", Attributes = AttributesOf(("sku", "x1")) };
        Assert.Equal(AttributeValue.Of(17L), ConditionEvaluator.ValueOf(log, new Field(FieldKind.Severity)));
        Assert.Equal(AttributeValue.Of(""), ConditionEvaluator.ValueOf(log, new Field(FieldKind.TraceId)));
        Assert.Equal(default, ConditionEvaluator.ValueOf(log, new Field(FieldKind.Name)));
        Assert.True(new ConditionEvaluator(new Condition.Compare(new Field(FieldKind.AnyText), Comparison.Contains, AttributeValue.Of("STOCK"))).Holds(log));
    }

    [Fact]
    public void Trees_combine_and_empty_ones_are_always_and_never()
    {
        var yes = new Condition.Compare(Status, Comparison.Exists);
        Assert.True(Evaluate(Condition.Always));
        Assert.False(Evaluate(new Condition.Any([])));
        Assert.True(Evaluate(yes & Condition.Always));
        Assert.False(Evaluate(yes & new Condition.Not(yes)));
        Assert.True(Evaluate(new Condition.Not(yes) | yes));
    }

    [Fact]
    public void Texts_are_ordered_as_their_bytes_are()
    {
        Assert.True(ConditionEvaluator.CompareTexts("\uFFFD", "\U0001F600") < 0);
        Assert.True(ConditionEvaluator.CompareTexts("a", "ab") < 0);
        Assert.Equal(0, ConditionEvaluator.CompareTexts("a\U0001F600", "a\U0001F600"));
    }

    [Fact]
    public void A_bad_expression_is_refused()
    {
        Assert.Throws<BadInputException>(() => Holds(new Field(FieldKind.Name), Comparison.Matches, "("));
    }

    private static bool Holds(Field field, Comparison comparison, object value) => Evaluate(new Condition.Compare(field, comparison, value switch
    {
        long one => AttributeValue.Of(one),
        double one => AttributeValue.Of(one),
        bool one => AttributeValue.Of(one),
        _ => AttributeValue.Of((string)value),
    }));

    private static bool Evaluate(Condition condition) => new ConditionEvaluator(condition).Holds(Span);
}
