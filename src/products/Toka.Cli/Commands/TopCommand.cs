using System.CommandLine;
using Spectre.Console;
using Toka.Cli.Querying;
using Toka.Cli.Top;

namespace Toka.Cli.Commands;

/// <summary><c>toka top</c>: the watched host, live, in a terminal.</summary>
internal static class TopCommand
{
    public static Command Build(CliContext context)
    {
        var url = SharedOptions.Url();
        var once = new Option<bool>("--once") { Description = "Print one frame and end; this is also what happens when stdout is not a terminal." };
        var verb = new Verb("top", "Shows the watched host, live: cores, memory, disks, network, processes, alerts. q or Ctrl-C ends it.", "toka top --once")
        {
            url, once,
        };
        verb.SetAction(async (parsed, cancellationToken) =>
        {
            using var server = new ServerClient(parsed.GetRequiredValue(url), context);
            var isTerminal = ReferenceEquals(context.Out, Console.Out) && !Console.IsOutputRedirected;
            if (parsed.GetValue(once) || !isTerminal)
            {
                var snapshot = await TopSource.ReadAsync(server, cancellationToken);
                var console = AnsiConsole.Create(new AnsiConsoleSettings
                {
                    Out = new AnsiConsoleOutput(context.Out),
                    Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
                    ColorSystem = isTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
                });
                console.Write(TopFrame.Render(snapshot, TopFrame.RowsOfOneFrame));
                return ExitStatus.Done;
            }

            return await TopScreen.RunAsync(server, context.Time, cancellationToken);
        });
        return verb;
    }
}
