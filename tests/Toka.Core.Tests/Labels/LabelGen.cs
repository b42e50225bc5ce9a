using System.Text;
using CsCheck;
using Toka.Core.Labels;

namespace Toka.Core.Tests.Labels;

/// <summary>Labels as the properties draw them: few names, so that they meet; texts with every awkward character.</summary>
internal static class LabelGen
{
    public static readonly Gen<string> Name = OneOf("a", "b", "ab", "__name__", "job", "Z", "é", "名前", "\u0000", "a.b");

    public static readonly Gen<string> Value = Gen.OneOf(
        OneOf("", "x", "\"", "\\", "\n", "ü", "😀", new string('v', 300)),
        Gen.String[Gen.Char['a', 'z'], 0, 8]);

    public static readonly Gen<(string Name, string Value)[]> Pairs = Gen.Select(Name, Value).Array[0, 12];

    public static readonly Gen<LabelSet> Set = Pairs.Select(static pairs => LabelSet.Of(pairs));

    private static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(index => texts[index]);

    /// <summary>The model: what the pairs mean, sorted by the bytes of the names.</summary>
    public static SortedDictionary<string, string> Model(IEnumerable<(string Name, string Value)> pairs)
    {
        var model = new SortedDictionary<string, string>(Comparer<string>.Create(static (x, y) => Encoding.UTF8.GetBytes(x).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(y))));
        foreach (var (name, value) in pairs)
        {
            if (value.Length == 0)
            {
                model.Remove(name);
            }
            else
            {
                model[name] = value;
            }
        }

        return model;
    }
}
