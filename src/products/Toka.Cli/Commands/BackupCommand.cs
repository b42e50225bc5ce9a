using System.CommandLine;
using System.Globalization;
using Toka.Cli.Output;
using Toka.Cli.Querying;

namespace Toka.Cli.Commands;

/// <summary><c>toka backup DIR</c>: has a running server back itself up.</summary>
internal static class BackupCommand
{
    public static Command Build(CliContext context)
    {
        var directory = new Argument<string>("DIR") { Description = "The folder of all backups, on the server's machine; each backup is a numbered folder in it." };
        var url = SharedOptions.Url();
        var output = SharedOptions.Output();
        var verb = new Verb("backup", "Has a running server back up everything stored; blocks that did not change cost nothing.", "toka backup /var/backups/toka")
        {
            directory, url, output,
        };
        verb.SetAction(async (parsed, cancellationToken) =>
        {
            using var server = new ServerClient(parsed.GetRequiredValue(url), context);
            using var answer = await server.PostAsync("api/toka/v1/backup", [new("directory", Path.GetFullPath(parsed.GetRequiredValue(directory)))], cancellationToken);
            var backup = answer.RootElement;
            foreach (var note in backup.Get("notes").Items())
            {
                await context.Error.WriteLineAsync($"toka: {note.Text()}");
            }

            var grid = new Grid(new("backup"), new("blocks", RightAligned: true), new("linked bytes", RightAligned: true), new("copied bytes", RightAligned: true));
            grid.Add(backup.Get("directory").Text(), Count("blocks"), Count("linkedBytes"), Count("copiedBytes"));
            grid.Write(context.Out, SharedOptions.FormatOf(parsed.GetRequiredValue(output)));

            string Count(string name) => backup.Get(name).Number(0).ToString("F0", CultureInfo.InvariantCulture);
        });
        return verb;
    }
}
