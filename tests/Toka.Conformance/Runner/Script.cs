using System.Globalization;
using System.Text.RegularExpressions;
using Toka.Core.Labels;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Parsing;

namespace Toka.Conformance.Runner;

/// <summary>A script of the promqltest language: what to load and what to expect.</summary>
internal sealed partial class Script
{
    public required string Name { get; init; }

    public List<Command> Commands { get; } = [];

    public static Script Parse(string name, string text)
    {
        var script = new Script { Name = name };
        Command? open = null;
        var number = 0;
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var line = raw.Trim();
            if (line.StartsWith('#'))
            {
                continue;
            }

            if (line.Length == 0)
            {
                open = null;
                continue;
            }

            var isIndented = raw[0] is ' ' or '\t';
            if (CommandPattern().IsMatch(line) && !(open is not null && isIndented && !line.StartsWith("eval", StringComparison.Ordinal)))
            {
                open = CommandOf(line, number);
                script.Commands.Add(open);
            }
            else if (open is LoadCommand load)
            {
                load.Series.Add(SeriesLine.Parse(line));
            }
            else if (open is EvalCommand eval)
            {
                AddTo(eval, line);
            }
            else
            {
                throw new FormatException($"{name}:{number}: a line outside of every command: {line}");
            }
        }

        return script;
    }

    private static Command CommandOf(string line, int number)
    {
        if (line == "clear")
        {
            return new ClearCommand(number);
        }

        var load = LoadPattern().Match(line);
        if (load.Success)
        {
            return new LoadCommand(number, Milliseconds(load.Groups["step"].Value)) { IsWithHistograms = load.Groups["nhcb"].Success };
        }

        var eval = EvalPattern().Match(line);
        if (!eval.Success)
        {
            throw new FormatException($"line {number}: not a command: {line}");
        }

        var isRange = eval.Groups["from"].Success;
        var command = new EvalCommand(number, eval.Groups["expression"].Value.Trim())
        {
            IsRange = isRange,
            StartMs = Milliseconds(eval.Groups[isRange ? "from" : "at"].Value),
            EndMs = Milliseconds(eval.Groups[isRange ? "to" : "at"].Value),
            StepMs = isRange ? Milliseconds(eval.Groups["step"].Value) : 1,
        };
        command.Expectations.AddRange(eval.Groups["mod"].Value switch
        {
            "_fail" => [new Expectation("fail", "", "")],
            "_warn" => [new Expectation("warn", "", "")],
            "_info" => [new Expectation("info", "", "")],
            "_ordered" => [new Expectation("ordered", "", "")],
            _ => (Expectation[])[],
        });
        return command;
    }

    private static void AddTo(EvalCommand eval, string line)
    {
        var expect = ExpectPattern().Match(line);
        if (expect.Success)
        {
            eval.Expectations.Add(new Expectation(expect.Groups["type"].Value, expect.Groups["match"].Value, expect.Groups["text"].Value.Trim()));
            return;
        }

        var old = OldFailPattern().Match(line);
        if (old.Success)
        {
            eval.Expectations.Add(new Expectation("fail", old.Groups["match"].Value == "message" ? "msg" : "regex", old.Groups["text"].Value.Trim()));
            return;
        }

        eval.Expected.Add(NumberPattern().IsMatch(line)
            ? new SeriesLine(LabelSet.Empty, PointSequence.Parse(line)) { IsScalar = true }
            : SeriesLine.Parse(line));
    }

    public static long Milliseconds(string text)
    {
        var sign = text.StartsWith('-') ? -1 : 1;
        text = text.TrimStart('-');
        return sign * (NumberFormat.TryParseDuration(text, out var ms) ? ms : (long)Math.Round(PointSequence.Number(text) * 1000));
    }

    [GeneratedRegex(@"^(load|clear|eval)(_\w+)?(\s|$)")]
    private static partial Regex CommandPattern();

    [GeneratedRegex(@"^load(?<nhcb>_with_nhcb)?\s+(?<step>\S+)$")]
    private static partial Regex LoadPattern();

    [GeneratedRegex(@"^eval(?<mod>_\w+)?\s+(instant(\s+at\s+(?<at>\S+))?|range\s+from\s+(?<from>\S+)\s+to\s+(?<to>\S+)\s+step\s+(?<step>\S+))\s+(?<expression>.+)$")]
    private static partial Regex EvalPattern();

    [GeneratedRegex(@"^expect\s+(?<type>fail|warn|info|no_warn|no_info|ordered|string|range vector)(\s+(?<match>msg|regex)\s*:)?(?<text>.*)$")]
    private static partial Regex ExpectPattern();

    [GeneratedRegex(@"^expected_fail_(?<match>message|regexp)\s+(?<text>.*)$")]
    private static partial Regex OldFailPattern();

    [GeneratedRegex(@"^[+-]?(\d|\.\d|inf$|nan$)[^{]*$", RegexOptions.IgnoreCase)]
    private static partial Regex NumberPattern();
}

internal abstract record Command(int Line);

internal sealed record ClearCommand(int Line) : Command(Line);

internal sealed record LoadCommand(int Line, long StepMs) : Command(Line)
{
    public List<SeriesLine> Series { get; } = [];

    /// <summary>Whether each classic histogram is to be loaded as a native one, too.</summary>
    public bool IsWithHistograms { get; init; }
}

internal sealed record EvalCommand(int Line, string Expression) : Command(Line)
{
    public bool IsRange { get; init; }

    public long StartMs { get; init; }

    public long EndMs { get; init; }

    public long StepMs { get; init; }

    public List<Expectation> Expectations { get; } = [];

    public List<SeriesLine> Expected { get; } = [];

    public bool Expects(string type) => Expectations.Exists(expectation => expectation.Type == type);
}

internal sealed record Expectation(string Type, string Match, string Text);

/// <summary>A series with its points.</summary>
internal sealed record SeriesLine(LabelSet Labels, List<Point> Points)
{
    public bool IsScalar { get; init; }

    public static SeriesLine Parse(string line)
    {
        var end = EndOfSelector(line);
        return new SeriesLine(LabelsOf(line[..end]), PointSequence.Parse(line[end..]));
    }

    private static LabelSet LabelsOf(string text)
    {
        if (text.Trim() == "{}")
        {
            return LabelSet.Empty;
        }

        var selector = (VectorSelector)PromQlParser.Parse(text);
        return LabelSet.Of([.. selector.Matchers.Select(matcher => (matcher.Name, matcher.Value))]);
    }

    private static int EndOfSelector(string line)
    {
        var at = 0;
        while (at < line.Length && (char.IsAsciiLetterOrDigit(line[at]) || line[at] is '_' or ':'))
        {
            at++;
        }

        if (at >= line.Length || line[at] != '{')
        {
            return at;
        }

        char quote = '\0';
        for (; at < line.Length; at++)
        {
            if (quote != '\0')
            {
                at += line[at] == '\\' && quote != '`' ? 1 : 0;
                quote = at < line.Length && line[at] == quote && line[at - 1] != '\\' ? '\0' : quote;
            }
            else if (line[at] is '"' or '\'' or '`')
            {
                quote = line[at];
            }
            else if (line[at] == '}')
            {
                return at + 1;
            }
        }

        throw new FormatException($"no end of the labels in: {line}");
    }
}
