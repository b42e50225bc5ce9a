using CsCheck;
using Toka.Core.Labels;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Index;

namespace Toka.Engines.Tests.TimeSeries.Blocks;

public sealed class BlockSelectTests
{
    private static readonly Gen<string> s_name = Fixture.AnyOf("__name__", "job", "mode", "none", "Ω");

    private static readonly Gen<string> s_value = Gen.OneOf(Fixture.AnyOf("", "idle", "user", "a", "ab", "abc"), Gen.Int[0, 40].Select(static i => $"v{i}"));

    private static readonly Gen<LabelSet> s_labels = Gen.Select(s_name, s_value).Array[0, 6].Select(static pairs => LabelSet.Of(pairs));

    private static readonly Gen<LabelMatcher> s_matcher = Gen.OneOf(
        Gen.Select(s_name, Fixture.AnyOf(MatchOperator.Equal, MatchOperator.NotEqual), s_value),
        Gen.Select(
            s_name,
            Fixture.AnyOf(MatchOperator.Matches, MatchOperator.DoesNotMatch),
            Fixture.AnyOf("", ".*", ".+", "a.*", "v1.*", "a|ab|nope", "v[0-9]", "|idle", "idle|", ".*b.*", "v(1|2|30)", "(idle)?", "v[12].*", "v1.+|v2", "ab?.*", "(?i)V.*", "v3[0-9]+", "u.*|", "zz.*")))
        .Select(static m => new LabelMatcher(m.Item1, m.Item2, m.Item3));

    [Fact]
    public void A_selection_is_what_looking_at_every_series_gives() =>
        Gen.Select(s_labels.Array[1, 150], s_matcher.Array[0, 4].Array[1, 8]).Sample(static (labels, queries) =>
        {
            using var fixture = new BlockFixture();
            LabelSet[] sets = [.. labels.Distinct().Order()];
            var block = fixture.Write(sets.Select(static set => TestSeries.Of(set, (1, 1))));
            foreach (var matchers in queries)
            {
                var wanted = Enumerable.Range(0, sets.Length).Where(i => Selector.IsMatch(sets[i], matchers)).ToArray();
                Assert.Equal(wanted, block.Select(matchers, 0, 10));
                Assert.Equal(wanted, block.Select(matchers, 0, 10));
                Assert.Equal(Sorted(wanted.SelectMany(i => sets[i].ToPairs().Select(static p => p.Key))), Names(block, wanted));
                Assert.Equal(Sorted(wanted.Select(i => sets[i]["job"]).Where(static v => v.Length > 0)), Values(block, "job", wanted));
            }

            Assert.Equal(Sorted(sets.SelectMany(static s => s.ToPairs().Select(static p => p.Key))), Names(block, null));
            Assert.Equal(Sorted(sets.Select(static s => s["mode"]).Where(static v => v.Length > 0)), Values(block, "mode", null));
        }, iter: 100);

    [Theory]
    [InlineData("one", "=", "id0042", "")]
    [InlineData("one of a thousand values by a pattern", "=~", "id00.*2", "")]
    [InlineData("most values", "=~", "id0[0-8].*", "")]
    [InlineData("all but a few", "!~", "id000.", "")]
    [InlineData("few left to look at", "=~", "id.*[13579]", "3")]
    [InlineData("none", "=", "id", "")]
    public void Many_values_are_selected_by_each_way_alike(string why, string op, string value, string shard)
    {
        using var fixture = new BlockFixture();
        LabelSet[] sets = [.. Enumerable.Range(0, 3000).Select(static i => LabelSet.Of(("id", $"id{i / 3:D4}"), ("shard", $"{i % 7}"), ("n", $"{i % 3}"))).Order()];
        var block = fixture.Write(sets.Select(static set => TestSeries.Of(set, (1, 1))));
        var kind = op switch { "=" => MatchOperator.Equal, "=~" => MatchOperator.Matches, _ => MatchOperator.DoesNotMatch };
        List<LabelMatcher> matchers = [new("id", kind, value)];
        if (shard.Length > 0)
        {
            matchers.Add(new LabelMatcher("shard", MatchOperator.Equal, shard));
        }

        var wanted = Enumerable.Range(0, sets.Length).Where(i => Selector.IsMatch(sets[i], matchers)).ToArray();
        Assert.True(wanted.AsSpan().SequenceEqual(block.Select(matchers, 0, 10)), why);
    }

    [Fact]
    public void Only_series_with_a_chunk_in_the_range_are_selected()
    {
        using var fixture = new BlockFixture();
        var block = fixture.Write(
            TestSeries.Of(Fixture.Labels("early"), (100, 1), (200, 1)),
            TestSeries.Of(Fixture.Labels("late"), (300, 1), (400, 1)));

        Assert.Equal([0, 1], block.Select([], 0, 1000));
        Assert.Equal([0], block.Select([], 0, 299));
        Assert.Equal([1], block.Select([], 201, 300));
        Assert.Empty(block.Select([], 401, 1000));
        Assert.Empty(block.Select([], 0, 99));
    }

    [Fact]
    public void A_repeated_selection_is_answered_from_the_last_ones()
    {
        using var fixture = new BlockFixture();
        var block = fixture.Write(Enumerable.Range(0, 50).Select(static i => TestSeries.Of(Fixture.Labels($"m{i}"), (1, 1))));

        int[] First() => block.Select([new LabelMatcher("__name__", MatchOperator.Matches, "m1.*")], 0, 1);
        var first = First();
        Assert.Same(first, First());
        for (var i = 0; i < 20; i++)
        {
            block.Select([new LabelMatcher("__name__", MatchOperator.Equal, $"m{i}")], 0, 1);
        }

        Assert.NotSame(first, First());
        Assert.Equal(first, First());
    }

    [Fact]
    public void A_list_of_series_gives_back_its_ordinals_and_meets_others() =>
        Gen.Select(Gen.Int[0, 2000].Array, Gen.Int[0, 2000].Array, Gen.Int[0, 30]).Sample(static (a, b, run) =>
        {
            int[] listed = [.. a.SelectMany(i => Enumerable.Range(i, run + 1)).Distinct().Order()];
            int[] others = [.. b.Distinct().Order()];
            var bytes = new System.Buffers.ArrayBufferWriter<byte>();
            PostingList.Encode(listed, bytes);

            var read = new int[listed.Length];
            Assert.Equal(listed.Length, new PostingList(bytes.WrittenSpan, 2100).CopyTo(read));
            Assert.Equal(listed, read);
            int[] met = [.. others];
            Assert.Equal(others.Intersect(listed), met[..new PostingList(bytes.WrittenSpan, 2100).Intersect(met)]);
        });

    private static IReadOnlyList<string> Names(Block block, int[]? ordinals)
    {
        var names = new FirstTexts(0);
        block.LabelNames(names, ordinals);
        return names.ToList();
    }

    private static IReadOnlyList<string> Values(Block block, string name, int[]? ordinals)
    {
        var values = new FirstTexts(0);
        block.LabelValues(name, values, ordinals);
        return values.ToList();
    }

    private static string[] Sorted(IEnumerable<string> texts) => [.. texts.Distinct().Order(StringComparer.Ordinal)];
}
