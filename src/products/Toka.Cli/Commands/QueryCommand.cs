using System.CommandLine;
using Toka.Cli.Output;
using Toka.Cli.Querying;
using Toka.Core.Errors;
using Toka.Query.Results;

namespace Toka.Cli.Commands;

/// <summary><c>toka query EXPR</c>: PromQL, asked of a running server or of a stopped server's data.</summary>
internal static class QueryCommand
{
    /// <summary>A range query without a step gets about this many of them: enough for a chart, few enough to read.</summary>
    private const int StepsWanted = 60;

    public static Command Build(CliContext context)
    {
        var expression = new Argument<string>("EXPR") { Description = "A PromQL expression." };
        var time = Moment("--time", "The moment to evaluate at: RFC 3339, Unix seconds, now or now-5m. Default: now.");
        var from = Moment("--from", "The first moment; makes it a range query.");
        var to = Moment("--to", "The last moment of a range query. Default: now.");
        var step = new Option<string?>("--step")
        {
            Description = "The distance of two moments, such as 15s or 1m. Default: a sixtieth of the range, whole seconds.",
            HelpName = "DURATION",
        };
        var resolution = new Option<string>("--resolution")
        {
            Description = "raw leaves summaries of old samples aside where the samples are still kept; auto chooses by the step.",
            HelpName = "auto|raw",
            DefaultValueFactory = static _ => "auto",
        };
        resolution.AcceptOnlyFromAmong("auto", "raw");
        var explain = new Option<bool>("--explain") { Description = "Print what each part of the query cost instead of its result." };
        var url = SharedOptions.Url();
        var data = new Option<string?>("--data")
        {
            Description = "Read the data of a stopped server here, instead of asking a running one.",
            HelpName = "DIR",
        };
        var output = SharedOptions.Output();
        var verb = new Verb("query", "Evaluates a PromQL expression, at one moment or over a range.", "toka query 'sum(rate(node_cpu_seconds_total[1m])) by (mode)' --from now-5m --step 1m")
        {
            expression, time, from, to, step, resolution, explain, url, data, output,
        };
        verb.Validators.Add(result =>
        {
            if (result.GetValue(time) is not null && (result.GetValue(from) ?? result.GetValue(to) ?? result.GetValue(step)) is not null)
            {
                result.AddError("--time is of an instant query; --from, --to and --step are of a range query: give one or the other");
            }
            else if (result.GetValue(from) is null && (result.GetValue(to) ?? result.GetValue(step)) is not null)
            {
                result.AddError("--to and --step need --from");
            }
            else if (result.GetResult(url) is { Implicit: false } && result.GetValue(data) is not null)
            {
                result.AddError("--url asks a running server and --data reads a stopped one: give one or the other");
            }
        });
        verb.SetAction(async (parsed, cancellationToken) =>
        {
            var nowMs = context.Time.GetUtcNow().ToUnixTimeMilliseconds();
            var request = parsed.GetValue(from) is { } fromText
                ? RangeRequest(parsed.GetRequiredValue(expression), fromText, parsed.GetValue(to), parsed.GetValue(step), nowMs)
                : QueryRequest.Instant(parsed.GetRequiredValue(expression), MomentOf(parsed.GetValue(time), "--time", nowMs));
            request = request with { PrefersRaw = parsed.GetRequiredValue(resolution) == "raw", WantsProfile = parsed.GetValue(explain) };
            var result = parsed.GetValue(data) is { } directory
                ? await StoredData.QueryAsync(directory, request, context, cancellationToken)
                : await AskAsync(parsed.GetRequiredValue(url), request, context, cancellationToken);
            var format = SharedOptions.FormatOf(parsed.GetRequiredValue(output));
            if (request.WantsProfile)
            {
                await PrintNotesAsync(result, context);
                Explanation.Write(result.Statistics, context.Out, format);
                return;
            }

            await PrintAsync(result, format, context);
        });
        return verb;
    }

    private static Option<string?> Moment(string name, string description) => new(name) { Description = description, HelpName = "TIME" };

    private static long MomentOf(string? text, string option, long nowMs) => text is null ? nowMs : Moments.Parse(text, option, nowMs);

    private static QueryRequest RangeRequest(string expression, string from, string? to, string? step, long nowMs)
    {
        var fromMs = Moments.Parse(from, "--from", nowMs);
        var toMs = MomentOf(to, "--to", nowMs);
        if (toMs < fromMs)
        {
            throw new BadInputException("--from: the range ends before it begins; --to must not be before --from");
        }

        var stepMs = step is null ? Math.Max(1, (toMs - fromMs) / StepsWanted / 1000) * 1000 : Moments.ParseDuration(step, "--step");
        return QueryRequest.Range(expression, fromMs, toMs, stepMs);
    }

    private static async Task<QueryResult> AskAsync(string url, QueryRequest request, CliContext context, CancellationToken cancellationToken)
    {
        using var server = new ServerClient(url, context);
        return await server.QueryAsync(request, cancellationToken);
    }

    private static async Task PrintNotesAsync(QueryResult result, CliContext context)
    {
        foreach (var note in result.Warnings.Concat(result.Infos))
        {
            await context.Error.WriteLineAsync($"toka: {note}");
        }
    }

    private static async Task PrintAsync(QueryResult result, OutputFormat format, CliContext context)
    {
        await PrintNotesAsync(result, context);
        if (format == OutputFormat.Json)
        {
            QueryJson.Write(result, context.Out);
            return;
        }

        var grid = QueryGrid.Of(result.Value);
        grid.Write(context.Out, format);
        if (grid.RowCount == 0)
        {
            await context.Error.WriteLineAsync("toka: the result is empty: nothing matches, or nothing was left of what matches, at that time");
        }
    }
}
