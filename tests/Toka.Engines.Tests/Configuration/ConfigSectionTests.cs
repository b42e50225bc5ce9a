using CsCheck;
using Toka.Configuration.Binding;
using Toka.Configuration.Faults;
using Toka.Configuration.Tree;

namespace Toka.Engines.Tests.Configuration;

public sealed class ConfigSectionTests
{
    private static readonly Dictionary<string, string> NoEnvironment = [];

    private static (T Value, string[] Faults) Bind<T>(string yaml, Func<ConfigSection, T> bind, IReadOnlyDictionary<string, string>? environment = null)
    {
        var faults = new ConfigFaults();
        var tree = YamlReader.Read(yaml, "f.yaml", faults);
        var root = ConfigSection.Root(EnvironmentOverlay.Apply(tree, environment ?? NoEnvironment, faults), "f.yaml", faults);
        var value = bind(root);
        root.Complete();
        return (value, [.. faults.All.Select(f => f.ToString())]);
    }

    [Theory]
    [InlineData("a: tru", "f.yaml:1:4: a: \"tru\" is not a switch; write true or false")]
    [InlineData("a: yes", "f.yaml:1:4: a: \"yes\" is not a switch; write true or false")]
    [InlineData("a: \"true\"", "f.yaml:1:4: a: the text \"true\" stands where a switch: true or false is wanted; remove the quotes")]
    [InlineData("a: [true]", "f.yaml:1:4: a: must be a switch: true or false; it is a list")]
    [InlineData("a:", "f.yaml:1:3: a: has no value; write a switch: true or false, or remove the key")]
    [InlineData("a: true\nb: 1", "f.yaml:2:1: b: is not known; known here: a")]
    [InlineData("a: true\na: false", "f.yaml:2:1: a: given twice; the first is in line 1; remove one")]
    [InlineData("a: &x true", "f.yaml:1:4: a: the anchor \"&x\" is not taken here; write values out where they are used")]
    [InlineData("a: *x", "f.yaml:1:4: a: the alias \"*x\" is not taken here; write the value out")]
    [InlineData("<<: {a: true}", "f.yaml:1:1: the merge key \"<<\" is not taken here; write the keys out")]
    [InlineData("a: !!bool true", "f.yaml:1:4: a: the tag \"tag:yaml.org,2002:bool\" is not taken here; remove it")]
    [InlineData("a: true\n---\na: false", "f.yaml:2:1: a second document begins here; a configuration is one document, so remove the line \"---\"")]
    [InlineData("- 1", "f.yaml:1:1: the configuration is a list; it must be keys with values, such as \"environment: development\"")]
    public void A_fault_says_where_what_and_what_to_do(string yaml, string fault)
    {
        var (_, faults) = Bind(yaml, s => s.Boolean("a", true, "A switch."));
        Assert.Equal([fault], faults);
    }

