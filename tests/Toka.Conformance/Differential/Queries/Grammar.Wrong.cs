namespace Toka.Conformance.Differential.Queries;

/// <content>Queries that no version takes. What only 3.x takes (quoted names, numbers as durations, arithmetic in durations, fill) is not made.</content>
internal sealed partial class Grammar
{
    /// <summary>With <c>%</c> for an expression.</summary>
    private static readonly string[] s_wrong =
    [
        "rate(%)", "abs(%[5m])", "sum(1)", "sum(%", "sum % by (job)", "% ==", "1 == 2", "% and 1", "1 unless %", "{}", "{job=~\".*\"}", "{job!=\"api\"}", "up[5m] + 1", "-up[5m]",
        "topk(%)", "count_values(1, %)", "quantile(\"0.5\", %)", "quantile_over_time(0.5, %)", "nothing(%)", "up{job=~\"(\"}", "up{job=\"api\"", "up{job=api}", "up[0s]", "up[-5m]", "up[5m:0s]", "up[5x]",
        "(%) offset 5m", "up offset 5m offset 5m", "up @ start", "up @ \"x\"", "% + on (job) group_left group_left %", "% and on () group_left %", "1 + on (job) %", "bool %", "% == bool", "% + bool 1",
        "label_replace(%, \"a\", \"b\", \"c\", \"(\")", "label_replace(%, \"a\", \"b\", \"c\")", "label_join(%)", "label_join(%, 1, \"\")", "vector(%)", "scalar(1)", "time(1)", "round()", "clamp(%, 1)", "sum by (1) (%)",
        "sum by (job, ) by (job) (%)", "avg without job (%)", "% % %)", "(%", "'", "\"", "up{job='api\"}", "1e", "0x", "5m5h", "up[5m5h]", "#", "", "histogram_quantile(%)", "absent(up[5m])", "absent_over_time(%)", "up{__name__=\"up\"}",
    ];

    private WrongNode Wrong()
    {
        var text = _words.Pick<string>(s_wrong).Split('%');
        return new WrongNode([.. text], [.. text.Skip(1).Select(_ => (Node)_words.Selector(_words.Metric(), ""))]);
    }
}

/// <summary>A text with expressions in it; that it is a vector is only said.</summary>
internal sealed record WrongNode(IReadOnlyList<string> Texts, IReadOnlyList<Node> Parts) : Node
{
    public override Kind Kind => Kind.Vector;

    public override IReadOnlyList<Node> Children => Parts;

    public override Node With(IReadOnlyList<Node> children) => this with { Parts = children };

    protected override void Write(System.Text.StringBuilder text, Dialect dialect)
    {
        for (var i = 0; i < Texts.Count; i++)
        {
            text.Append(Texts[i]);
            if (i < Parts.Count)
            {
                Parts[i].Append(text, dialect);
            }
        }
    }
}
