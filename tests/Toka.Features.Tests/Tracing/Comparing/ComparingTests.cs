using CsCheck;
using Toka.Analysis.Statistics;
using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Features.Tests.Tracing.Trees;
using Toka.Tracing.Comparing;
using Toka.Tracing.Trees;

namespace Toka.Features.Tests.Tracing.Comparing;

public sealed class ComparingTests
{
    [Fact]
    public void Two_traces_are_aligned_by_path_and_the_time_is_where_it_went()
    {
        var first = TraceTree.Of(new TestTrace().Add(1, 0, 0, 100, name: "GET").Add(2, 1, 10, 20, "db", "SELECT", attributes: """{"rows":3,"same":1}""").Add(3, 1, 40, 20, "db", "SELECT").Add(4, 1, 70, 10, "mail", "send").Spans);
        var second = TraceTree.Of(new TestTrace(2).Add(1, 0, 0, 180, name: "GET").Add(2, 1, 10, 110, "db", "SELECT", attributes: """{"rows":300,"same":1}""").Add(5, 1, 150, 20, "audit", "log").Spans);
        var difference = TraceComparer.Compare(first, second);
        Assert.Equal((100_000_000, 180_000_000), (difference.FirstNs, difference.SecondNs));
        Assert.Equal(["GET", "SELECT", "send", "log"], difference.Places.Select(static place => place.Name));
        var select = difference.Places[1];
        Assert.Equal((2, 1), (select.First.Spans.Count, select.Second.Spans.Count));
        Assert.Equal(70_000_000, select.SelfDeltaNs);
        Assert.Equal(new AttributeDifference("rows", "3", "300", 1), Assert.Single(select.Attributes));
        Assert.True(difference.Places[2].IsOnlyInFirst && difference.Places[3].IsOnlyInSecond);
        Assert.Equal(1, difference.ByCriticalDelta[0]);
        Assert.Equal(80_000_000, difference.Places.Sum(static place => place.CriticalDeltaNs));
    }

    [Fact]
    public void The_differences_on_the_critical_path_add_up_to_that_of_the_roots() => Gen.Select(TraceTreeTests.AnySpans, TraceTreeTests.AnySpans).Sample(static (a, b) =>
    {
        var (first, second) = (TraceTree.Of(a), TraceTree.Of(b));
        var difference = TraceComparer.Compare(first, second);
        Assert.Equal(difference.SecondNs - difference.FirstNs, difference.Places.Sum(static place => place.CriticalDeltaNs));
        Assert.Equal(first.Count, difference.Places.Sum(static place => place.First.Spans.Count));
        Assert.Equal(second.Count, difference.Places.Sum(static place => place.Second.Spans.Count));
        for (var i = 0; i < difference.Places.Count; i++)
        {
            Assert.InRange(difference.Places[i].Parent, -1, i - 1);
        }

        Assert.All(TraceComparer.Compare(first, first).Places, static place => Assert.Empty(place.Attributes));
    });

    [Fact]
    public void Of_two_sets_the_operation_and_the_attribute_that_make_the_difference_are_found_and_no_other()
    {
        var difference = SetComparer.Compare(Set(1, 110, isSlow: false), Set(2, 110, isSlow: true));
        Assert.Equal(Certainty.AlmostCertain, difference.Duration.Certainty);
        Assert.InRange(difference.MeanSeconds.Value, 0.04, 0.06);
        Assert.Equal(("db", "SELECT"), (difference.Operations[0].Service, difference.Operations[0].Name));
        Assert.Equal(Certainty.AlmostCertain, difference.Operations[0].SelfSignificance.Certainty);
        Assert.InRange(difference.Operations[0].SelfSeconds.Low, 0.04, 0.055);
        Assert.All(difference.Operations.Skip(1), static operation => Assert.Equal(Certainty.NotShown, operation.SelfSignificance.Certainty));
        Assert.All(difference.Operations, static operation => Assert.Equal(Certainty.NotShown, operation.CountSignificance.Certainty));
        Assert.Equal(difference.MeanSeconds.Value, difference.Operations.Sum(static operation => operation.CriticalSeconds.Value), 9);
        Assert.Equal(["db.plan=scan", "db.plan=index"], difference.Attributes.Select(static attribute => $"{attribute.Key}={attribute.Value}").OrderDescending());
        Assert.True(difference.Attributes.Single(static attribute => attribute.Value == "scan").LogOdds.Low > 0);
        Assert.Equal(1, difference.KeysLeftOut);
    }

    [Fact]
    public void Of_two_sets_that_are_alike_nothing_is_shown()
    {
        var difference = SetComparer.Compare(Set(1, 60, isSlow: false), Set(5, 60, isSlow: false));
        Assert.Equal(Certainty.NotShown, difference.Duration.Certainty);
        Assert.All(difference.Operations, static operation => Assert.Equal(Certainty.NotShown, operation.SelfSignificance.Certainty));
        Assert.Empty(difference.Attributes);
    }

    [Fact]
    public async Task Sets_are_read_by_condition_and_empty_ones_say_nothing()
    {
        var ring = new SpanRing();
        await ring.WriteAsync(TestTrace.BatchOf(Set(1, 30, isSlow: false).Concat(Set(2, 30, isSlow: true)).SelectMany(static tree => tree.Spans)), CancellationToken.None);
        var sets = new TraceSets(ring);
        Condition Plan(string plan) => new Condition.Compare(Field.Attribute("db.plan"), Core.Searching.Comparison.Equal, AttributeValue.Of(plan));
        var difference = await sets.CompareAsync(new TraceSetQuery(Plan("index"), EventRange.All), new TraceSetQuery(Plan("scan"), EventRange.All), 20, CancellationToken.None);
        Assert.Equal((20, 20), (difference.First, difference.Second));
        Assert.Equal(Certainty.AlmostCertain, difference.Duration.Certainty);
        var empty = await sets.CompareAsync(new TraceSetQuery(Plan("none"), EventRange.All), new TraceSetQuery(Plan("none"), EventRange.All), 20, CancellationToken.None);
        Assert.Equal((0, 0, Certainty.NotShown), (empty.First, empty.Second, empty.Duration.Certainty));
    }

    /// <summary>Traces of three operations with random times; in slow ones the database scans and takes 50 ms more.</summary>
    private static TraceTree[] Set(int seed, int count, bool isSlow)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var select = 20 + (random.NextDouble() * 10) + (isSlow ? 50 : 0);
            var render = 10 + (random.NextDouble() * 10);
            var plan = isSlow ? "scan" : "index";
            return TraceTree.Of(new TestTrace((ulong)((seed * 100_000) + i + 1))
                .Add(1, 0, 0, select + render + 20, name: "GET", attributes: $$"""{"user.id":"u{{(seed * 1000) + i}}","zone":"z{{random.Next(3)}}"}""")
                .Add(2, 1, 5, select, "db", "SELECT", attributes: $$"""{"db.plan":"{{plan}}"}""")
                .Add(3, 1, 10 + select, render, "shop", "render").Spans);
        })];
    }
}
