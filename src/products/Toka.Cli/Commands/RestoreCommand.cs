using System.CommandLine;
using Toka.Core.Errors;
using Toka.TimeSeries.Care;

namespace Toka.Cli.Commands;

/// <summary><c>toka restore BACKUP --data NEWDIR</c>: makes a data folder of a backup.</summary>
internal static class RestoreCommand
{
    public static Command Build(CliContext context)
    {
        var backup = new Argument<string>("BACKUP") { Description = "One backup: a numbered folder that `toka backup` made." };
        var data = new Option<string>("--data") { Description = "The data folder to make; missing or empty.", HelpName = "DIR", Required = true };
        var verb = new Verb("restore", "Checks a backup and makes a data folder of it.", "toka restore /var/backups/toka/000003 --data /var/lib/toka-restored")
        {
            backup, data,
        };
        verb.SetAction((parsed, cancellationToken) => Restore(parsed.GetRequiredValue(backup), parsed.GetRequiredValue(data), context, cancellationToken));
        return verb;
    }

    private static Task<int> Restore(string backup, string data, CliContext context, CancellationToken cancellationToken)
    {
        if (File.Exists(data) || (Directory.Exists(data) && Directory.EnumerateFileSystemEntries(data).Any()))
        {
            throw new BadInputException($"--data: {data} is not empty; name a folder that does not exist yet");
        }

        try
        {
            var report = StoreRestore.Run(backup, data, cancellationToken);
            context.Out.WriteLine($"restored {report.Files} files of {report.Bytes} bytes; start with: toka serve --data {data}");
            return Task.FromResult(ExitStatus.Done);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{data} cannot be written: {e.Message}");
        }
    }
}
