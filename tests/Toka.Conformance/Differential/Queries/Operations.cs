using System.Text;

namespace Toka.Conformance.Differential.Queries;

/// <summary>A call of a function, by its name in 3.x.</summary>
internal sealed record CallNode(string Name, Kind Returns, IReadOnlyList<Node> Arguments) : Node
{
    /// <summary>Functions whose values are samples, counts or times as they are.</summary>
    private static readonly HashSet<string> s_exact =
    [
        "abs", "ceil", "floor", "sgn", "round", "clamp", "clamp_min", "clamp_max", "changes", "resets", "count_over_time", "last_over_time", "present_over_time",
        "absent_over_time", "min_over_time", "max_over_time", "minute", "hour", "day_of_week", "day_of_month", "day_of_year", "days_in_month", "month", "year",
        "label_replace", "label_join", "sort", "sort_desc", "vector", "timestamp", "absent", "sqrt", "deg", "rad", "idelta", "time", "pi",
    ];

    public override Kind Kind => Returns;

    /// <summary>Whether this is a part of the date of a vector.</summary>
    public bool IsDate => Arguments.Count == 1 && OldRules.Dates.ContainsKey(Name);

    public override IReadOnlyList<Node> Children => Arguments;

    public override bool Rounds => !s_exact.Contains(Name);

    public override bool MayJoin => Arguments.Any(static argument => argument.Kind == Kind.Range && argument.HasNames);

    /// <summary>Whether it predicts from a time that is fixed.</summary>
    public bool IsPinnedPrediction => Name == "predict_linear" && Arguments[0] is SelectorNode { Shift.At.Length: > 0 } or SubqueryNode { Shift.At.Length: > 0 };

    /// <summary>Whether it asks for the times of samples before a time that is fixed.</summary>
    public bool IsPinnedTimestamp => Name == "timestamp" && Arguments[0] is SelectorNode { Shift: { At.Length: > 0, Offset.Length: > 0 } };

    protected override bool KeepsWhole => Name == "sum_over_time";

    public override Node With(IReadOnlyList<Node> children) => this with { Arguments = children };

    public override IEnumerable<Node> Simpler() => Name == "label_join" && Arguments.Count > 4 ? [this with { Arguments = [.. Arguments.SkipLast(1)] }] : [];

    protected override void Write(StringBuilder text, Dialect dialect)
    {
        var name = Name switch
        {
            "double_exponential_smoothing" when dialect.IsPrometheus => "holt_winters",
            "rate" or "increase" when dialect.IsOld(Rule.Stretch) => OldRules.Prefix + Name,
            "avg_over_time" when dialect.IsOld(Rule.Mean) => OldRules.Prefix + Name,
            _ when IsDate && dialect.IsOld(Rule.NoDate) => OldRules.Prefix + Name,
            _ => Name,
        };
        IEnumerable<Node> arguments = IsPinnedTimestamp && dialect.IsNew(Rule.PinnedTimestamp) ? [((SelectorNode)Arguments[0]).WithOnePin()] : Arguments;
        AppendList(text.Append(name).Append('('), arguments, dialect);
        text.Append(')');
    }
}

/// <summary>An aggregation.</summary>
internal sealed record AggregateNode(string Operator, Node? Parameter, string Grouping, IReadOnlyList<string> Labels, bool IsBehind, Node Inner) : Node
{
    public override Kind Kind => Kind.Vector;

    public override IReadOnlyList<Node> Children => Parameter is null ? [Inner] : [Parameter, Inner];

    public override int Size => 1 + Children.Sum(static child => child.Size) + (Grouping.Length > 0 ? 1 + Labels.Count : 0);

    public override bool Rounds => IsSum || Operator == "quantile";

    protected override bool KeepsWhole => Operator == "sum";

    /// <summary>Whether it adds up: what is lost then is small beside what is added, not beside the sum.</summary>
    private bool IsSum => Operator is "sum" or "avg" or "stddev" or "stdvar";

    public override Node With(IReadOnlyList<Node> children) =>
        Parameter is null ? this with { Inner = children[0] } : this with { Parameter = children[0], Inner = children[1] };

    public override IEnumerable<Node> Simpler() =>
        Grouping.Length == 0 ? [] : [this with { Grouping = "", Labels = [] }, .. Labels.Select(label => this with { Labels = [.. Labels.Where(other => other != label)] })];

    /// <summary>Whether it measures how far values lie apart.</summary>
    public bool IsVariance => Operator is "stddev" or "stdvar";