    [Theory]
    [InlineData("a:\n\tb: 1")]
    [InlineData("a:\n  b: 1\n\tc: 2")]
    public void Indentation_by_tabs_is_named(string yaml)
    {
        var faults = new ConfigFaults();
        Assert.Null(YamlReader.Read(yaml, "f.yaml", faults));
        Assert.Contains("is indented with a tab; YAML is indented with spaces", Assert.Single(faults.All).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nesting_beyond_the_limit_is_refused()
    {
        var faults = new ConfigFaults();
        YamlReader.Read("a: " + new string('[', 100) + new string(']', 100), "f.yaml", faults);
        Assert.Contains("nested deeper than 32 levels", Assert.Single(faults.All).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_faults_of_all_sections_come_at_once_in_the_order_of_the_file()
    {
        var (_, faults) = Bind(
            "s:\n  n: 200\n  d: 5\n  z: 1\nl:\n  - {t: x}\n  - 7\n  - {q: 1}\n",
            root =>
            {
                var s = root.Section("s", "S.");
                s.Integer("n", 1, 1, 100, "N.");
                s.Duration("d", TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromDays(1), "D.");
                return root.List("l", 10, "L.", i => i.RequiredText("t", "T."));
            });
        Assert.Equal(
            [
                "f.yaml:2:6: s.n: 200 is out of range; write a whole number from 1 to 100",
                "f.yaml:3:6: s.d: \"5\" is not a duration; write whole numbers with units from large to small (d, h, m, s, ms), such as 90s or 1h30m",
                "f.yaml:4:3: s.z: is not known; known here: n, d",
                "f.yaml:7:5: l[1]: must be keys with values; it is the value \"7\"",
                "f.yaml:8:5: l[2].t: is missing; it must be given",
                "f.yaml:8:6: l[2].q: is not known; known here: t",
            ],
            faults);
    }

    [Fact]
    public void A_key_that_belongs_elsewhere_is_sent_there()
    {
        var (_, faults) = Bind("cpu_limit: 1", root => root.Section("limits", "L.").Integer("cpu_limit", 1, 0, 9, "C."));
        Assert.Equal(["f.yaml:1:1: cpu_limit: is not known here; did you mean \"limits.cpu_limit\"?"], faults);
    }

    [Fact]
    public void The_environment_wins_over_the_file_and_its_faults_name_the_variable()
    {
        var environment = new Dictionary<string, string>
        {
            ["TOKA__S__N"] = "7",
            ["TOKA__S__BAD"] = "1",
            ["TOKA__L__0__T"] = "changed",
            ["TOKA__L__1__T"] = "added",
            ["TOKA__L__5__T"] = "gap",
            ["TOKA_CONFIG"] = "passed over",
            ["HOME"] = "passed over",
        };
        var ((n, list), faults) = Bind(
            "s: {n: 1}\nl: [{t: x}]\n",
            root => (root.Section("s", "S.").Integer("n", 1, 1, 9, "N."), root.List("l", 10, "L.", i => i.RequiredText("t", "T."))),
            environment);
        Assert.Equal(7, n);
        Assert.Equal(["changed", "added"], list);
        Assert.Equal(
            [
                "environment variable TOKA__L__5__T: l: item 5 is named, but the list has 2; number the items from 0 without a gap",
                "environment variable TOKA__S__BAD: s.bad: is not known; known here: n",
            ],
            faults);
    }

    [Theory]
    [InlineData("5m", 300_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("1d", 86_400_000)]
    [InlineData("250ms", 250)]
    [InlineData("1m5ms", 60_005)]
    [InlineData("0", 0)]
    public void Durations_are_read_as_Prometheus_writes_them(string text, long milliseconds)
    {
        Assert.True(ConfigUnits.TryParseDuration(text, out var read));
        Assert.Equal(milliseconds, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("m")]
    [InlineData("-5m")]
    [InlineData("1.5h")]
    [InlineData("5m1h")]
    [InlineData("1m1m")]
    [InlineData("5 m")]
    [InlineData("99999999999999999999d")]
    [InlineData("9999999999999y")]
    public void What_is_no_duration_is_refused(string text) => Assert.False(ConfigUnits.TryParseDuration(text, out _));

    [Fact]
    public void A_duration_written_is_read_back() => Gen.Long[0, 1L << 50].Sample(ms =>
        ConfigUnits.TryParseDuration(ConfigUnits.FormatDuration(ms), out var read) && read == ms);

    [Fact]
    public void A_size_written_is_read_back() => Gen.Long[0, 1L << 50].Sample(bytes =>
        ConfigUnits.TryParseSize(ConfigUnits.FormatSize(bytes), out var read) && read == bytes);

    [Theory]
    [InlineData("512MB", 512_000_000)]
    [InlineData("512MiB", 536_870_912)]
    [InlineData("1.5 GiB", 1_610_612_736)]
    [InlineData("10B", 10)]
    public void Sizes_have_units_of_1000_and_of_1024(string text, long bytes)
    {
        Assert.True(ConfigUnits.TryParseSize(text, out var read));
        Assert.Equal(bytes, read);
    }

    [Fact]
    public void No_text_makes_the_reader_throw() => Gen.String[Gen.Char["ab:-[]{}&*!|>'\"#%@`,? \n\t~0"], 0, 60].Sample(text =>
    {
        Bind(text, s => s.Section("a", "A.").Boolean("b", true, "B."));
    });
}
