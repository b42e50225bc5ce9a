using Toka.Core.Labels;
using Toka.Query.PromQL.Ast;

namespace Toka.Query.PromQL.Execution;

/// <summary>The labels that series of two vectors are matched by, computed once a series.</summary>
internal sealed class MatchSignatures(QueryContext context, VectorMatching matching)
{
    private readonly byte[][] _names = LabelOperations.Encode(matching.IsOn ? matching.Labels : [.. matching.Labels, LabelSet.MetricName]);
    private readonly Dictionary<LabelSet, int> _ids = [];
    private readonly List<LabelSet> _signatures = [];

    public int Count => _signatures.Count;

    public LabelSet this[int id] => _signatures[id];

    /// <summary>A dense id for each series' signature.</summary>
    public int[] Of(SeriesMeta[] series)
    {
        var ids = new int[series.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            var signature = matching.IsOn ? context.Labels.Keep(series[i].Labels, _names) : context.Labels.Without(series[i].Labels, _names);
            if (!_ids.TryGetValue(signature, out ids[i]))
            {
                ids[i] = _signatures.Count;
                _ids.Add(signature, ids[i]);
                _signatures.Add(signature);
            }
        }

        return ids;
    }

    /// <summary>The series of each signature.</summary>
    public static List<int>?[] Group(int[] ids, int count)
    {
        var groups = new List<int>?[count];
        for (var i = 0; i < ids.Length; i++)
        {
            (groups[ids[i]] ??= []).Add(i);
        }

        return groups;
    }

    public string Describe(int id) => LabelOperations.Describe(_signatures[id]);

}
