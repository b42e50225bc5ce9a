using CsCheck;
using Toka.Core.Labels;
using Toka.Core.Series;

namespace Toka.Engines.Tests.TimeSeries.Index;

public sealed class SelectorTests
{
    private static readonly Gen<LabelSet> s_series = Gen.Select(
        Fixture.AnyOf("up", "cpu", "mem"), Fixture.AnyOf("", "a", "b", "ab", "abc"), Fixture.AnyOf("", "x", "y", "x|y"),
        static (name, one, two) => LabelSet.Of(("__name__", name), ("one", one), ("two", two)));

    private static readonly Gen<LabelMatcher> s_matcher = Gen.Select(
        Fixture.AnyOf("__name__", "one", "two", "three"), Gen.Enum<MatchOperator>(),
        Fixture.AnyOf("", "a", "x", "a|b", "a|", ".*", ".+", "a.*", "a.+", "[ab]+", "x\\|y", "cpu|mem", "up", "a.?|x", "(a|x)b?", "a(b|bc)", "(?i)A.*", "ab.*|x", "x[|y]*"),
        static (name, op, value) => new LabelMatcher(name, op, value));

    [Fact]
    public async Task Selections_agree_with_looking_at_every_series()
    {
        using var fixture = new Fixture();
        await Gen.Select(s_series.Array[1, 40], s_matcher.Array[0, 3].Array[1, 6], s_series.Array[0, 10]).SampleAsync(async (first, queries, more) =>
        {
            await using var store = fixture.InMemory();
            await Write(store, first, fixture.NowMs);
            foreach (var query in queries)
            {
                await Check(store, query, first);
            }

            await Write(store, more, fixture.NowMs);
            foreach (var query in queries)
            {
                await Check(store, query, [.. first, .. more]);
            }
        }, iter: 150);
    }

    private static async Task Write(Toka.TimeSeries.MetricStore store, LabelSet[] series, long time) =>
        await Fixture.Write(store, [.. series.Select(s => (s, time, 1.0))]);

    private static async Task Check(Toka.TimeSeries.MetricStore store, LabelMatcher[] matchers, LabelSet[] series)
    {
        var expected = series.Distinct().Where(s => matchers.All(m => m.IsMatch(s))).Order().ToArray();
        var request = new SelectRequest { Matchers = matchers, FromMs = 0, ToMs = long.MaxValue };
        using var set = await store.SelectAsync(request, default);

        Assert.Equal(expected, Enumerable.Range(0, set.Count).Select(set.LabelsOf));
        Assert.Equal(
            expected.SelectMany(static s => s.ToPairs()).Select(static p => p.Key).Distinct().Order(StringComparer.Ordinal),
            await store.LabelNamesAsync(request, default));
        Assert.Equal(
            expected.Select(static s => s["one"]).Where(static v => v.Length > 0).Distinct().Order(StringComparer.Ordinal),
            await store.LabelValuesAsync("one", request, default));
    }
}
