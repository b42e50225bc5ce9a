using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Toka.Cli.Output;
using Toka.Cli.Querying;

namespace Toka.Cli.Commands;

/// <summary><c>toka cardinality</c>: where the series of a running server come from, and what grew.</summary>
internal static class CardinalityCommand
{
    private const int LimitDefault = 10;

    /// <summary>The kind that counts new series instead of all.</summary>
    private const string NewSeries = "new";

    public static Command Build(CliContext context)
    {
        var since = new Option<string>("--since")
        {
            Description = "The moment to compare with; counts are recorded every ten minutes.",
            HelpName = "TIME",
            DefaultValueFactory = static _ => "now-1d",
        };
        var limit = new Option<int>("--limit")
        {
            Description = "The most entries of each kind.",
            HelpName = "N",
            DefaultValueFactory = static _ => LimitDefault,
        };
        limit.Validators.Add(static result =>
        {
            if (result.Tokens.Count > 0 && (!int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < 1))
            {
                result.AddError($"--limit: {result.Tokens[0].Value} is not a positive whole number");
            }
        });
        var by = new Option<string>("--by") { Description = "Only this kind; new: the new series of each job, and what of them was refused.", HelpName = "KIND", DefaultValueFactory = static _ => "all" };
        by.AcceptOnlyFromAmong("all", "metric", "job", "pair", "label", NewSeries);
        var url = SharedOptions.Url();
        var output = SharedOptions.Output();
        var verb = new Verb("cardinality", "Says where the series of a running server come from, and what grew since.", "toka cardinality --since now-1d --by metric")
        {
            since, by, limit, url, output,
        };
        verb.SetAction(async (parsed, cancellationToken) =>
        {
            var sinceMs = Moments.Parse(parsed.GetRequiredValue(since), "--since", context.Time.GetUtcNow().ToUnixTimeMilliseconds());
            var asked = string.Create(CultureInfo.InvariantCulture, $"api/toka/v1/cardinality?since={sinceMs / 1000.0:R}&limit={parsed.GetRequiredValue(limit)}");
            using var server = new ServerClient(parsed.GetRequiredValue(url), context);
            using var answer = await server.GetAsync(asked, cancellationToken);
            var recorded = answer.RootElement.Get("recordedAtMs");
            await context.Error.WriteLineAsync(recorded.ValueKind == JsonValueKind.Number
                ? $"{answer.RootElement.Get("series").Number(0):F0} series now; compared with {Cells.Time(recorded.GetInt64())}"
                : $"{answer.RootElement.Get("series").Number(0):F0} series now; nothing was recorded at {Cells.Time(sinceMs)} to compare with");
            var kind = parsed.GetRequiredValue(by);
            var grid = kind == NewSeries ? ToChurn(answer.RootElement) : ToGrid(answer.RootElement, kind);
            grid.Write(context.Out, SharedOptions.FormatOf(parsed.GetRequiredValue(output)));
        });
        return verb;
    }

    private static Grid ToGrid(JsonElement answer, string by)
    {
        var grid = new Grid(new("by"), new("name"), new("count", RightAligned: true), new("before", RightAligned: true), new("change", RightAligned: true));
        foreach (var entry in answer.Get("entries").Items())
        {
            if (by != "all" && entry.Get("by").Text() != by)
            {
                continue;
            }

            var count = entry.Get("count").Number(0);
            var before = entry.Get("before").Number(double.NaN);
            grid.Add(
                entry.Get("by").Text(),
                entry.Get("name").Text(),
                count.ToString("F0", CultureInfo.InvariantCulture),
                double.IsNaN(before) ? Grid.None : before.ToString("F0", CultureInfo.InvariantCulture),
                double.IsNaN(before) ? Grid.None : (count - before).ToString("+0;-0;0", CultureInfo.InvariantCulture));
        }

        return grid;
    }

    private static Grid ToChurn(JsonElement answer)
    {
        var grid = new Grid(new("job"), new("this hour", RightAligned: true), new("today", RightAligned: true), new("refused", RightAligned: true), new("most of metric"));
        foreach (var job in answer.Get("newSeries").Items())
        {
            grid.Add(job.Get("job").Text(), Count("hour"), Count("day"), Count("refused"), job.Get("topMetric").Text());

            string Count(string name) => job.Get(name).Number(0).ToString("F0", CultureInfo.InvariantCulture);
        }

        return grid;
    }
}
