using System.CommandLine;
using Toka.Configuration.Faults;
using Toka.Core.Errors;
using Toka.Server.Configuration;
using Toka.Server.Configuration.Prometheus;

namespace Toka.Cli.Commands;

/// <summary><c>toka check config [FILE]</c>: says what is wrong with a configuration, all of it at once.</summary>
internal static class CheckCommand
{
    public static Command Build(CliContext context)
    {
        var file = new Argument<string?>("FILE") { Description = "The configuration file.", Arity = ArgumentArity.ZeroOrOne };
        var prometheus = new Option<string?>("--prometheus") { Description = "A prometheus.yml, with the files of jobs and rules that it names.", HelpName = "FILE" };
        var config = new Verb("config", "Checks configuration files: one line a fault, FILE:LINE:COLUMN: key: message.", "toka check config toka.yaml")
        {
            file, prometheus,
        };
        config.SetAction(parsed => Check(parsed.GetValue(file), parsed.GetValue(prometheus), context));
        return new Verb("check", "Checks files before they are used.", "toka check config toka.yaml") { config, CheckMetricsCommand.Build(context) };
    }

    private static int Check(string? file, string? prometheusFile, CliContext context)
    {
        if (file is null && prometheusFile is null)
        {
            throw new BadInputException("nothing to check; name a toka.yaml, or a prometheus.yml by --prometheus");
        }

        foreach (var path in new[] { file, prometheusFile })
        {
            if (path is not null && !File.Exists(path))
            {
                throw new BadInputException($"{path}: there is no such file");
            }
        }

        var result = TokaConfiguration.Load(file, context.Environment);
        var isGood = file is null || Print(file, result.Faults, context);
        if (prometheusFile is not null)
        {
            var prometheus = PrometheusConfiguration.Load(prometheusFile, context.Environment, result.Options.Query.Engine);
            isGood &= Print(prometheusFile, prometheus.Faults, context);
            foreach (var note in prometheus.Options.NotInForce)
            {
                context.Out.WriteLine(note.ToString());
            }
        }

        return isGood ? ExitStatus.Done : ExitStatus.BadInput;
    }

    private static bool Print(string file, IReadOnlyList<ConfigFault> faults, CliContext context)
    {
        foreach (var fault in faults)
        {
            context.Error.WriteLine(fault.ToString());
        }

        if (faults.Count == 0)
        {
            context.Out.WriteLine($"{file}: no faults");
        }

        return faults.Count == 0;
    }
}
