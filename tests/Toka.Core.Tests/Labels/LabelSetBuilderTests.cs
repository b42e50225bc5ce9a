using System.Text;
using CsCheck;
using Toka.Core.Labels;

namespace Toka.Core.Tests.Labels;

public sealed class LabelSetBuilderTests
{
    [Fact]
    public void Setting_and_removing_does_what_a_dictionary_does() =>
        Gen.Select(LabelGen.Set, LabelGen.Pairs).Sample((start, changes) =>
        {
            var builder = start.ToBuilder();
            foreach (var (name, value) in changes)
            {
                builder.Set(name, value);
            }

            var model = LabelGen.Model(start.ToPairs().Select(static pair => (pair.Key, pair.Value)).Concat(changes));
            Assert.Equal(model, builder.Build().ToPairs());
            Assert.Equal(model.Count, builder.Count);
            foreach (var (name, value) in model)
            {
                Assert.True(builder.TryGet(Encoding.UTF8.GetBytes(name), out var found));
                Assert.Equal(value, Encoding.UTF8.GetString(found));
            }
        });

    [Fact]
    public void What_it_writes_is_what_it_builds_and_as_long_as_it_says() =>
        LabelGen.Pairs.Sample(pairs =>
        {
            var builder = new LabelSetBuilder();
            foreach (var (name, value) in pairs)
            {
                builder.Set(name, value);
            }

            var bytes = new byte[builder.EncodedLength];
            Assert.Equal(bytes.Length, builder.WriteTo(bytes));
            Assert.True(builder.Build().Encoded.SequenceEqual(bytes));
        });

    [Fact]
    public void A_cleared_builder_begins_anew() =>
        Gen.Select(LabelGen.Pairs, LabelGen.Pairs).Sample((first, second) =>
        {
            var builder = new LabelSetBuilder();
            foreach (var (name, value) in first)
            {
                builder.Set(name, value);
            }

            builder.Clear();
            foreach (var (name, value) in second)
            {
                builder.Set(name, value);
            }

            Assert.Equal(LabelSet.Of(second), builder.Build());
        });

    [Fact]
    public void A_value_set_from_the_builders_own_view_is_kept_whole()
    {
        var builder = new LabelSetBuilder();
        builder.Set("a", new string('x', 200));
        Assert.True(builder.TryGet("a"u8, out var view));
        builder.Set("b"u8, view);
        Assert.Equal(new string('x', 200), builder.Build()["b"]);
    }

    [Fact]
    public void Removing_an_absent_label_changes_nothing()
    {
        var builder = LabelSet.Of(("a", "1")).ToBuilder();
        builder.Remove("b");
        builder.Remove("A"u8);
        Assert.Equal(LabelSet.Of(("a", "1")), builder.Build());
    }

    [Fact]
    public void An_empty_name_and_texts_over_the_limit_are_refused()
    {
        var builder = new LabelSetBuilder();
        var longest = new string('x', LabelSet.TextBytesMax);
        builder.Set(longest, longest);
        Assert.Equal(longest, builder.Build()[longest]);
        Assert.Throws<ArgumentException>(() => builder.Set("", "x"));
        Assert.Throws<ArgumentException>(() => builder.Set("x", longest + "x"));
        Assert.Throws<ArgumentException>(() => builder.Set(longest + "x", "x"));
    }

    [Fact]
    public void Setting_one_label_a_million_times_does_not_grow_without_bound()
    {
        var builder = new LabelSetBuilder();
        for (var i = 0; i < 1_000_000; i++)
        {
            builder.Set("a"u8, i % 2 == 0 ? "even"u8 : "odd"u8);
        }

        Assert.InRange(builder.BufferBytes, 1, 4096);
        Assert.Equal("odd", builder.Build()["a"]);
    }
}
