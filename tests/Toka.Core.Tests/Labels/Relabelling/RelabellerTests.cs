using CsCheck;
using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Core.Labels.Relabelling;

namespace Toka.Core.Tests.Labels.Relabelling;

public sealed class RelabellerTests
{
    private static readonly LabelSet s_target = LabelSet.Of(("__address__", "db-1.eu:9100"), ("a", "foo"), ("b", "Bar"), ("c", "baz"));

    [Fact]
    public void The_source_is_copied_by_default() =>
        Check(new RelabelConfig { SourceLabels = ["a", "b"], TargetLabel = "d" }, ("d", "foo;Bar"));

    [Fact]
    public void Groups_of_the_source_make_target_and_value()
    {
        Check(new RelabelConfig { SourceLabels = ["__address__"], Regex = "([^.]+)\\.(?P<zone>[a-z]+):\\d+", TargetLabel = "in_${zone}", Replacement = "$1!" }, ("in_eu", "db-1!"));
        Check(new RelabelConfig { SourceLabels = ["a", "c"], Separator = "/", Regex = "(.*)/(.*)", TargetLabel = "a", Replacement = "${2}${1}" }, ("a", "bazfoo"));
    }

    [Fact]
    public void What_does_not_match_whole_is_left_alone() =>
        Check(new RelabelConfig { SourceLabels = ["a"], Regex = "fo", TargetLabel = "d" });

    [Fact]
    public void An_empty_replacement_removes_a_label()
    {
        Check(new RelabelConfig { SourceLabels = ["a"], TargetLabel = "b", Replacement = "" }, ("b", ""));
        Check(new RelabelConfig { TargetLabel = "c" }, ("c", ""));
    }

    [Fact]
    public void A_fixed_value_needs_no_source() => Check(new RelabelConfig { TargetLabel = "env", Replacement = "prod" }, ("env", "prod"));

    [Fact]
    public void A_target_that_would_have_no_name_is_not_set() =>
        Check(new RelabelConfig { SourceLabels = ["none"], TargetLabel = "$1", Replacement = "x" });

    [Theory]
    [InlineData(RelabelAction.Keep, "f.*", true)]
    [InlineData(RelabelAction.Keep, "o+", false)]
    [InlineData(RelabelAction.Drop, "f.*", false)]
    [InlineData(RelabelAction.Drop, "o+", true)]
    public void Keep_and_drop_decide_by_the_source(RelabelAction action, string regex, bool isKept) =>
        Assert.Equal(isKept, Applied(new RelabelConfig { Action = action, SourceLabels = ["a"], Regex = regex }) is not null);

    [Theory]
    [InlineData("a", true)]
    [InlineData("b", false)]
    public void Equality_with_a_label_decides(string target, bool isEqual)
    {
        Assert.Equal(isEqual, Applied(new RelabelConfig { Action = RelabelAction.KeepEqual, SourceLabels = ["a"], TargetLabel = target }) is not null);
        Assert.Equal(!isEqual, Applied(new RelabelConfig { Action = RelabelAction.DropEqual, SourceLabels = ["a"], TargetLabel = target }) is not null);
    }

    /// <summary>The numbers are those of the lower half of MD5, computed by another program.</summary>
    [Fact]
    public void Hashes_are_the_same_in_all_programs_that_shard()
    {
        Check(new RelabelConfig { Action = RelabelAction.HashMod, SourceLabels = ["c"], TargetLabel = "d", Modulus = 1000 }, ("d", "976"));
        Check(new RelabelConfig { Action = RelabelAction.HashMod, SourceLabels = ["a", "b"], Separator = "", TargetLabel = "d", Modulus = 1 }, ("d", "0"));
    }

    [Fact]
    public void Letters_are_made_small_and_large()
    {
        Check(new RelabelConfig { Action = RelabelAction.Lowercase, SourceLabels = ["b"], TargetLabel = "b" }, ("b", "bar"));
        Check(new RelabelConfig { Action = RelabelAction.Uppercase, SourceLabels = ["b", "c"], TargetLabel = "d" }, ("d", "BAR;BAZ"));
    }

    [Fact]
    public void Labels_are_mapped_dropped_and_kept_by_their_names()
    {
        Check(new RelabelConfig { Action = RelabelAction.LabelMap, Regex = "([ab])", Replacement = "x_$1" }, ("x_a", "foo"), ("x_b", "Bar"));
        Check(new RelabelConfig { Action = RelabelAction.LabelDrop, Regex = "a|b" }, ("a", ""), ("b", ""));
        Check(new RelabelConfig { Action = RelabelAction.LabelKeep, Regex = "a|__.*" }, ("b", ""), ("c", ""));
    }

