using CsCheck;

namespace Toka.Engines.Tests.Query;

/// <summary>Random expressions that are well-typed and use the whole grammar.</summary>
internal static class ExpressionGen
{
    private static readonly Gen<string> Name = Pick(
        "a", "bb_total", "job:c:rate5m", "fill", "anchored", "step", "by", "offset", "a_metric_with_a_name_that_is_long_enough_to_split_lines");

    private static readonly Gen<string> Matcher = Pick(
        "x=\"1\"", "\"y.z\"!='q\\n'", "on=~`a|b`", "group_left!~\".+\"", "le=\"\\u00e9\\U0001F600\"");

    private static readonly Gen<string> Labels = Pick("", "x", "x, by", "\"y.z\", bool");

    private static readonly Gen<string> Number = Pick("1", "-2.5", "1e3", "Inf", "NaN", "1h30m", "0x1F", "1_000", "-5m", "+3");

    private static readonly Gen<string> DurationLeaf = Pick("5m", "1h30m", "300", "step()", "range()", "1.5", "(7m)", "-1s", "20");

    private static readonly Gen<string> Duration = Grow(DurationLeaf, 3, inner => Gen.OneOf(
        Gen.Select(inner, Pick("+", "-", "*", "/", "%", "^"), inner, (a, op, b) => $"{a} {op} {b}"),
        Gen.Select(inner, Pick("min_of", "MAX_OF"), inner, (a, op, b) => $"{op}({a}, {b})"),
        inner.Select(a => $"({a})"),
        inner.Select(a => $"-{a}")));

    // What depends on the query has its sign and its zeros looked at only once the query is known.
    private static readonly Gen<string> Range = Gen.OneOf(
        Pick("5m", "90s", "1h*2", "(2m+3)*(4-1)", "2^3^1"), Duration.Select(d => $"step() + ({d})").Where(IsSafe));

    private static readonly Gen<string> Modifiers = Gen.Select(
        Pick("", " @ 17.5", " @ start()", " @ -3"),
        Gen.OneOf(Gen.Const(""), Pick(" offset 5m", " offset -1h", " offset -(1h + 2)", " offset min_of(step(), 3)"), Duration.Where(IsSafe).Select(d => $" offset ({d})")),
        (at, offset) => at + offset);

    private static readonly Gen<string> Selector = Gen.Select(
        Gen.Frequency((4, Name), (1, Pick("{\"a.b\",", "{__name__=~\"c.*\",__name__!=\"d\","))),
        Matcher.Array[0, 3],
        (name, matchers) => name[0] == '{' ? $"{name}{string.Join(',', matchers)}}}" : matchers.Length == 0 ? name : $"{name}{{{string.Join(',', matchers)}}}");

    private static readonly Gen<string> Leaf = Gen.Select(Selector, Modifiers, Pick("", "", " smoothed"), (s, m, mode) => s + m + mode);

    private static readonly Gen<string> Matching = Gen.Select(
        Gen.OneOf(Gen.Const(""), Labels.Select(l => $" on ({l})"), Labels.Select(l => $" ignoring ({l}) group_left (include)"), Gen.Const(" ignoring () group_right")),
        Pick("", "", " fill (0)", " fill_left(-Inf)", " fill_right (2) fill_left (1m)"),
        (labels, fill) => labels + fill);

    private static readonly Gen<string> Arithmetic = Pick("+", "-", "*", "/", "%", "^", "atan2", "</", ">/", "==", "> bool", "<= bool", "!=");

    /// <summary>An expression.</summary>
    public static Gen<string> Any { get; } = Gen.OneOf(Vector(), Number, Pick("\"a\\xffb\"", "time()", "x[5m]", "x[step():range()] @ end()"));

    private static Gen<string> Vector() => Grow(Leaf, 4, inner => Gen.OneOf(
        inner.Select(v => $"({v})"),
        inner.Select(v => $"-{v}"),
        inner.Select(v => $"abs({v})"),
        Gen.Select(inner, Number, (v, n) => $"round({v}, {n})"),
        Gen.Select(Pick("sum", "TOPK", "count_values", "limitk"), Pick(" by", " without"), Labels, inner, Aggregate),
        Gen.Select(Pick("rate", "changes", "last_over_time"), Selector, Range, Modifiers, (f, s, r, m) => $"{f}({s}[{r}] anchored{m})"),
        Gen.Select(inner, Range, Gen.OneOf(Gen.Const(""), Range), Modifiers, (v, r, s, m) => $"max_over_time(({v})[{r}:{s}]{m})"),
        Gen.Select(inner, Matcher.Array[0, 2], (v, m) => $"info({v}, {{{string.Join(',', m)}}})"),
        Gen.Select(inner, Arithmetic, Matching, inner, (l, op, m, r) => $"{l} {op}{m} {r}"),
        Gen.Select(inner, Pick("and", "or", "unless"), Labels, inner, (l, op, on, r) => $"{l} {op} on ({on}) {r}"),
        Gen.Select(inner, Pick("+", "*", "==", "^"), Number, (l, op, n) => $"{l} {op} {n}")));

    private static string Aggregate(string op, string kind, string labels, string operand)
    {
        var parameter = op == "sum" ? "" : op == "count_values" ? "\"v\", " : "3, ";
        return $"{op}{kind} ({labels}) ({parameter}{operand})";
    }

    /// <summary>Whether a duration has nothing that is refused at once: a division by a zero, a power beyond all bounds.</summary>
    private static bool IsSafe(string duration) => duration.IndexOfAny(['/', '%', '^']) < 0 && duration.Length < 60;

    private static Gen<string> Pick(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    private static Gen<T> Grow<T>(Gen<T> leaf, int levels, Func<Gen<T>, Gen<T>> grow)
    {
        var gen = leaf;
        for (var i = 0; i < levels; i++)
        {
            gen = Gen.Frequency((1, leaf), (3, grow(gen)));
        }

        return gen;
    }
}
