using System.Globalization;
using System.Text.RegularExpressions;
using Toka.Core.Labels;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Parsing;
using Toka.Query.Results;

namespace Toka.Conformance.Runner;

/// <summary>Holds warnings and infos against what a script expects.</summary>
internal static class AnnotationChecks
{
    public static string? Fault(EvalCommand eval, string type, IReadOnlyList<string> annotations)
    {
        if (eval.Expects("no_" + type) && annotations.Count > 0)
        {
            return $"unexpected {type}: {annotations[0]}";
        }

        var expectations = eval.Expectations.FindAll(expectation => expectation.Type == type);
        if (expectations.Count == 0)
        {
            return null;
        }

        if (annotations.Count == 0)
        {
            return $"there should have been a {type}";
        }

        foreach (var expectation in expectations)
        {
            if (!annotations.Any(annotation => Fits(expectation, annotation)))
            {
                return $"no {type} fits \"{expectation.Text}\" among: {string.Join("; ", annotations)}";
            }
        }

        var stray = annotations.FirstOrDefault(annotation => !expectations.Exists(expectation => Fits(expectation, annotation)));
        return stray is null ? null : $"no expectation fits the {type} \"{stray}\"";
    }

    public static string Unquote(string text) =>
        text.Length > 1 && text[0] is '"' or '`' && text[^1] == text[0] ? ((StringLiteral)PromQlParser.Parse(text)).Value : text;

    private static bool Fits(Expectation expectation, string annotation) => expectation.Match switch
    {
        "msg" => annotation == Unquote(expectation.Text),
        "regex" => Regex.IsMatch(annotation, Unquote(expectation.Text)),
        _ => true,
    };
}

/// <summary>Holds values against what a script expects.</summary>
internal static class ResultChecks
{
    private const double Tolerance = 1e-6;

    public static string? Fault(EvalCommand eval, QueryValue value) => value switch
    {
        ScalarValue scalar => ScalarFault(eval, scalar.Value),
        StringValue text => StringFault(eval, text.Value),
        VectorValue vector => VectorFault(eval, vector),
        MatrixValue matrix => MatrixFault(eval, matrix),
        _ => $"no check for {value.GetType().Name}",
    };

    public static bool AlmostEqual(double a, double b)
    {
        if (a == b || (double.IsNaN(a) && double.IsNaN(b)))
        {
            return true;
        }

        var difference = Math.Abs(a - b);
        return double.IsFinite(a) && double.IsFinite(b)
            && (a == 0 || b == 0 ? difference < Tolerance * double.Epsilon : difference / Math.Min(Math.Abs(a) + Math.Abs(b), double.MaxValue) < Tolerance);
    }

    private static string? ScalarFault(EvalCommand eval, double value) =>
        eval.Expected is [{ IsScalar: true, Points: [var point] }] && AlmostEqual(point.Value, value)
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"the scalar is {value}");

    private static string? StringFault(EvalCommand eval, string value)
    {
        var expected = eval.Expectations.Find(expectation => expectation.Type == "string");
        return expected is not null && AnnotationChecks.Unquote(expected.Text) == value ? null : $"the string is \"{value}\"";
    }

    private static string? VectorFault(EvalCommand eval, VectorValue vector)
    {
        if (eval.Expected.Count != vector.Samples.Count)
        {
            return $"{vector.Samples.Count} samples instead of {eval.Expected.Count}: {string.Join(", ", vector.Samples.Take(4).Select(sample => $"{sample.Labels} {sample.Value}"))}";
        }

        var rest = vector.Samples.ToList();
        for (var i = 0; i < eval.Expected.Count; i++)
        {
            var expected = eval.Expected[i];
            var at = eval.Expects("ordered") ? 0 : rest.FindIndex(sample => sample.Labels == expected.Labels);
            if (at < 0 || rest[at].Labels != expected.Labels)
            {
                return $"{expected.Labels} is missing (or out of order); there is {string.Join(", ", rest.Take(4).Select(sample => sample.Labels.ToString()))}";
            }

            if (expected.Points is not [{ Kind: PointKind.Float }] || !AlmostEqual(expected.Points[0].Value, rest[at].Value))
            {
                return string.Create(CultureInfo.InvariantCulture, $"{expected.Labels} is {rest[at].Value:R}, not {expected.Points.FirstOrDefault().Value:R}");
            }

            rest.RemoveAt(at);
        }

        return null;
    }

    private static string? MatrixFault(EvalCommand eval, MatrixValue matrix)
    {
        var (start, step) = (eval.StartMs, eval.StepMs);
        if (eval.Expectations.Find(expectation => expectation.Type == "range vector") is { } range)
        {
            var words = range.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            (start, step) = (Script.Milliseconds(words[1]), Script.Milliseconds(words[5]));
        }

        var found = matrix.Series.ToDictionary(series => series.Labels);
        foreach (var expected in eval.Expected)
        {
            if (!expected.Points.Exists(point => point.Kind != PointKind.Gap))
            {
                continue;
            }

            if (!found.Remove(expected.Labels, out var series))
            {
                return $"{expected.Labels} is missing; there is {string.Join(", ", matrix.Series.Take(4).Select(one => one.Labels.ToString()))}";
            }

            if (PointsFault(expected, series, start, step) is { } fault)
            {
                return fault;
            }
        }

        return found.Count == 0 ? null : $"there is also {found.Keys.First()}";
    }

    private static string? PointsFault(SeriesLine expected, MatrixSeries series, long start, long step)
    {
        var at = 0;
        for (var i = 0; i < expected.Points.Count; i++)
        {
            var point = expected.Points[i];
            if (point.Kind == PointKind.Gap)
            {
                continue;
            }

            var time = start + (i * step);
            if (at >= series.Timestamps.Length || series.Timestamps.Span[at] != time || point.Kind != PointKind.Float
                || !AlmostEqual(point.Value, series.Values.Span[at]))
            {
                return string.Create(CultureInfo.InvariantCulture, $"{expected.Labels} at {time} ms is {(at < series.Timestamps.Length ? series.Values.Span[at] : double.NaN)} (at {(at < series.Timestamps.Length ? series.Timestamps.Span[at] : -1)} ms), not {point.Value}");
            }

            at++;
        }

        return at == series.Timestamps.Length ? null : $"{expected.Labels} has {series.Timestamps.Length} points instead of {at}";
    }
}