    /// <summary>Whether it counts values by other labels too.</summary>
    public bool IsCountByLabel => Operator == "count_values" && Grouping == "by" && Labels.Count > 0;

    /// <summary>Whether values that are equal leave its result open.</summary>
    public bool HasTies => Operator is "topk" or "bottomk";

    protected override void Write(StringBuilder text, Dialect dialect)
    {
        if (HasTies && dialect.Has(Rule.Ties))
        {
            WriteAll(text, dialect);
        }
        else if (IsVariance && dialect.IsNew(Rule.Variance))
        {
            WriteOne(text.Append('('), dialect);
            (this with { Operator = "sum" }).WriteOne(text.Append(" + 0 * "), dialect);
            text.Append(')');
        }
        else if (Operator is "sum" or "avg" && dialect.IsNew(Rule.MinusZero))
        {
            WriteOne(text.Append('('), dialect);
            text.Append(" + 0)");
        }
        else if (IsCountByLabel && dialect.IsNew(Rule.CountedLabels))
        {
            WriteCounted(text, dialect);
        }
        else
        {
            WriteOne(text, dialect);
        }
    }

    /// <summary>All that is not beyond the last one taken.</summary>
    private void WriteAll(StringBuilder text, Dialect dialect)
    {
        var labels = string.Join(", ", Labels);
        Inner.Append(text.Append("(("), dialect);
        text.Append(System.Globalization.CultureInfo.InvariantCulture, $") {(Operator == "topk" ? ">=" : "<=")} {(Grouping == "without" ? "ignoring" : "on")} ({labels}) group_left () ");
        text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{(Operator == "topk" ? "min" : "max")} {(Grouping.Length == 0 ? "by" : Grouping)} ({labels}) (");
        WriteOne(text, dialect);
        text.Append("))");
    }

    /// <summary>Counted under a name behind all others, which then becomes the wanted one.</summary>
    private void WriteCounted(StringBuilder text, Dialect dialect)
    {
        const string Last = "zz_value";
        var label = ((TextNode)Parameter!).Value;
        var counted = this with { Parameter = new TextNode(Last), Labels = [.. Labels.Where(other => other != label)] };
        counted.WriteOne(text.Append("label_replace(label_replace("), dialect);
        text.Append(System.Globalization.CultureInfo.InvariantCulture, $", \"{label}\", \"$1\", \"{Last}\", \"(.*)\"), \"{Last}\", \"\", \"\", \"\")");
    }

    private void WriteOne(StringBuilder text, Dialect dialect)
    {
        var grouping = Grouping.Length == 0 ? "" : $" {Grouping} ({string.Join(", ", Labels)})";
        text.Append(Operator).Append(IsBehind ? "" : grouping).Append('(');
        if (dialect.Nudge > 0 && IsSum)
        {
            AppendList(text.Append(OldRules.NudgeFraction).Append('('), Children, dialect);
            text.Append(')');
        }
        else
        {
            AppendList(text, Children, dialect);
        }

        text.Append(')').Append(IsBehind ? grouping : "");
    }
}

/// <summary>A binary operation; its sides stand in parentheses where they are more than one thing.</summary>
internal sealed record BinaryNode(string Operator, bool IsBool, string Matching, IReadOnlyList<string> Labels, string Group, Node Left, Node Right) : Node
{
    public override Kind Kind => Left.Kind == Kind.Vector || Right.Kind == Kind.Vector ? Kind.Vector : Kind.Scalar;

    public override IReadOnlyList<Node> Children => [Left, Right];

    public override int Size => 1 + Left.Size + Right.Size + (Matching.Length > 0 ? 1 + Labels.Count : 0) + (Group.Length > 0 ? 1 : 0) + (IsBool ? 1 : 0);

    public override bool Rounds => Operator is "^" or "atan2";

    public override Node With(IReadOnlyList<Node> children) => this with { Left = children[0], Right = children[1] };

    public override IEnumerable<Node> Simpler()
    {
        if (IsBool && Kind == Kind.Vector)
        {
            yield return this with { IsBool = false };
        }

        if (Group.Length > 0)
        {
            yield return this with { Group = "" };
        }
        else if (Matching.Length > 0)
        {
            yield return this with { Matching = "", Labels = [] };
        }

        for (var i = 0; i < Labels.Count; i++)
        {
            yield return this with { Labels = [.. Labels.Where((_, j) => j != i)] };
        }
    }

