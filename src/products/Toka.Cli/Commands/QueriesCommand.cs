using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Toka.Cli.Output;
using Toka.Cli.Querying;

namespace Toka.Cli.Commands;

/// <summary><c>toka queries</c>: which queries of a running server run, were slow, or reached a limit.</summary>
internal static class QueriesCommand
{
    /// <summary>Characters of a text in a line: a terminal has room for them beside the numbers.</summary>
    private const int TextMax = 80;

    public static Command Build(CliContext context)
    {
        var cancel = new Option<string?>("--cancel") { Description = "End the query of this number, instead of showing any.", HelpName = "ID" };
        cancel.Validators.Add(static result =>
        {
            if (result.Tokens.Count > 0 && !long.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                result.AddError($"--cancel: {result.Tokens[0].Value} is not a query's number, as `toka queries` shows it");
            }
        });
        var url = SharedOptions.Url();
        var output = SharedOptions.Output();
        var verb = new Verb("queries", "Shows which queries of a running server run, were slow or reached a limit, and ends one.", "toka queries")
        {
            cancel, url, output,
        };
        verb.SetAction(async (parsed, cancellationToken) =>
        {
            using var server = new ServerClient(parsed.GetRequiredValue(url), context);
            if (parsed.GetValue(cancel) is { } id)
            {
                await server.CancelQueryAsync(long.Parse(id, NumberStyles.None, CultureInfo.InvariantCulture), cancellationToken);
                await context.Error.WriteLineAsync($"query {id} was ended");
                return;
            }

            using var answer = await server.GetAsync("api/toka/v1/queries", cancellationToken);
            var grid = ToGrid(answer.RootElement);
            grid.Write(context.Out, SharedOptions.FormatOf(parsed.GetRequiredValue(output)));
            if (grid.RowCount == 0)
            {
                await context.Error.WriteLineAsync("no query runs, none was asked in the last hour, and none reached a limit");
            }
        });
        return verb;
    }

    private static Grid ToGrid(JsonElement answer)
    {
        var grid = new Grid(
            new("list"), new("id", RightAligned: true), new("time"), new("seconds", RightAligned: true), new("series", RightAligned: true),
            new("samples", RightAligned: true), new("status"), new("limit"), new("from"), new("expression"));
        foreach (var list in (string[])["active", "slowest", "limited"])
        {
            foreach (var query in answer.Get(list).Items())
            {
                grid.Add(
                    list, Whole("id"), TimeOf(query), query.Get("durationSeconds").Number(0).ToString("0.###", CultureInfo.InvariantCulture),
                    Whole("series"), Whole("samples"), query.Get("status").Text(), query.Get("limit").Text(), FromOf(query), Cut(query.Get("expression").Text()));

                string Whole(string name) => query.Get(name).Number(0).ToString("F0", CultureInfo.InvariantCulture);
            }
        }

        return grid;
    }

    private static string TimeOf(JsonElement query) =>
        query.Get("time") is { ValueKind: JsonValueKind.String } time && time.TryGetDateTimeOffset(out var moment) ? Cells.Time(moment.ToUnixTimeMilliseconds()) : Grid.None;

    private static string FromOf(JsonElement query)
    {
        var what = string.Concat(query.Get("client").Text(), query.Get("rule").Text());
        return what.Length == 0 ? query.Get("from").Text() : $"{query.Get("from").Text()} {what}";
    }

    private static string Cut(string text) => text.Length <= TextMax ? text : string.Concat(text.AsSpan(0, TextMax - 1), "…");
}
