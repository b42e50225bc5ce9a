using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Toka.Cli.Events;
using Toka.Cli.Output;
using Toka.Cli.Querying;

namespace Toka.Cli.Commands;

/// <summary><c>toka traces</c>: finds traces, shows one, and follows spans as they come.</summary>
internal static class TracesCommand
{
    private const int FoundStandard = 20;

    /// <summary>Spans of a trace that are printed unless asked for more: a few screens.</summary>
    private const int ShownStandard = 200;

    public static Command Build(CliContext context) => new Verb("traces", "Finds traces, shows one, and follows spans as they come.", "toka traces search --service checkout --min-duration 500ms")
    {
        Search(context),
        Show(context),
        Follow(context),
    };

    private static Verb Search(CliContext context)
    {
        var query = new Argument<string?>("QUERY") { Description = "TraceQL, such as { status = error && duration > 100ms }; instead of the options that filter.", Arity = ArgumentArity.ZeroOrOne };
        var options = new EventOptions();
        var operation = new Option<string?>("--operation") { Description = "Of this operation: the span's name.", HelpName = "NAME" };
        var status = new Option<string?>("--status") { Description = "With this status.", HelpName = "error|ok|unset" };
        status.AcceptOnlyFromAmong("error", "ok", "unset");
        var kind = new Option<string?>("--kind") { Description = "In this role.", HelpName = "server|client|…" };
        kind.AcceptOnlyFromAmong("internal", "server", "client", "producer", "consumer");
        var atLeast = new Option<string?>("--min-duration") { Description = "A span that took at least so long, such as 500ms.", HelpName = "DURATION" };
        var atMost = new Option<string?>("--max-duration") { Description = "A span that took no longer.", HelpName = "DURATION" };
        var data = SharedOptions.StoppedData();
        var verb = new Verb("search", "Finds traces with a span that all of this holds of; the newest first.", "toka traces search --service checkout --status error --attr http.route=/pay -o json")
        {
            query, operation, status, kind, atLeast, atMost,
        };
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
            EventOptions.Add(parameters, "q", parsed.GetValue(query));
            EventOptions.Add(parameters, "operation", parsed.GetValue(operation));
            EventOptions.Add(parameters, "status", parsed.GetValue(status));
            EventOptions.Add(parameters, "kind", parsed.GetValue(kind));
            EventOptions.Add(parameters, "minDuration", parsed.GetValue(atLeast));
            EventOptions.Add(parameters, "maxDuration", parsed.GetValue(atMost));
            EventOptions.Add(parameters, "limit", parsed.GetValue(options.Limit).ToString(CultureInfo.InvariantCulture));
            await using var source = SourceOf(parsed.GetValue(data), parsed.GetRequiredValue(options.Url), context);
            using var answer = await source.GetAsync("traces", parameters, cancellationToken);
            await PrintAsync(answer.RootElement, TraceGrid.Of, SharedOptions.FormatOf(parsed.GetRequiredValue(options.Output)), "trace", context);
        });
        return verb;
    }

    private static Verb Show(CliContext context)
    {
        var id = new Argument<string>("TRACE") { Description = "The trace's id: up to 32 hexadecimal digits." };
        var limit = new Option<int>("--limit") { Description = "The most spans to print.", HelpName = "N", DefaultValueFactory = static _ => ShownStandard };
        var url = SharedOptions.Url();
        var data = SharedOptions.StoppedData();
        var output = new Option<string>("--output", "-o") { Description = "How to print it.", HelpName = "FORMAT", DefaultValueFactory = static _ => "table" };
        output.AcceptOnlyFromAmong("table", "json");
        var verb = new Verb("show", "Shows one trace as a tree with bars; ● marks the critical path, ✗ what failed.", "toka traces show 4bf92f3577b34da6a3ce929d0e0e4736")
        {
            id, limit, url, data, output,
        };
        verb.Validators.Add(result =>
        {
            SharedOptions.CheckUrlOrData(result, url, data);
            EventOptions.CheckLimit(result, limit, int.MaxValue);
        });
        verb.SetAction(async (parsed, cancellationToken) =>
        {
            await using var source = SourceOf(parsed.GetValue(data), parsed.GetRequiredValue(url), context);
            using var answer = await source.GetAsync("traces/" + Uri.EscapeDataString(parsed.GetRequiredValue(id)), [], cancellationToken);
            if (parsed.GetRequiredValue(output) == "json")
            {
                await context.Out.WriteLineAsync(answer.RootElement.GetRawText());
                return;
            }

            TraceTree.Write(answer.RootElement, context.Out, parsed.GetValue(limit));
        });
        return verb;
    }

    private static Verb Follow(CliContext context)
    {
        var query = new Argument<string?>("QUERY") { Description = "TraceQL of one span, such as { status = error }. Default: all spans.", Arity = ArgumentArity.ZeroOrOne };
        var options = new EventOptions();
        var verb = new Verb("follow", "Prints spans as they come, until Ctrl-C.", "toka traces follow '{ status = error }'") { query };
        options.AddFilters(verb);
        verb.Add(options.Url);
        verb.Add(options.Output);
        verb.SetAction((parsed, cancellationToken) =>
        {
            var parameters = options.Parameters(parsed, context);
            EventOptions.Add(parameters, "q", parsed.GetValue(query));
            return FollowAsync("traces/follow", parameters, LogText.SpanLineOf, parsed.GetRequiredValue(options.Url), parsed.GetRequiredValue(options.Output), context, cancellationToken);
        });
        return verb;
    }

    /// <summary>Prints lines as they come: the JSON itself, or a line for people.</summary>
    public static async Task FollowAsync(
        string path, List<KeyValuePair<string, string>> parameters, Func<JsonElement, string> lineOf, string url, string output, CliContext context, CancellationToken cancellationToken)
    {
        await using var server = new ServerEvents(url, context);
        await server.FollowAsync(
            path, parameters,
            async line =>
            {
                if (output == "json")
                {
                    await context.Out.WriteLineAsync(line);
                }
                else
                {
                    using var record = JsonDocument.Parse(line);
                    await (record.RootElement.Get("dropped") is { ValueKind: JsonValueKind.Number } dropped
                        ? context.Error.WriteLineAsync($"toka: {dropped.GetInt64()} came faster than they could be sent and are left out")
                        : context.Out.WriteLineAsync(lineOf(record.RootElement)));
                }

                await context.Out.FlushAsync(cancellationToken);
            },
            cancellationToken);
    }

    /// <summary>Prints what was found, and what the reader must know of it.</summary>
    public static async Task PrintAsync(JsonElement answer, Func<JsonElement, bool, Grid> gridOf, OutputFormat format, string what, CliContext context)
    {
        if (answer.Get("cost").Get("cut").ValueKind == JsonValueKind.True)
        {
            await context.Error.WriteLineAsync($"toka: there may be more than these; a larger --limit or a shorter time shows them");
        }

        if (format == OutputFormat.Json)
        {
            await context.Out.WriteLineAsync(answer.GetRawText());
            return;
        }

        var grid = gridOf(answer, format == OutputFormat.Table);
        grid.Write(context.Out, format);
        if (grid.RowCount == 0)
        {
            await context.Error.WriteLineAsync($"toka: no {what} matches in that time; --from now-1d looks further back");
        }
    }

    /// <summary>Where to ask.</summary>
    public static IEventSource SourceOf(string? data, string url, CliContext context) =>
        data is null ? new ServerEvents(url, context) : StoredEvents.Open(data, context);
}
