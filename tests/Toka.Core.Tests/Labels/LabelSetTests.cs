using CsCheck;
using Toka.Core.Labels;

namespace Toka.Core.Tests.Labels;

public sealed class LabelSetTests
{
    [Fact]
    public void Holds_what_a_dictionary_of_the_same_pairs_holds_in_the_order_of_the_names() =>
        LabelGen.Pairs.Sample(pairs =>
        {
            var set = LabelSet.Of(pairs);
            var model = LabelGen.Model(pairs);
            Assert.Equal(model, set.ToPairs());
            Assert.Equal(model.Count, set.Count);
            Assert.Equal(model.Count == 0, set.IsEmpty);
        });

    [Fact]
    public void Its_bytes_are_canonical_and_make_the_same_set_again() =>
        LabelGen.Set.Sample(set =>
        {
            Assert.True(LabelSet.IsCanonical(set.Encoded));
            var again = LabelSet.FromEncoded(set.Encoded);
            Assert.Equal(set, again);
            Assert.Equal(set.Hash, again.Hash);
            Assert.Equal(LabelSet.HashOf(set.Encoded), set.Hash);
        });

    [Fact]
    public void The_order_of_adding_changes_nothing() =>
        LabelGen.Pairs.Sample(pairs =>
        {
            var distinct = LabelGen.Model(pairs).Select(static pair => (pair.Key, pair.Value)).ToArray();
            var forward = LabelSet.Of(distinct);
            Array.Reverse(distinct);
            Assert.Equal(forward, LabelSet.Of(distinct));
            Assert.Equal(forward.GetHashCode(), LabelSet.Of(distinct).GetHashCode());
        });

    [Fact]
    public void Equality_and_order_agree_and_order_is_antisymmetric_and_transitive() =>
        Gen.Select(LabelGen.Set, LabelGen.Set, LabelGen.Set).Sample((x, y, z) =>
        {
            Assert.Equal(x == y, x.CompareTo(y) == 0);
            Assert.Equal(Math.Sign(x.CompareTo(y)), -Math.Sign(y.CompareTo(x)));
            Assert.Equal(x < y, y > x);
            Assert.Equal(x <= y, !(x > y));
            if (x <= y && y <= z)
            {
                Assert.True(x <= z);
            }
        });

    [Fact]
    public void Any_change_of_the_bytes_is_judged_without_an_exception_and_what_is_called_canonical_can_be_walked() =>
        Gen.Select(LabelGen.Set, Gen.Int[0, 400], Gen.Byte, Gen.Int[0, 3]).Sample((set, at, value, kind) =>
        {
            var bytes = set.Encoded.ToArray().ToList();
            var place = bytes.Count == 0 ? 0 : at % bytes.Count;
            switch (kind)
            {
                case 0 when bytes.Count > 0: bytes[place] = value; break;
                case 1 when bytes.Count > 0: bytes.RemoveAt(place); break;
                case 2: bytes.Insert(place, value); break;
                default: bytes.RemoveRange(place, bytes.Count - place); break;
            }

            byte[] changed = [.. bytes];
            if (LabelSet.IsCanonical(changed))
            {
                var walked = LabelSet.FromEncoded(changed);
                var builder = new LabelSetBuilder();
                foreach (var label in walked)
                {
                    builder.Set(label.Name, label.Value);
                }

                Assert.Equal(walked, builder.Build());
            }
        });

    [Theory]
    [InlineData(new byte[] { 1 })]
    [InlineData(new byte[] { 0, 0 })]
    [InlineData(new byte[] { 1, 0, 97 })]
    [InlineData(new byte[] { 1, 0, 97, 0, 0 })]
    [InlineData(new byte[] { 1, 0, 97, 2, 0, 98 })]
    [InlineData(new byte[] { 1, 0, 98, 1, 0, 120, 1, 0, 97, 1, 0, 120 })]
    [InlineData(new byte[] { 1, 0, 97, 1, 0, 120, 1, 0, 97, 1, 0, 121 })]
    public void Bytes_that_are_cut_empty_unsorted_or_repeated_are_not_canonical(byte[] encoded) => Assert.False(LabelSet.IsCanonical(encoded));

    [Fact]
    public void A_label_is_found_by_text_and_by_bytes_and_an_absent_one_is_empty()
    {
        var longName = new string('n', 1000);
        var set = LabelSet.Of(("job", "node"), (longName, "long"));
        Assert.Equal("node", set["job"]);
        Assert.Equal("long", set[longName]);
        Assert.Equal("", set["jo"]);
        Assert.True(set.TryGet("job"u8, out var value));
        Assert.True(value.SequenceEqual("node"u8));
        Assert.False(set.TryGet("instance"u8, out value));
        Assert.True(value.IsEmpty);
    }

    [Fact]
    public void Text_escapes_backslash_quote_and_line_feed()
    {
        Assert.Equal("up{a=\"1\",b=\"x\\\\y\\\"z\\n\"}", LabelSet.Of(("__name__", "up"), ("b", "x\\y\"z\n"), ("a", "1")).ToString());
        Assert.Equal("up", LabelSet.Of(("__name__", "up")).ToString());
        Assert.Equal("{a=\"1\"}", LabelSet.Of(("a", "1")).ToString());
        Assert.Equal("{}", LabelSet.Empty.ToString());
    }

    [Fact]
    public void Names_that_are_no_classic_identifiers_are_quoted_as_PromQL_reads_them()
    {
        Assert.Equal("{\"my.metric\",\"lab.el\"=\"x\"}", LabelSet.Of(("__name__", "my.metric"), ("lab.el", "x")).ToString());
        Assert.Equal("{\"my.metric\"}", LabelSet.Of(("__name__", "my.metric")).ToString());
        Assert.Equal("a:b{\"9\"=\"x\"}", LabelSet.Of(("__name__", "a:b"), ("9", "x")).ToString());
    }
}
