using System.Text;

namespace Toka.Conformance.Differential.Queries;

/// <summary>The types of expressions.</summary>
internal enum Kind
{
    Scalar,
    Vector,
    Range,

    /// <summary>A text in quotes: an argument of a few functions.</summary>
    Text,
}

/// <summary>A part of a query. Immutable.</summary>
internal abstract record Node
{
    public abstract Kind Kind { get; }

    public virtual IReadOnlyList<Node> Children => [];

    /// <summary>Whether its value comes of arithmetic that the engines round differently: not of single operations, which IEEE 754 defines.</summary>
    public virtual bool Rounds => false;

    /// <summary>Whether whole numbers give a whole number, and exactly.</summary>
    protected virtual bool KeepsWhole => false;

    /// <summary>The same with other children.</summary>
    public virtual Node With(IReadOnlyList<Node> children) => this;

    /// <summary>Variants of the same kind with one thing less.</summary>
    public virtual IEnumerable<Node> Simpler() => [];

    public string Text(Dialect dialect)
    {
        var text = new StringBuilder();
        Append(text, dialect);
        return text.ToString();
    }

    /// <summary>This and everything below.</summary>
    public IEnumerable<Node> All() => Children.SelectMany(static child => child.All()).Prepend(this);

    /// <summary>How many things this is made of.</summary>
    public virtual int Size => 1 + Children.Sum(static child => child.Size);

    public void Append(StringBuilder text, Dialect dialect)
    {
        if (dialect.Nudge > 0 && Rounds && Kind == Kind.Vector)
        {
            text.Append(KeepsWhole ? OldRules.NudgeFraction : OldRules.Nudge).Append('(');
            Write(text, dialect);
            text.Append(')');
        }
        else
        {
            Write(text, dialect);
        }
    }

    /// <summary>Whether it drops the name of what may be several metrics, so that series come to have the same labels.</summary>
    public virtual bool MayJoin => false;

    /// <summary>Whether series of several names may come of it.</summary>
    public bool HasNames => All().Any(static node => node is SelectorNode { Name.Length: 0 } or BinaryNode { Operator: "or" });

    /// <summary>The same with the start and the end of a query as numbers.</summary>
    public virtual Node Pinned(Question question) => Children.Count == 0 ? this : With([.. Children.Select(child => child.Pinned(question))]);

    protected abstract void Write(StringBuilder text, Dialect dialect);

    protected static string Quote(string value) =>
        $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\"";

    protected static void AppendList(StringBuilder text, IEnumerable<Node> nodes, Dialect dialect)
    {
        var separator = "";
        foreach (var node in nodes)
        {
            node.Append(text.Append(separator), dialect);
            separator = ", ";
        }
    }
}

/// <summary>A number.</summary>
internal sealed record NumberNode(string Number) : Node
{
    public override Kind Kind => Kind.Scalar;

    public override IEnumerable<Node> Simpler() => Number is "1" ? [] : [new NumberNode("1")];

    protected override void Write(StringBuilder text, Dialect dialect) => text.Append(Number);
}

/// <summary>A text.</summary>
internal sealed record TextNode(string Value, bool IsPattern = false) : Node
{
    public override Kind Kind => Kind.Text;

    protected override void Write(StringBuilder text, Dialect dialect) =>
        text.Append(Quote(IsPattern && dialect.IsOld(Rule.Dot) ? $"(?-s:{Value})" : Value));
}

/// <summary>A condition of a selector.</summary>
internal readonly record struct Condition(string Label, string Operator, string Value);

