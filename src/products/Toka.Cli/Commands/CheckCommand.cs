using System.CommandLine;
using Toka.Core.Errors;
using Toka.Server.Configuration;

namespace Toka.Cli.Commands;

/// <summary><c>toka check config FILE</c>: says what is wrong with a configuration, all of it at once.</summary>
internal static class CheckCommand
{
    public static Command Build(CliContext context)
    {
        var file = new Argument<string>("FILE") { Description = "The configuration file." };
        var config = new Verb("config", "Checks a configuration file: one line a fault, FILE:LINE:COLUMN: key: message.", "toka check config toka.yaml")
        {
            file,
        };
        config.SetAction(parsed => Check(parsed.GetRequiredValue(file), context));
        return new Verb("check", "Checks files before they are used.", "toka check config toka.yaml") { config, CheckMetricsCommand.Build(context) };
    }

    private static int Check(string file, CliContext context)
    {
        if (!File.Exists(file))
        {
            throw new BadInputException($"{file}: there is no such file");
        }

        var result = TokaConfiguration.Load(file, context.Environment);
        foreach (var fault in result.Faults)
        {
            context.Error.WriteLine(fault.ToString());
        }

        if (result.Faults.Count > 0)
        {
            return ExitStatus.BadInput;
        }

        context.Out.WriteLine($"{file}: no faults");
        return ExitStatus.Done;
    }
}
