using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Toka.Cli.Commands;
using Toka.Core.Errors;

namespace Toka.Cli;

/// <summary>The <c>toka</c> command: its verbs, and how faults become lines and exit statuses.</summary>
internal static class CommandLine
{
    private const string Description = "Toka Performance: metrics, traces, logs, PromQL, alerting and a live dashboard in one program.";

    /// <summary>
    /// How long a verb may take to end after Ctrl-C or SIGTERM. The library's own 2 s would cut a server off which waits
    /// 5 s for the requests that still run, and then closes its stores.
    /// </summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Runs a command line.</summary>
    /// <param name="args">The arguments, without the program's name.</param>
    /// <param name="context">The outside world.</param>
    /// <param name="cancellationToken">Ends the run, as Ctrl-C and SIGTERM do.</param>
    /// <returns>One of <see cref="ExitStatus"/>.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, CliContext context, CancellationToken cancellationToken)
    {
        var root = Build(context);
        var parsed = root.Parse(args);
        if (UnknownOption(parsed) is { } unknown)
        {
            await context.Error.WriteLineAsync($"toka: {unknown} is no option of '{parsed.CommandResult.Command.Name}'; --help names them");
            return ExitStatus.BadInput;
        }

        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                await context.Error.WriteLineAsync($"toka: {OneLine(error.Message)}");
            }

            if (parsed.CommandResult.Command.Subcommands.Count > 0)
            {
                await context.Error.WriteLineAsync($"toka: the verbs are {string.Join(", ", parsed.CommandResult.Command.Subcommands.Select(static verb => verb.Name))}; --help says more");
            }

            return ExitStatus.BadInput;
        }

        var configuration = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            Output = context.Out,
            Error = context.Error,
            ProcessTerminationTimeout = StopTimeout,
        };
        try
        {
            return await parsed.InvokeAsync(configuration, cancellationToken);
        }
        catch (Exception e) when (e is BadInputException or LimitExceededException)
        {
            await context.Error.WriteLineAsync($"toka: {OneLine(e.Message)}");
            return ExitStatus.BadInput;
        }
        catch (OperationCanceledException)
        {
            await context.Error.WriteLineAsync("toka: stopped before it was done");
            return ExitStatus.OwnFault;
        }
        catch (Exception e)
        {
            await context.Error.WriteLineAsync($"toka: a fault of toka's own; please report it with the lines that follow{Environment.NewLine}{e}");
            return ExitStatus.OwnFault;
        }
    }

    /// <summary>The root command with all verbs.</summary>
    /// <param name="context">The outside world.</param>
    public static RootCommand Build(CliContext context)
    {
        var root = new RootCommand(Description)
        {
            ServeCommand.Build(context),
            QueryCommand.Build(context),
            QueriesCommand.Build(context),
            TopCommand.Build(context),
            CheckCommand.Build(context),
            PromQlCommand.Build(context),
            AlertsCommand.Build(context),
            TracesCommand.Build(context),
            LogsCommand.Build(context),
            CardinalityCommand.Build(context),
            ExportCommand.Build(context),
            ImportCommand.Build(context),
            BackupCommand.Build(context),
            RestoreCommand.Build(context),
            DoctorCommand.Build(context),
            DeleteCommand.Build(context),
        };
        foreach (var option in root.Options)
        {
            if (option is HelpOption { Action: HelpAction action } help)
            {
                help.Action = new HelpWithExample(action);
            }
            else if (option is VersionOption version)
            {
                version.Action = new PrintVersion();
            }
        }

        return root;
    }

    /// <summary>The library takes a mistyped option for the argument, and would make a folder of that name.</summary>
    private static string? UnknownOption(ParseResult parsed) => parsed.CommandResult.Children
        .OfType<System.CommandLine.Parsing.ArgumentResult>()
        .SelectMany(static argument => argument.Tokens)
        .Select(static token => token.Value)
        .Concat(parsed.UnmatchedTokens)
        .FirstOrDefault(static token => token.Length > 2 && token.StartsWith("--", StringComparison.Ordinal) && char.IsAsciiLetter(token[2]));

    private static string OneLine(string message) => message.ReplaceLineEndings(" ").Replace('\t', ' ').Trim();

    /// <summary>The library's help, followed by the verb's example.</summary>
    private sealed class HelpWithExample(HelpAction library) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            library.Invoke(parseResult);
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Example:");
            var example = parseResult.CommandResult.Command is IExample verb ? verb.Example : "toka serve";
            output.WriteLine("  " + example);
            return ExitStatus.Done;
        }
    }

    private sealed class PrintVersion : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var version = typeof(CommandLine).Assembly.GetName().Version;
            parseResult.InvocationConfiguration.Output.WriteLine($"toka {version?.ToString(3)}");
            return ExitStatus.Done;
        }
    }
}