/// <summary>Where in time something is read.</summary>
/// <param name="Offset">The duration of an offset; empty for none.</param>
/// <param name="At">What stands behind the at sign; empty for none.</param>
internal readonly record struct Shift(string Offset, string At)
{
    public static readonly Shift None = new("", "");

    public void Write(StringBuilder text)
    {
        text.Append(At.Length > 0 ? $" @ {At}" : "").Append(Offset.Length > 0 ? $" offset {Offset}" : "");
    }

    /// <summary>The same with the start and the end of a query as numbers.</summary>
    public Shift Pinned(Question question) => this with
    {
        At = At switch
        {
            "start()" => Seconds(question.StartMs),
            "end()" => Seconds(question.IsRange ? question.EndMs : question.StartMs),
            _ => At,
        },
    };

    /// <summary>The same moment as one @.</summary>
    public Shift AsOnePin()
    {
        var isBack = Offset[0] != '-';
        var offset = TimeSpan.Zero;
        var number = 0;
        foreach (var c in Offset.TrimStart('-'))
        {
            (number, offset) = c switch
            {
                'h' => (0, offset + TimeSpan.FromHours(number)),
                'm' => (0, offset + TimeSpan.FromMinutes(number)),
                's' => (0, offset + TimeSpan.FromSeconds(number)),
                _ => ((number * 10) + c - '0', offset),
            };
        }

        var at = long.Parse(At, System.Globalization.CultureInfo.InvariantCulture) * 1000;
        return new Shift("", Seconds(at - ((long)offset.TotalMilliseconds * (isBack ? 1 : -1))));
    }

    private static string Seconds(long milliseconds) => (milliseconds / 1000).ToString(System.Globalization.CultureInfo.InvariantCulture);

    public IEnumerable<Shift> Simpler()
    {
        if (Offset.Length > 0)
        {
            yield return this with { Offset = "" };
        }

        if (At.Length > 0)
        {
            yield return this with { At = "" };
        }
    }
}

/// <summary>A selector; with a range one of a range vector.</summary>
internal sealed record SelectorNode(string Name, IReadOnlyList<Condition> Conditions, string Range, Shift Shift) : Node
{
    public override Kind Kind => Range.Length > 0 ? Kind.Range : Kind.Vector;

    public override Node Pinned(Question question) => this with { Shift = Shift.Pinned(question) };

    /// <summary>The same with one @ instead of an @ and an offset; <see cref="Pinned"/> comes before.</summary>
    public SelectorNode WithOnePin() => this with { Shift = Shift.AsOnePin() };

    public override int Size => 1 + Conditions.Count + (Shift.Offset.Length > 0 ? 1 : 0) + (Shift.At.Length > 0 ? 1 : 0);

    public override IEnumerable<Node> Simpler() =>
        [.. Conditions.Select((_, i) => this with { Conditions = [.. Conditions.Where((_, j) => j != i)] }).Where(static node => node.Name.Length > 0 || node.Conditions.Count > 0),
            .. Shift.Simpler().Select(shift => this with { Shift = shift })];

    protected override void Write(StringBuilder text, Dialect dialect)
    {
        text.Append(Name);
        if (Conditions.Count > 0)
        {
            text.Append('{').AppendJoin(", ", Conditions.Select(condition => condition.Label + condition.Operator + ValueOf(condition, dialect))).Append('}');
        }

        text.Append(Range.Length > 0 ? $"[{Range}]" : "");
        Shift.Write(text);
    }

    private static string ValueOf(Condition condition, Dialect dialect) =>
        Quote(condition.Operator.Contains('~', StringComparison.Ordinal) && dialect.IsOld(Rule.Dot) ? $"(?-s:{condition.Value})" : condition.Value);
}

/// <summary>A subquery.</summary>
internal sealed record SubqueryNode(Node Inner, string Range, string Step, Shift Shift) : Node
{
    public override Kind Kind => Kind.Range;

    public override IReadOnlyList<Node> Children => [Inner];

    public override int Size => 1 + Inner.Size + (Shift.Offset.Length > 0 ? 1 : 0) + (Shift.At.Length > 0 ? 1 : 0);

    public override Node With(IReadOnlyList<Node> children) => this with { Inner = children[0] };

    public override Node Pinned(Question question) => this with { Inner = Inner.Pinned(question), Shift = Shift.Pinned(question) };

    public override IEnumerable<Node> Simpler() => Shift.Simpler().Select(shift => this with { Shift = shift });

    protected override void Write(StringBuilder text, Dialect dialect)
    {
        Inner.Append(text.Append('('), dialect);
        text.Append(System.Globalization.CultureInfo.InvariantCulture, $")[{Range}:{Step}]");
        Shift.Write(text);
    }
}