    /// <summary>Whether it leaves out pairs of series.</summary>
    public bool IsFilter => !IsBool && Operator is "==" or "!=" or "<" or "<=" or ">" or ">=" && Left.Kind == Kind.Vector && Right.Kind == Kind.Vector;

    /// <summary>Whether it is the operator that keeps the metric's name in 2.42.</summary>
    public bool IsAtan2 => Operator == "atan2" && Kind == Kind.Vector;

    protected override void Write(StringBuilder text, Dialect dialect)
    {
        if (IsAtan2 && dialect.IsNew(Rule.Atan2))
        {
            Write(text.Append("label_replace("), dialect, IsBool);
            text.Append(OldRules.WithoutName);
        }
        else if (IsFilter && dialect.IsNew(Rule.SecondMatch))
        {
            // With bool no pair is left out; of its result, which is 0 or 1, nothing is taken.
            Write(text.Append("(("), dialect, false);
            Write(text.Append(") or (("), dialect, true);
            text.Append(") > 2))");
        }
        else
        {
            Write(text, dialect, IsBool);
        }
    }

    private void Write(StringBuilder text, Dialect dialect, bool isBool)
    {
        Side(text, Left, dialect);
        text.Append(' ').Append(Operator).Append(isBool ? " bool" : "");
        text.Append(Matching.Length > 0 ? $" {Matching} ({string.Join(", ", Labels)})" : "").Append(Group.Length > 0 ? " " + Group : "");

        // What a rule puts in parentheses is not to be taken for labels.
        text.Append(Group.Length > 0 && Group[^1] != ')' && dialect.Rules != Rule.None ? " ()" : "").Append(' ');
        Side(text, Right, dialect);
    }

    private static void Side(StringBuilder text, Node side, Dialect dialect)
    {
        if (side is BinaryNode or ChainNode or SignNode)
        {
            side.Append(text.Append('('), dialect);
            text.Append(')');
        }
        else
        {
            side.Append(text, dialect);
        }
    }
}

/// <summary>Operands and arithmetic operators in a row without parentheses: how tightly each binds is left to the parsers.</summary>
internal sealed record ChainNode(IReadOnlyList<Node> Operands, IReadOnlyList<string> Operators) : Node
{
    public override Kind Kind => Operands.Any(static operand => operand.Kind == Kind.Vector) ? Kind.Vector : Kind.Scalar;

    public override IReadOnlyList<Node> Children => Operands;

    public override bool Rounds => Operators.Contains("^") || Operators.Contains("atan2");

    public override Node With(IReadOnlyList<Node> children) => this with { Operands = children };

    /// <summary>Whether the operator that keeps the metric's name in 2.42 is in it.</summary>
    public bool HasAtan2 => Kind == Kind.Vector && Operators.Contains("atan2");

    public override IEnumerable<Node> Simpler() => Operands.Count < 3 ? [] :
        [new ChainNode([.. Operands.Skip(1)], [.. Operators.Skip(1)]), new ChainNode([.. Operands.SkipLast(1)], [.. Operators.SkipLast(1)])];

    protected override void Write(StringBuilder text, Dialect dialect)
    {
        text.Append(HasAtan2 && dialect.IsNew(Rule.Atan2) ? "label_replace(" : "");
        for (var i = 0; i < Operands.Count; i++)
        {
            text.Append(i > 0 ? $" {Operators[i - 1]} " : "");
            if (Operands[i] is BinaryNode or ChainNode)
            {
                Operands[i].Append(text.Append('('), dialect);
                text.Append(')');
            }
            else
            {
                Operands[i].Append(text, dialect);
            }
        }

        text.Append(HasAtan2 && dialect.IsNew(Rule.Atan2) ? OldRules.WithoutName : "");
    }
}

/// <summary>A sign before something.</summary>
internal sealed record SignNode(string Sign, Node Inner) : Node
{
    public override Kind Kind => Inner.Kind;

    public override bool MayJoin => Sign == "-" && Inner.HasNames;

    public override IReadOnlyList<Node> Children => [Inner];

    public override Node With(IReadOnlyList<Node> children) => this with { Inner = children[0] };

    protected override void Write(StringBuilder text, Dialect dialect)
    {
        if (Inner is BinaryNode or ChainNode or SignNode)
        {
            Inner.Append(text.Append(Sign).Append('('), dialect);
            text.Append(')');
        }
        else
        {
            Inner.Append(text.Append(Sign), dialect);
        }
    }
}
