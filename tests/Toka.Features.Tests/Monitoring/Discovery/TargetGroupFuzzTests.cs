using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Monitoring.Discovery;
using Toka.Tests.Fuzzing;

namespace Toka.Features.Tests.Monitoring.Discovery;

/// <summary>What a file or a server says of targets is read whole or refused by name.</summary>
[Collection(FuzzCollection.Name)]
public sealed class TargetGroupFuzzTests
{
    private static readonly IReadOnlyList<byte[]> s_corpus = FuzzMutator.Texts(
        """[{"targets":["a:1","[::1]:9100"],"labels":{"env":"prod","__meta_é":"\u00e9"}},{"targets":[],"labels":null}]""",
        "- targets: ['a:1', b:2]\n  labels:\n    env: prod\n    n: 5\n- targets: &t [c:3]\n- targets: *t\n  labels: {}\n");

    private static readonly IReadOnlyList<byte[]> s_pieces = FuzzMutator.Texts(
        "{", "}", "[", "]", "\"", ",", ":", "\n- ", "\n  ", "\"targets\":[", "\"labels\":{", "\"a:1\",", "\\ud800", "\\u0000", "null", "1e5", "true", "\u00ff", "é", "__address__", "&a ", "*a", "<<: ", "{\"targets\":[\"x\"]},", "/", "\t");

    [Fact]
    public void A_list_of_targets_is_read_or_refused() =>
        new FuzzRun(FuzzTarget.TargetGroups) { Corpus = s_corpus, Pieces = s_pieces, AllocatedMax = 4 << 20, AllocatedPerByteMax = 8192 }.Run(static (bytes, _) =>
            Read(static b => TargetGroupReader.ReadJson(b, "fuzz", ("__meta_url", "u")), bytes)
            | Read(static b => TargetGroupReader.ReadYaml(b, "fuzz", ("__meta_filepath", "f")), bytes));

    private static bool Read(Func<byte[], IReadOnlyList<TargetGroup>> read, byte[] bytes)
    {
        try
        {
            var groups = read(bytes);
            Assert.True(groups.Select(static group => group.Source).Distinct().Count() == groups.Count, "two groups have one source");
            foreach (var group in groups)
            {
                Assert.True(LabelSet.IsCanonical(group.Labels.Encoded));
                Assert.All(group.Targets, static target => Assert.True(LabelSet.IsCanonical(target.Encoded) && target[TargetGroup.AddressLabel] is { Length: > 0 }));
            }

            return true;
        }
        catch (BadInputException e)
        {
            // A fault names the place by its keys, which are as long as they are written.
            Assert.InRange(e.Message.Length, 1, 1000 + (2 * bytes.Length));
            return false;
        }
    }
}
