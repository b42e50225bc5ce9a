using System.CommandLine;
using System.Globalization;
using Toka.Cli.Querying;
using Toka.Core.Errors;

namespace Toka.Cli.Commands;

/// <summary><c>toka delete series</c>: has a running server delete samples of series.</summary>
internal static class DeleteCommand
{
    public static Command Build(CliContext context)
    {
        var match = SharedOptions.Match();
        var from = new Option<string?>("--from") { Description = "The first moment: RFC 3339, Unix seconds, now or now-5m. Default: everything that is stored.", HelpName = "TIME" };
        var to = new Option<string?>("--to") { Description = "The last moment. Default: everything that is stored.", HelpName = "TIME" };
        var url = SharedOptions.Url();
        var series = new Verb("series", "Deletes the samples of series for good, and prints how many there were.", "toka delete series --match '{job=\"gone\"}' --to now-1d")
        {
            match, from, to, url,
        };
        series.SetAction(async (parsed, cancellationToken) =>
        {
            var selector = parsed.GetRequiredValue(match);
            _ = Selectors.Parse(selector, "--match");
            var nowMs = context.Time.GetUtcNow().ToUnixTimeMilliseconds();
            var form = new List<KeyValuePair<string, string>> { new("match[]", selector) };
            long? first = parsed.GetValue(from) is { } fromText ? Moments.Parse(fromText, "--from", nowMs) : null;
            long? last = parsed.GetValue(to) is { } toText ? Moments.Parse(toText, "--to", nowMs) : null;
            if (last < first)
            {
                throw new BadInputException("--from: the range ends before it begins; --to must not be before --from");
            }

            Add("start", first);
            Add("end", last);
            using var server = new ServerClient(parsed.GetRequiredValue(url), context);
            using var answer = await server.PostAsync("api/toka/v1/delete_series", form, cancellationToken);
            await context.Out.WriteLineAsync($"{answer.RootElement.Get("samples").Number(0).ToString("F0", CultureInfo.InvariantCulture)} samples deleted");

            void Add(string name, long? ms)
            {
                if (ms is { } value)
                {
                    form.Add(new(name, ((decimal)value / 1000).ToString(CultureInfo.InvariantCulture)));
                }
            }
        });
        return new Verb("delete", "Deletes what is stored.", "toka delete series --match '{job=\"gone\"}' --to now-1d") { series };
    }
}
