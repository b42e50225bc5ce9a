using Toka.Core.Labels;
using Toka.Query.PromQL.Ast;

namespace Toka.Query.PromQL.Scripts.Reading;

/// <summary>Reads <c>eval instant at …</c> and <c>eval range from …</c> with what must come.</summary>
internal sealed class EvalParser(PointParser points)
{
    private const string InstantForm = "eval instant at TIME QUERY";
    private const string RangeForm = "eval range from TIME to TIME step DURATION QUERY";

    private readonly HashSet<LabelSet> _seen = [];

    public EvalCommand Parse(LineReader head, ScriptLines lines)
    {
        var verb = head.TakeWord("eval");
        var command = ParseHead(head);
        AddOldForm(head, verb, command);
        while (lines.TryNextOfCommand(out var line) && ParseLine(line, command))
        {
        }

        Check(head, command);
        return command;
    }

    private static EvalCommand ParseHead(LineReader head)
    {
        if (head.TryTakeWord("instant"))
        {
            head.Expect("at", InstantForm);
            var at = head.TakeDuration("the time of the query");
            return new EvalCommand(head.Number, TakeQuery(head)) { AtMs = at, StartMs = at, EndMs = at, StepMs = 1 };
        }

        if (!head.TryTakeWord("range"))
        {
            throw head.Fault($"\"instant\" or \"range\" is missing; the forms are {InstantForm} and {RangeForm}");
        }

        var (start, end, step) = ParseGrid(head, RangeForm);
        return new EvalCommand(head.Number, TakeQuery(head)) { IsRange = true, StartMs = start, EndMs = end, StepMs = step };
    }

    private static (long Start, long End, long Step) ParseGrid(LineReader line, string form)
    {
        line.Expect("from", form);
        var start = line.TakeDuration("the start");
        line.Expect("to", form);
        var at = line.Position;
        var end = line.TakeDuration("the end");
        if (end < start)
        {
            throw line.Fault(at, "the end is before the start");
        }

        line.Expect("step", form);
        at = line.Position;
        var step = line.TakeDuration("the step");
        return step > 0 ? (start, end, step) : throw line.Fault(at, "the step must be above 0");
    }

    private static string TakeQuery(LineReader head) => head.IsAtEnd ? throw head.Fault("the query is missing") : head.TakeRest();

    private static void AddOldForm(LineReader head, string verb, EvalCommand command)
    {
        switch (verb)
        {
            case "eval":
                break;
            case "eval_fail":
                command.Expectations.Add(new Expectation(ExpectationKind.Fail));
                break;
            case "eval_warn":
                command.Expectations.Add(new Expectation(ExpectationKind.Warn, AllowsOthers: true));
                break;
            case "eval_info":
                command.Expectations.Add(new Expectation(ExpectationKind.Info, AllowsOthers: true));
                break;
            case "eval_ordered" when !command.IsRange:
                command.Expectations.Add(new Expectation(ExpectationKind.Ordered));
                break;
            default:
                throw head.Fault(0, $"\"{LineReader.ExcerptOf(verb)}\" is no command here; there are eval, eval_fail, eval_warn, eval_info, and eval_ordered for instant queries");
        }
    }

    /// <summary>Reads one line of what must come.</summary>
    /// <returns>Whether more may follow.</returns>
    private bool ParseLine(LineReader line, EvalCommand command)
    {
        if (command.Expects(ExpectationKind.Fail) && ExpectationParser.TryParseOldFailure(line, out var failure))
        {
            command.Expectations.Add(failure);
            return false;
        }

        if (line.TryTakeWord("expect"))
        {
            ParseExpect(line, command);
            return true;
        }

        if (NumberFormat.TryParse(line.Rest, out var scalar))
        {
            if (command.Series.Count > 0)
            {
                throw line.Fault("a scalar cannot come beside series");
            }

            command.Scalar = scalar;
            return false;
        }

        ParseSeries(line, command);
        return true;
    }

    private static void ParseExpect(LineReader line, EvalCommand command)
    {
        if (line.TryTakeWord("range"))
        {
            line.Expect("vector", "expect range vector from TIME to TIME step DURATION");
            var (start, end, step) = ParseGrid(line, "expect range vector from TIME to TIME step DURATION");
            line.ExpectEnd("the step");
            if (command.IsRange)
            {
                throw line.Fault(0, "only an instant query gives a range vector");
            }

            (command.IsRangeVector, command.AtMs, command.StartMs, command.EndMs, command.StepMs) = (true, end, start, end, step);
        }
        else if (line.TryTakeWord("string"))
        {
            if (command.IsRange)
            {
                throw line.Fault(0, "only an instant query gives a string");
            }

            command.Text = ExpectationParser.ParseText(line);
        }
        else
        {
            command.Expectations.Add(ExpectationParser.Parse(line, command.IsRange));
        }
    }

    private void ParseSeries(LineReader line, EvalCommand command)
    {
        var labels = SeriesParser.ParseLabels(line)
            ?? throw line.Fault("a series such as {label=\"value\"} 1, a number or an expect line must stand here");
        if (!_seen.Add(labels))
        {
            throw line.Fault(0, $"{labels} stands in this eval already; an answer has each series once");
        }

        var values = points.Parse(line);
        if (values.Exists(static point => point.Kind == PointKind.Stale))
        {
            throw line.Fault("an answer has no stale markers; write _ where there is no point");
        }

        if (!values.Exists(static point => point.Kind != PointKind.Gap))
        {
            throw line.Fault("an answer has no series without points; leave the line out");
        }

        command.Series.Add(new ExpectedSeries(labels, values));
        CheckLength(line, command, values.Count);
    }

    private static void CheckLength(LineReader line, EvalCommand command, int count)
    {
        var steps = ((command.EndMs - command.StartMs) / command.StepMs) + 1;
        if (count > steps)
        {
            throw line.Fault(command.IsRange || command.IsRangeVector
                ? $"there are {count} points for {steps} steps"
                : $"an instant query gives one point a series, not {count}; an answer that is a range vector begins with expect range vector from TIME to TIME step DURATION");
        }
    }

    private static void Check(LineReader head, EvalCommand command)
    {
        Exclude(ExpectationKind.Warn, ExpectationKind.NoWarn);
        Exclude(ExpectationKind.Info, ExpectationKind.NoInfo);
        if (command.Expects(ExpectationKind.Fail) && (command.Series.Count > 0 || command.Scalar is not null || command.Text is not null))
        {
            throw head.Fault(0, "a query that must fail has no answer; leave out the answer or expect fail");
        }

        if (command.Text is not null && (command.Series.Count > 0 || command.Scalar is not null))
        {
            throw head.Fault(0, "an answer is a string or series, not both");
        }

        void Exclude(ExpectationKind one, ExpectationKind other)
        {
            if (command.Expects(one) && command.Expects(other))
            {
                throw head.Fault(0, $"expect {Expectation.NameOf(one)} and expect {Expectation.NameOf(other)} contradict each other");
            }
        }
    }
}
