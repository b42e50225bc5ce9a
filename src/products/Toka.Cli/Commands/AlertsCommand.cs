using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Toka.Cli.Output;
using Toka.Cli.Querying;

namespace Toka.Cli.Commands;

/// <summary><c>toka alerts list</c>: the alerts of a running server.</summary>
internal static class AlertsCommand
{
    public static Command Build(CliContext context)
    {
        var url = SharedOptions.Url();
        var output = SharedOptions.Output();
        var list = new Verb("list", "Lists the alerts which are pending, active, acknowledged or lately resolved.", "toka alerts list --output json")
        {
            url, output,
        };
        list.SetAction(async (parsed, cancellationToken) =>
        {
            using var server = new ServerClient(parsed.GetRequiredValue(url), context);
            using var answer = await server.GetAsync("api/toka/v1/alerts", cancellationToken);
            var grid = ToGrid(answer.RootElement);
            grid.Write(context.Out, SharedOptions.FormatOf(parsed.GetRequiredValue(output)));
        });
        return new Verb("alerts", "Shows alerts.", "toka alerts list") { list };
    }

    /// <summary>The alerts of an answer, given as an array or as an object with the member <c>alerts</c>.</summary>
    internal static Grid ToGrid(JsonElement answer)
    {
        var grid = new Grid(new("severity"), new("state"), new("rule"), new("since"), new("value", RightAligned: true), new("summary"));
        var alerts = answer.ValueKind == JsonValueKind.Array ? answer : answer.Get("alerts");
        foreach (var alert in alerts.Items())
        {
            grid.Add(
                alert.Get("severity").Text(),
                alert.Get("state").Text(),
                alert.Get("rule").Text(),
                Cells.Time((long)alert.Get("sinceMs").Number(0)),
                alert.Get("value").Number(double.NaN).ToString("G4", CultureInfo.InvariantCulture),
                alert.Get("summary").Text());
        }

        return grid;
    }
}
