using System.CommandLine;
using System.Globalization;
using Toka.Cli.Events;

namespace Toka.Cli.Commands;

/// <summary><c>toka logs</c>: finds log records, and follows them as they come.</summary>
internal static class LogsCommand
{
    private const int FoundStandard = 100;

    public static Command Build(CliContext context) => new Verb("logs", "Finds log records, and follows them as they come.", "toka logs search --severity error --text timeout")
    {
        Search(context),
        Follow(context),
    };

    private static Verb Search(CliContext context)
    {
        var options = new EventOptions();
        var (severity, trace) = (Severity(), Trace());
        var order = new Option<string>("--order") { Description = "Which come first.", HelpName = "newest|oldest", DefaultValueFactory = static _ => "newest" };
        order.AcceptOnlyFromAmong("newest", "oldest");
        var data = SharedOptions.StoppedData();
        var verb = new Verb("search", "Finds log records that all of this holds of.", "toka logs search --service checkout --severity warn --from now-15m -o json") { severity, trace, order };
        options.AddFilters(verb);
        options.AddRange(verb, FoundStandard);
        verb.Add(options.Url);
        verb.Add(data);
        verb.Add(options.Output);
        verb.Validators.Add(result =>
        {
            SharedOptions.CheckUrlOrData(result, options.Url, data);
            EventOptions.CheckLimit(result, options.Limit, EventOptions.LimitMax);
        });
        verb.SetAction(async (parsed, cancellationToken) =>
        {
            var parameters = options.Parameters(parsed, context);
            EventOptions.Add(parameters, "severity", parsed.GetValue(severity));
            EventOptions.Add(parameters, "traceId", parsed.GetValue(trace));
            EventOptions.Add(parameters, "order", parsed.GetValue(order));
            EventOptions.Add(parameters, "limit", parsed.GetValue(options.Limit).ToString(CultureInfo.InvariantCulture));
            await using var source = TracesCommand.SourceOf(parsed.GetValue(data), parsed.GetRequiredValue(options.Url), context);
            using var answer = await source.GetAsync("logs", parameters, cancellationToken);
            await TracesCommand.PrintAsync(answer.RootElement, static (found, _) => LogText.Of(found), SharedOptions.FormatOf(parsed.GetRequiredValue(options.Output)), "log record", context);
        });
        return verb;
    }

    private static Verb Follow(CliContext context)
    {
        var options = new EventOptions();
        var (severity, trace) = (Severity(), Trace());
        var verb = new Verb("follow", "Prints log records as they come, until Ctrl-C.", "toka logs follow --severity warn") { severity, trace };
        options.AddFilters(verb);
        verb.Add(options.Url);
        verb.Add(options.Output);
        verb.SetAction((parsed, cancellationToken) =>
        {
            var parameters = options.Parameters(parsed, context);
            EventOptions.Add(parameters, "severity", parsed.GetValue(severity));
            EventOptions.Add(parameters, "traceId", parsed.GetValue(trace));
            return TracesCommand.FollowAsync("logs/follow", parameters, LogText.LineOf, parsed.GetRequiredValue(options.Url), parsed.GetRequiredValue(options.Output), context, cancellationToken);
        });
        return verb;
    }

    private static Option<string?> Severity()
    {
        var option = new Option<string?>("--severity") { Description = "At least so severe.", HelpName = "trace|debug|info|warn|error|fatal" };
        option.AcceptOnlyFromAmong("trace", "debug", "info", "warn", "error", "fatal");
        return option;
    }

    private static Option<string?> Trace() => new("--trace") { Description = "Of this trace.", HelpName = "ID" };
}
