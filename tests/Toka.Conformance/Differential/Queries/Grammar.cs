using Toka.Conformance.Differential.Data;

namespace Toka.Conformance.Differential.Queries;

/// <summary>Makes queries by chance, of all that 2.42 knows of floats.</summary>
internal sealed partial class Grammar(DataSet data, int seed)
{
    private static readonly string[] s_mathematics =
    [
        "abs", "ceil", "floor", "exp", "ln", "log2", "log10", "sqrt", "sgn", "acos", "acosh", "asin", "asinh", "atan", "atanh", "cos", "cosh", "sin", "sinh", "tan", "tanh", "deg", "rad",
    ];

    private static readonly string[] s_dates = ["minute", "hour", "day_of_week", "day_of_month", "day_of_year", "days_in_month", "month", "year"];

    private static readonly string[] s_ranges =
    [
        "rate", "rate", "rate", "increase", "increase", "delta", "irate", "idelta", "deriv", "changes", "resets", "avg_over_time", "sum_over_time", "min_over_time",
        "max_over_time", "count_over_time", "last_over_time", "present_over_time", "stddev_over_time", "stdvar_over_time",
    ];

    private readonly Vocabulary _words = new(data);

    /// <summary>The query of a number; the same for the same data and seed.</summary>
    public Question Question(int number)
    {
        _words.Dice = Seeds.Dice(seed, number);
        var depth = _words.Pick(0, 1, 1, 2, 2, 2, 3, 3, 4);
        var isRange = _words.Chance(45);
        var root = _words.Make(
            (2, Wrong),
            (82, () => Vector(depth)),
            (7, () => Scalar(depth)),
            (isRange ? 0 : 5, () => Range(depth)),
            (isRange ? 0 : 6, () => Call(_words.Pick("sort", "sort_desc"), Vector(depth))));
        var start = DataSet.StartMs - 300_000 + (10_000 * _words.Dice.NextInt64((DataSet.SpanMs + 900_000) / 10_000));
        if (!isRange)
        {
            return new Question(root, start, start, 0, false);
        }

        var step = 10_000L * _words.Pick(1, 2, 3, 5, 6, 7, 12, 30);
        var end = start + (step * _words.Dice.Next(30)) + (10_000 * _words.Dice.Next(2));
        return new Question(root, start, end, step, true);
    }

    private static CallNode Call(string name, params Node[] arguments) => new(name, Kind.Vector, arguments);

    private Node Vector(int depth) => depth <= 0
        ? _words.Selector(_words.Metric(), "")
        : _words.Make(
            (8, () => _words.Selector(_words.Metric(), "")),
            (22, () => OverRange(depth - 1)),
            (9, () => Mathematics(depth - 1)),
            (3, () => Date(depth - 1)),
            (5, () => Labelled(depth - 1)),
            (18, () => Aggregation(depth - 1)),
            (10, () => OfPairs(depth - 1)),
            (12, () => OfNumber(depth - 1)),
            (6, () => Set(depth - 1)),
            (4, () => Chain(depth - 1)),
            (2, () => new SignNode(_words.Pick("-", "-", "+"), Vector(depth - 1))),
            (6, () => Histogram(depth - 1)),
            (3, () => Call("timestamp", Vector(depth - 1))),
            (2, () => Call("absent", Vector(depth - 1))),
            (2, () => Call("vector", Scalar(depth - 1))),
            (1, () => Call(_words.Pick("sort", "sort_desc"), Vector(depth - 1))));

    private Node Scalar(int depth) => depth <= 0
        ? _words.Number()
        : _words.Make(
            (8, () => _words.Number()),
            (2, () => new CallNode("time", Kind.Scalar, [])),
            (1, () => new CallNode("pi", Kind.Scalar, [])),
            (3, () => new CallNode("scalar", Kind.Scalar, [_words.Chance(70) ? new AggregateNode("sum", null, "", [], false, Vector(depth - 1)) : Vector(depth - 1)])),
            (3, () => ScalarPair(depth - 1)),
            (1, () => new SignNode("-", Scalar(depth - 1))));

    private BinaryNode ScalarPair(int depth)
    {
        var isComparison = _words.Chance(25);
        return new BinaryNode(isComparison ? Comparison() : Arithmetic(), isComparison, "", [], "", Scalar(depth), Scalar(depth));
    }

