using System.CommandLine;
using System.Globalization;
using Toka.Cli.Output;
using Toka.Core.Errors;
using Toka.Query.PromQL.Scripts;

namespace Toka.Cli.Commands;

/// <summary><c>toka promql test FILE…</c>: runs scripts of PromQL's test language straight on the query engine.</summary>
internal static class PromQlCommand
{
    /// <summary>The largest script, in bytes. Default 16 MiB: scripts are written by hand, and a mistaken file is said to be one.</summary>
    private const long FileBytesMax = 16 << 20;

    /// <summary>The most faults of one file that are printed: more are the sign of a mistaken file.</summary>
    private const int FaultsMax = 20;

    /// <summary>The most series of an answer that are printed for people; JSON has all.</summary>
    private const int LinesMax = 20;

    public static Command Build(CliContext context)
    {
        var files = new Argument<string[]>("FILE") { Description = "The scripts.", Arity = ArgumentArity.OneOrMore };
        var output = SharedOptions.Output();
        var test = new Verb(
            "test",
            "Runs scripts that load samples, ask queries and say what must come; prints each failure, then how many passed and failed.",
            "toka promql test rates.test operators.test")
        {
            files, output,
        };
        test.SetAction((parsed, cancellationToken) => TestAsync(
            parsed.GetRequiredValue(files), SharedOptions.FormatOf(parsed.GetRequiredValue(output)), context, cancellationToken));
        return new Verb("promql", "Tests PromQL.", "toka promql test rates.test") { test };
    }

    private static async Task<int> TestAsync(string[] files, OutputFormat format, CliContext context, CancellationToken cancellationToken)
    {
        var scripts = await ReadAsync(files, context, cancellationToken);
        if (scripts is null)
        {
            return ExitStatus.BadInput;
        }

        var runner = new ScriptRunner(context.Time);
        var failures = new List<EvalOutcome>();
        var total = 0;
        foreach (var script in scripts)
        {
            var outcomes = await runner.RunAsync(script, cancellationToken);
            EvalOutcome[] failed = [.. outcomes.Where(static outcome => !outcome.HasPassed)];
            if (format == OutputFormat.Table)
            {
                Print(failed, context.Out);
            }

            if (scripts.Count > 1)
            {
                await context.Error.WriteLineAsync($"toka: {script.Name}: {Sum(outcomes.Count - failed.Length, failed.Length)}");
            }

            failures.AddRange(failed);
            total += outcomes.Count;
        }

        if (format != OutputFormat.Table)
        {
            ToGrid(failures).Write(context.Out, format);
        }

        var sum = Sum(total - failures.Count, failures.Count);
        await (format == OutputFormat.Table ? context.Out : context.Error).WriteLineAsync(sum);
        return failures.Count == 0 ? ExitStatus.Done : ExitStatus.CheckFailed;
    }

    /// <summary>Reads all files before any is run.</summary>
    /// <returns>Null where one could not be read or is not of the language; a line for each fault was written.</returns>
    private static async Task<List<PromQlScript>?> ReadAsync(string[] files, CliContext context, CancellationToken cancellationToken)
    {
        var scripts = new List<PromQlScript>();
        foreach (var file in files)
        {
            try
            {
                scripts.Add(PromQlScript.Parse(file, await ReadAsync(file, cancellationToken)));
            }
            catch (ScriptException e)
            {
                foreach (var fault in e.Faults.Take(FaultsMax))
                {
                    await context.Error.WriteLineAsync(Cells.Shown(fault.ToString()));
                }

                if (e.Faults.Count > FaultsMax)
                {
                    await context.Error.WriteLineAsync($"toka: {file} has {e.Faults.Count - FaultsMax} faults more; is it a script?");
                }
            }
            catch (BadInputException e)
            {
                await context.Error.WriteLineAsync($"toka: {e.Message}");
            }
        }

        return scripts.Count == files.Length ? scripts : null;
    }

    private static async Task<string> ReadAsync(string file, CancellationToken cancellationToken)
    {
        if (Directory.Exists(file))
        {
            throw new BadInputException($"{file} is a folder; name the scripts in it, such as {Path.Combine(file, "*.test")}");
        }

        if (!File.Exists(file))
        {
            throw new BadInputException($"{file}: there is no such file");
        }

        try
        {
            var bytes = new FileInfo(file).Length;
            return bytes <= FileBytesMax
                ? await File.ReadAllTextAsync(file, cancellationToken)
                : throw new BadInputException($"{file} has {bytes} bytes; a script may have {FileBytesMax}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{file} cannot be read: {e.Message}");
        }
    }

    private static void Print(IEnumerable<EvalOutcome> failed, TextWriter output)
    {
        foreach (var outcome in failed)
        {
            var failure = outcome.Failure!;
            output.WriteLine(Cells.Shown($"{outcome.Script}:{outcome.Line}: {outcome.Expression}"));
            output.WriteLine(Cells.Shown($"  asked: {failure.Query}"));
            output.WriteLine(Cells.Shown($"  wrong: {failure.Message}"));
            Print("  expected:", failure.Expected, output);
            Print("  actual:", failure.Actual, output);
        }
    }

    private static void Print(string heading, IReadOnlyList<string> lines, TextWriter output)
    {
        output.WriteLine(lines.Count == 0 ? heading + " nothing" : heading);
        foreach (var line in lines.Take(LinesMax))
        {
            output.WriteLine(Cells.Shown($"    {line}"));
        }

        if (lines.Count > LinesMax)
        {
            output.WriteLine($"    and {lines.Count - LinesMax} more; --output json has all");
        }
    }

    private static Grid ToGrid(IEnumerable<EvalOutcome> failed)
    {
        var grid = new Grid(
            new("file"), new("line", RightAligned: true), new("expression"), new("asked"), new("wrong"), new("expected"), new("actual"));
        foreach (var outcome in failed)
        {
            var failure = outcome.Failure!;
            grid.Add(
                outcome.Script,
                outcome.Line.ToString(CultureInfo.InvariantCulture),
                outcome.Expression,
                failure.Query,
                failure.Message,
                string.Join('\n', failure.Expected),
                string.Join('\n', failure.Actual));
        }

        return grid;
    }

    private static string Sum(int passed, int failed) => string.Create(CultureInfo.InvariantCulture, $"{passed} passed, {failed} failed");
}
