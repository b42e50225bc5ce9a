using System.Text;
using Toka.Configuration.Faults;
using Toka.Configuration.Tree;
using Toka.Tests.Fuzzing;

namespace Toka.Engines.Tests.Configuration;

/// <summary>YAML becomes a bounded tree or named faults, by both rules.</summary>
[Collection(FuzzCollection.Name)]
public sealed class YamlFuzzTests
{
    private static readonly IReadOnlyList<byte[]> s_corpus = FuzzMutator.Texts(
        "a: 1\nb:\n  - c: 'd'\n    e: \"f\\n\"\n  - [1, {g: h}]\n# c\ni: |\n  text\n  more\nj: >-\n  folded\n  text\n",
        "defaults: &d\n  a: 1\n  b: [x, y]\nfirst:\n  <<: *d\n  c: 2\nsecond:\n  <<: [*d, {e: f}]\n",
        "? key\n: value\n'quoted key': !!str 5\nempty:\nnil: ~\n\"k\\u00e9\": é\n", "- - - deep\n- &a [1, 2]\n- *a\n");

    private static readonly IReadOnlyList<byte[]> s_pieces = FuzzMutator.Texts(
        "\n", "\n  ", "\n    ", "- ", ": ", "? ", "[", "]", "{", "}", ",", "&a ", "*a", "<<: ", "!!str ", "!x ", "|\n", ">-\n", "'", "\"", "\\", "#", "\t", "---\n", "...\n", "%YAML 1.1\n", "\u0000", "\ufeff", "\u2028", "é", "\r", "a: &b [*b]\n", "- &c [*a, *a, *a]\n", "@", "`");

    [Fact]
    public void A_text_is_a_bounded_tree_or_has_faults() =>
        new FuzzRun(FuzzTarget.Yaml) { Corpus = s_corpus, Pieces = s_pieces, AllocatedMax = 4 << 20, AllocatedPerByteMax = 8192 }.Run(static (bytes, _) =>
        {
            var text = Encoding.UTF8.GetString(bytes);
            return Read(text, YamlRules.Toka) | Read(text, YamlRules.Prometheus);
        });

    private static bool Read(string text, YamlRules rules)
    {
        var faults = new ConfigFaults();
        var root = YamlReader.Read(text, "fuzz.yml", faults, rules);
        Assert.InRange(faults.All.Count, 0, ConfigFaults.FaultsMax + 1);
        Assert.All(faults.All, static fault => Assert.True(fault.Message.Length > 0 && fault.Location.Line >= 0, fault.ToString()));
        Assert.True(root is null || root.Height <= YamlReader.DepthMax + 1);
        Assert.True(root is null || root.Weight <= rules.NodesMax + 1);
        return faults.IsEmpty;
    }
}