    private Node Range(int depth) => depth <= 0 || _words.Chance(78)
        ? _words.Selector(_words.Metric(), _words.Duration())
        : new SubqueryNode(Repeated(Vector(depth - 1)), _words.SubqueryDuration(), _words.Step(), _words.Shift());

    /// <summary>Not the known differences that can only be levelled step by step.</summary>
    private Node Repeated(Node inner) => inner.All().Any(static node => node.MayJoin || node is CallNode { IsPinnedPrediction: true }) ? _words.Selector(_words.Metric(), "") : inner;

    private CallNode OverRange(int depth) => _words.Dice.Next(12) switch
    {
        0 => Call("quantile_over_time", Quantile(), Range(depth)),
        1 => Call("predict_linear", Range(depth), Scalar(depth - 1)),
        2 when _words.Chance(50) => Call("double_exponential_smoothing", Range(depth), new NumberNode(_words.Pick("0.1", "0.5", "0.9")), new NumberNode(_words.Pick("0.1", "0.6"))),
        3 when _words.Chance(50) => Call("absent_over_time", Range(depth)),
        _ => Call(_words.Pick<string>(s_ranges), Range(depth)),
    };

    private CallNode Mathematics(int depth) => _words.Dice.Next(8) switch
    {
        0 => _words.Chance(50) ? Call("round", Vector(depth)) : Call("round", Vector(depth), Scalar(depth - 1)),
        1 => Call("clamp", Vector(depth), Scalar(depth - 1), Scalar(depth - 1)),
        2 => Call(_words.Pick("clamp_min", "clamp_max"), Vector(depth), Scalar(depth - 1)),
        _ => Call(_words.Pick<string>(s_mathematics), Vector(depth)),
    };

    private CallNode Date(int depth) => _words.Dice.Next(6) switch
    {
        0 => Call(_words.Pick<string>(s_dates)),
        1 => Call(_words.Pick<string>(s_dates), Vector(depth)),
        2 => Call(_words.Pick<string>(s_dates), Call("vector", Scalar(depth))),
        _ => Call(_words.Pick<string>(s_dates), _words.Selector("moment_seconds", "")),
    };

    private CallNode Labelled(int depth)
    {
        var metric = _words.Metric();
        if (_words.Chance(35))
        {
            return Call("label_join", Vector(depth), Text(_words.Pick("joined", "job", "instance")), Text(_words.Pick("", "-", ", ")), Text(_words.Label(metric)), Text(_words.Label(metric)));
        }

        var pattern = _words.Pick("(.*)", "(.+)", "(.)(.*)", "a.*", "(?P<head>[a-z]+).*", "", "(\\w+):(\\d)", "nothing", "(.)\\.?(.*)");
        var replacement = _words.Pick("$1", "$2-$1", "x", "", "${1}y", "$head", "$$1", "é$1");
        return Call("label_replace", _words.Chance(50) ? _words.Selector(metric, "") : Vector(depth), Text(_words.Pick("copied", "job", "instance", "version")), Text(replacement), Text(_words.Label(metric)), new TextNode(pattern, true));
    }

    private static TextNode Text(string value) => new(value);

    private Node Quantile() => _words.Make(
        (10, () => new NumberNode(_words.Pick("0.5", "0.9", "0.99", "0.25", "0", "1"))),
        (1, () => _words.Number()),
        (1, () => new SignNode("-", new NumberNode("0.5"))));

    private CallNode Histogram(int depth)
    {
        var name = _words.Pick("latency_seconds_bucket", "latency_seconds_bucket", "latency_seconds_bucket", "size_bytes_bucket");
        Node buckets = _words.Dice.Next(4) switch
        {
            0 => _words.Selector(name, ""),
            1 => Vector(depth),
            _ => Call(_words.Pick("rate", "increase", "max_over_time"), _words.Selector(name, _words.Duration())),
        };
        var labels = _words.Pick<string[]>(["le"], ["le", "job"], ["le", "instance", "job"]);
        var grouped = _words.Chance(60) ? new AggregateNode(_words.Pick("sum", "sum", "max", "avg"), null, "by", labels, _words.Chance(50), buckets) : buckets;
        return Call("histogram_quantile", Quantile(), grouped);
    }
}
