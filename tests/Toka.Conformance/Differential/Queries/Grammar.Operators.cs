namespace Toka.Conformance.Differential.Queries;

/// <content>Aggregations and binary operators.</content>
internal sealed partial class Grammar
{
    private static readonly string[] s_aggregations = ["sum", "sum", "sum", "avg", "avg", "min", "max", "count", "group", "stddev", "stdvar"];

    private string Arithmetic() => _words.Pick("+", "-", "*", "/", "%", "^", "atan2");

    private string Comparison() => _words.Pick("==", "!=", "<", "<=", ">", ">=");

    private AggregateNode Aggregation(int depth)
    {
        var metric = _words.Metric();
        var grouping = _words.Pick("", "by", "by", "without");
        var labels = grouping.Length > 0 ? _words.Labels(metric, 3) : [];
        Node inner = _words.Dice.Next(3) switch
        {
            0 => _words.Selector(metric, ""),
            1 => Call(_words.Pick<string>(s_ranges), _words.Selector(metric, _words.Duration())),
            _ => Vector(depth),
        };

        // Where only the parameter changes with the steps, Prometheus takes the whole for the same at all; and it does not
        // look for an @ in parameters.
        var changes = inner.All().OfType<SelectorNode>().Any() && !IsPinned(inner);
        var (name, parameter) = _words.Dice.Next(10) switch
        {
            0 or 1 => (_words.Pick("topk", "bottomk"), _words.Chance(90) || !changes || Scalar(depth - 1) is not { } scalar || IsPinned(scalar) ? new NumberNode(_words.Pick("1", "2", "3", "5", "0")) : scalar),
            2 => ("quantile", Quantile()),
            3 => ("count_values", Text(_words.Pick("value", "value", "job"))),
            _ => (_words.Pick<string>(s_aggregations), (Node?)null),
        };

        // Computed values differ in their last digits, and so would the labels made of them.
        inner = name == "count_values" && inner.All().Any(static node => node.Rounds) ? _words.Selector(metric, "") : inner;
        return new AggregateNode(name, parameter, grouping, labels, _words.Chance(40), inner);
    }

    private static bool IsPinned(Node node) =>
        node.All().Any(static part => part is SelectorNode { Shift.At.Length: > 0 } or SubqueryNode { Shift.At.Length: > 0 });

    /// <summary>A vector and a number.</summary>
    private BinaryNode OfNumber(int depth)
    {
        var isComparison = _words.Chance(50);
        var (vector, number) = (Vector(depth), Scalar(depth - 1));
        var (left, right) = _words.Chance(70) ? (vector, number) : (number, vector);
        return new BinaryNode(isComparison ? Comparison() : Arithmetic(), isComparison && _words.Chance(40), "", [], "", left, right);
    }

    /// <summary>Two vectors, mostly such that some of their series match.</summary>
    private BinaryNode OfPairs(int depth)
    {
        var isComparison = _words.Chance(35);
        var (name, isBool) = (isComparison ? Comparison() : Arithmetic(), isComparison && _words.Chance(40));
        var metric = _words.Metric();
        switch (_words.Dice.Next(6))
        {
            case 0:
                return new BinaryNode(name, isBool, "", [], "", Of(metric), Of(metric));
            case 1:
                var labels = _words.Labels(metric, 2);
                return new BinaryNode(name, isBool, "", [], "", Grouped(labels, Of(metric)), Grouped(labels, Of(metric)));
            case 2:
                var info = _words.Selector("target_info", "");
                var copied = _words.Pick("", "version", "version, zone", "job");
                return _words.Chance(70)
                    ? new BinaryNode(name, isBool, "on", ["job", "instance"], $"group_left ({copied})", Of(_words.Pick("http_requests_total", "memory_bytes", "cpu_seconds_total", "up")), info)
                    : new BinaryNode(name, isBool, "on", ["job", "instance"], $"group_right ({copied})", info, Of(_words.Pick("http_requests_total", "memory_bytes", "cpu_seconds_total", "up")));
            case 3:
                return new BinaryNode(name, isBool, "on", ["job"], "group_left (team)", Vector(depth), new SelectorNode("job_owner", [], "", Shift.None));
            case 4:
                var ignored = _words.Label(metric);
                return new BinaryNode(name, isBool, "ignoring", [ignored], _words.Pick("", "group_left", "group_right"), Of(metric), new AggregateNode("sum", null, "without", [ignored], false, Of(metric)));
            default:
                var matching = _words.Pick("", "on", "ignoring");
                return new BinaryNode(name, isBool, matching, matching.Length > 0 ? _words.Labels(metric, 2) : [], "", Vector(depth), Vector(depth));
        }
    }

    private AggregateNode Grouped(IReadOnlyList<string> labels, Node inner) => new(_words.Pick<string>(s_aggregations), null, "by", labels, false, inner);

    /// <summary>A metric as it is, or a function of its last minutes.</summary>
    private Node Of(string metric) => _words.Dice.Next(3) switch
    {
        0 => _words.Selector(metric, ""),
        1 => new SelectorNode(metric, [], "", _words.Shift()),
        _ => Call(_words.Pick<string>(s_ranges), new SelectorNode(metric, [], _words.Duration(), Shift.None)),
    };

    private BinaryNode Set(int depth)
    {
        var metric = _words.Metric();
        var matching = _words.Pick("", "", "on", "ignoring");
        var (left, right) = _words.Chance(60) ? (Of(metric), Of(metric)) : (Vector(depth), Vector(depth));
        return new BinaryNode(_words.Pick("and", "or", "unless"), false, matching, matching.Length > 0 ? _words.Labels(metric, 2) : [], "", left, right);
    }

    private ChainNode Chain(int depth)
    {
        var count = 2 + _words.Dice.Next(3);
        var metric = _words.Metric();
        var vectorAt = _words.Dice.Next(count);
        var operands = Enumerable.Range(0, count).Select(i => Signed(i == vectorAt || _words.Chance(20) ? (_words.Chance(60) ? Of(metric) : Vector(depth)) : Scalar(0))).ToArray();

        // Powers round, and a difference, remainder or power of what is rounded may be anything: no two of them in one row.
        if (_words.Chance(50))
        {
            return new ChainNode(operands, [.. Enumerable.Range(0, count - 1).Select(_ => _words.Pick("+", "-", "*", "/", "%"))]);
        }

        var power = _words.Dice.Next(count - 1);
        return new ChainNode(operands, [.. Enumerable.Range(0, count - 1).Select(i => i == power ? "^" : _words.Pick("*", "/"))]);
    }

    private Node Signed(Node operand) => _words.Chance(15) && operand is not SignNode ? new SignNode("-", operand) : operand;
}