    [Fact]
    public void Rules_see_what_those_before_them_did_and_end_with_the_first_that_drops()
    {
        var labels = s_target.ToBuilder();
        var relabeller = new Relabeller(
        [
            new RelabelConfig { SourceLabels = ["a"], TargetLabel = "d" },
            new RelabelConfig { SourceLabels = ["d"], TargetLabel = "e", Replacement = "${1}2" },
            new RelabelConfig { Action = RelabelAction.LabelDrop, Regex = "d" },
        ]);
        Assert.True(relabeller.Apply(labels));
        Assert.Equal(LabelSet.Of(("__address__", "db-1.eu:9100"), ("a", "foo"), ("b", "Bar"), ("c", "baz"), ("e", "foo2")), labels.Build());
        Assert.True(new Relabeller([]).IsEmpty);
    }

    [Fact]
    public void A_value_that_no_label_can_hold_is_bad_input()
    {
        var labels = LabelSet.Of(("long", new string('x', 60_000))).ToBuilder();
        var fault = Assert.Throws<BadInputException>(() => new Relabeller([new RelabelConfig { SourceLabels = ["long", "long"], TargetLabel = "twice" }]).Apply(labels));
        Assert.Contains("the label twice", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RelabelAction.HashMod, "t", "(.*)", 0, "modulus", "needs one above 0")]
    [InlineData(RelabelAction.Replace, "", "(.*)", 0, "target_label", "the action replace needs one")]
    [InlineData(RelabelAction.Keep, "", "(", 0, "regex", "missing closing )")]
    [InlineData(RelabelAction.LabelDrop, "t", "a", 0, "target_label", "the action labeldrop has only regex; leave it out")]
    [InlineData(RelabelAction.KeepEqual, "t", "a", 0, "regex", "has only source_labels and target_label")]
    [InlineData(RelabelAction.KeepEqual, "t", "(.*)", 3, "modulus", "has none")]
    public void What_is_wrong_is_named_by_key(RelabelAction action, string target, string regex, ulong modulus, string key, string said)
    {
        var rule = new RelabelConfig { Action = action, SourceLabels = action == RelabelAction.LabelDrop ? [] : ["a"], TargetLabel = target, Regex = regex, Modulus = modulus };
        var (faultyKey, fault) = Assert.Single(rule.Faults());
        Assert.Equal(key, faultyKey);
        Assert.Contains(said, fault, StringComparison.Ordinal);
        Assert.StartsWith($"relabelling rule 1: {key}: ", Assert.Throws<BadInputException>(() => new Relabeller([rule])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Dropping_and_keeping_names_part_the_labels_between_them() =>
        Gen.Select(LabelGen.Set, Gen.Char['a', 'z']).Sample(static (labels, letter) =>
        {
            var regex = $".*{letter}.*";
            var (dropped, kept) = (labels.ToBuilder(), labels.ToBuilder());
            Assert.True(new Relabeller([new RelabelConfig { Action = RelabelAction.LabelDrop, Regex = regex }]).Apply(dropped));
            Assert.True(new Relabeller([new RelabelConfig { Action = RelabelAction.LabelKeep, Regex = regex }]).Apply(kept));
            Assert.Equal(labels.ToPairs().Order(PairOrder), dropped.Build().ToPairs().Concat(kept.Build().ToPairs()).Order(PairOrder));
        });

    private static IComparer<KeyValuePair<string, string>> PairOrder { get; } =
        Comparer<KeyValuePair<string, string>>.Create(static (x, y) => string.CompareOrdinal(x.Key, y.Key));

    /// <summary>After the rule the labels are as before but for these; an empty value is no label.</summary>
    private static void Check(RelabelConfig rule, params (string Name, string Value)[] changed)
    {
        var expected = s_target.ToBuilder();
        foreach (var (name, value) in changed)
        {
            expected.Set(name, value);
        }

        Assert.Empty(rule.Faults());
        Assert.Equal(expected.Build(), Applied(rule));
    }

    private static LabelSet? Applied(RelabelConfig rule)
    {
        var labels = s_target.ToBuilder();
        return new Relabeller([rule]).Apply(labels) ? labels.Build() : null;
    }
}
