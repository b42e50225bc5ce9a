using Toka.Configuration.Binding;
using Toka.Configuration.Faults;
using Toka.Configuration.Relabelling;
using Toka.Configuration.Tree;
using Toka.Core.Labels.Relabelling;

namespace Toka.Engines.Tests.Configuration;

public sealed class PrometheusDialectTests
{
    [Theory]
    [InlineData("a: yes", true)]
    [InlineData("a: \"true\"", true)]
    [InlineData("a: On", true)]
    [InlineData("a: FALSE", false)]
    [InlineData("a:", true)]
    public void Switches_are_those_of_older_YAML_and_nothing_is_the_default(string yaml, bool value)
    {
        var bound = Bound.Of(yaml, static s => s.Boolean("a", true, "A."));
        Assert.Empty(bound.Faults);
        Assert.Equal(value, bound.Value);
    }

    [Theory]
    [InlineData("10MB", 10L << 20)]
    [InlineData("1KB", 1024)]
    [InlineData("1kiB", 1024)]
    [InlineData("1.5GiB", 3L << 29)]
    [InlineData("7B", 7)]
    [InlineData("1EB", 1L << 60)]
    [InlineData("0", 0)]
    public void Sizes_are_powers_of_1024(string text, long bytes)
    {
        Assert.True(ConfigUnits.TryParseBinarySize(text, out var read));
        Assert.Equal(bytes, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("MB")]
    [InlineData("10XB")]
    [InlineData("10MBs")]
    [InlineData("-1MB")]
    [InlineData("9EB")]
    [InlineData("1.2.3MB")]
    public void What_is_no_size_is_refused(string text) => Assert.False(ConfigUnits.TryParseBinarySize(text, out _));

    [Fact]
    public void Anchors_aliases_and_merge_keys_stand_for_what_they_name()
    {
        var (value, faults, _) = Bound.Of(
            "base: &b {x: one, y: two}\nl:\n  - <<: *b\n    y: other\n  - <<: [{z: third}, *b]\nagain: *b\n",
            static root =>
            {
                root.TextMap("base", 9, "B.");
                return (root.List("l", 9, "L.", static i => (i.OptionalText("x", "-", "X."), i.OptionalText("y", "-", "Y."), i.OptionalText("z", "-", "Z."))),
                    root.TextMap("again", 9, "A."));
            });
        Assert.Empty(faults);
        Assert.Equal([("one", "other", "-"), ("one", "two", "third")], value.Item1);
        Assert.Equal([new("x", "one"), new("y", "two")], value.Item2);
    }

    [Theory]
    [InlineData("a: *x", "p.yml:1:4: a: the alias \"*x\" has no anchor before it; write \"&x\" at the value that it stands for")]
    [InlineData("a: &x [*x]", "p.yml:1:8: a[0]: the alias \"*x\" has no anchor before it; write \"&x\" at the value that it stands for")]
    [InlineData("a: {<<: 7}", "p.yml:1:9: a: the merge key \"<<\" takes keys with values, or a list of such; write an alias of them")]
    public void An_alias_without_sense_is_named(string yaml, string fault)
    {
        var faults = new ConfigFaults();
        YamlReader.Read(yaml, "p.yml", faults, YamlRules.Prometheus);
        Assert.Equal(fault, Assert.Single(faults.All).ToString());
    }

    [Theory]
    [InlineData("t: !!str 5", null)]
    [InlineData("t: ", "p.yml:1:3: t: is empty; it must be given")]
    [InlineData("t: ''", "p.yml:1:4: t: is empty; it must be given")]
    [InlineData("t: [5]", "p.yml:1:4: t: must be a text; it is a list")]
    [InlineData("t: !x 5", "p.yml:1:4: t: the tag \"!x\" is not taken here; remove it")]
    public void A_text_that_must_be_given_is_not_empty_and_may_have_the_tag_of_texts(string yaml, string? fault)
    {
        var (value, faults, _) = Bound.Of(yaml, static s => s.RequiredText("t", "T."));
        Assert.Equal(fault is null ? [] : [fault], faults);
        Assert.True(fault is not null || value == "5");
    }

    [Fact]
    public void Aliases_of_aliases_do_not_fill_the_memory()
    {
        var yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
        for (var i = 1; i < 10; i++)
        {
            yaml += $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n";
        }

        var faults = new ConfigFaults();
        Assert.Null(YamlReader.Read(yaml, "p.yml", faults, YamlRules.Prometheus));
        Assert.Contains("aliases counted at each use", Assert.Single(faults.All).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Aliases_do_not_nest_deeper_than_written_values()
    {
        var faults = new ConfigFaults();
        var deep = new string('[', 20) + new string(']', 20);
        Assert.Null(YamlReader.Read($"a: &a {deep}\nb: {new string('[', 20)}*a{new string(']', 20)}", "p.yml", faults, YamlRules.Prometheus));
        Assert.Contains("nested deeper", Assert.Single(faults.All).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_known_key_without_effect_is_noted_with_its_place_and_is_no_fault()
    {
        var (given, faults, notes) = Bound.Of("s:\n  gogc: 50\n", static root => root.Section("s", "S.").NotInForce("gogc", "there is no such thing here; remove it"));
        Assert.True(given);
        Assert.Empty(faults);
        Assert.Equal(["p.yml:2:3: s.gogc: is read but not in force: there is no such thing here; remove it"], notes);
    }

    [Fact]
    public void Paths_start_at_the_folder_of_the_file()
    {
        var (value, _, _) = Bound.Of("f: x/y.yml\nabs: /z\nl: [a, /b]", static s => (s.OptionalPath("f", "F."), s.OptionalPath("abs", "A."), s.Paths("l", 9, "L.")), "/etc/p/p.yml");
        Assert.Equal(("/etc/p/x/y.yml", "/z"), (value.Item1, value.Item2));
        Assert.Equal(["/etc/p/a", "/b"], value.Item3.Select(static path => path.Text));
    }

    [Fact]
    public void Rules_of_relabelling_are_read_whole()
    {
        var (rules, faults, _) = Bound.Of(
            "r:\n- source_labels: [a, b]\n  separator: ''\n  regex: (x)\n  target_label: t\n  replacement: ''\n  action: Replace\n- {action: hashmod, source_labels: [a], modulus: 8, target_label: m}\n- {regex: tmp_.*, action: labeldrop}\n",
            static s => RelabelBinding.Bind(s, "r", "R."));
        Assert.Empty(faults);
        Assert.Equal(new RelabelConfig { SourceLabels = ValueList.Create<string>(["a", "b"]), Separator = "", Regex = "(x)", TargetLabel = "t", Replacement = "" }, rules[0]);
        Assert.Equal((RelabelAction.HashMod, 8UL), (rules[1].Action, rules[1].Modulus));
        Assert.Equal(RelabelAction.LabelDrop, rules[2].Action);
        Assert.Equal(3, new HashSet<RelabelConfig>(rules).Count);
    }

    [Fact]
    public void Every_fault_of_a_rule_stands_at_its_key()
    {
        var (_, faults, _) = Bound.Of(
            "r:\n- {regex: '(', target_label: t}\n- {action: hashmod, source_labels: [a], target_label: m}\n- {action: keepp}\n- {acton: keep}\n- {modulus: x, target_label: t}\n",
            static s => RelabelBinding.Bind(s, "r", "R."));
        Assert.StartsWith("p.yml:2:11: r[0].regex: ", faults[0], StringComparison.Ordinal);
        Assert.StartsWith("p.yml:3:3: r[1].modulus: the action hashmod needs one above 0", faults[1], StringComparison.Ordinal);
        Assert.StartsWith("p.yml:4:12: r[2].action: \"keepp\" is not known; did you mean \"keep\"?", faults.Single(static f => f.Contains("r[2].action", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.StartsWith("p.yml:5:4: r[3].acton: is not known; did you mean \"action\"?", faults.Single(static f => f.Contains("acton", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains(faults, static f => f.StartsWith("p.yml:6:13: r[4].modulus: \"x\" is not a whole number", StringComparison.Ordinal));
    }
}
