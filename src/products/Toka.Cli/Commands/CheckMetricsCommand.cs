using System.CommandLine;
using System.Globalization;
using Toka.Cli.Output;
using Toka.Core.Errors;
using Toka.Protocols.Exposition;
using Toka.Protocols.Exposition.Checks;

namespace Toka.Cli.Commands;

/// <summary><c>toka check metrics [FILE]</c>: says what is wrong with an exposition, as a scraped target sends it.</summary>
internal static class CheckMetricsCommand
{
    /// <summary>The largest exposition, in bytes. Default 256 MiB: it is held in memory, and targets send a few MiB.</summary>
    private const long BytesMax = 256 << 20;

    private const string Stdin = "-";

    public static Command Build(CliContext context)
    {
        var file = new Argument<string>("FILE") { Description = "The exposition; - or none for stdin.", Arity = ArgumentArity.ZeroOrOne, DefaultValueFactory = static _ => Stdin };
        var format = new Option<string?>("--format") { Description = "text, openmetrics or protobuf. Default: what it looks like.", HelpName = "FORMAT" };
        format.AcceptOnlyFromAmong("text", "openmetrics", "protobuf");
        var noLint = new Option<bool>("--no-lint") { Description = "Leave out what breaks no rule and only good practice." };
        var output = SharedOptions.Output();
        var metrics = new Verb(
            "metrics",
            "Checks an exposition, as a scraped target sends it: one line a fault, FILE:LINE:COLUMN: message.",
            "toka check metrics metrics.txt")
        {
            file, format, noLint, output,
        };
        metrics.SetAction(async (parsed, cancellationToken) =>
        {
            var name = parsed.GetValue(file) ?? Stdin;
            var body = await ReadAsync(name, context, cancellationToken);
            var report = Check(body, FormatOf(parsed.GetValue(format), body), !parsed.GetValue(noLint));
            return Print(name == Stdin ? "stdin" : name, report, SharedOptions.FormatOf(parsed.GetRequiredValue(output)), context);
        });
        return metrics;
    }

    private static ExpositionFormat FormatOf(string? name, ReadOnlyMemory<byte> body) => name switch
    {
        "text" => ExpositionFormat.Text,
        "openmetrics" => ExpositionFormat.OpenMetrics,
        "protobuf" => ExpositionFormat.Protobuf,
        _ => ExpositionFormats.Detect(body.Span),
    };

    private static ExpositionReport Check(ReadOnlyMemory<byte> body, ExpositionFormat format, bool isLinting) => format switch
    {
        ExpositionFormat.OpenMetrics => OpenMetricsChecker.Check(body.Span, isLinting),
        ExpositionFormat.Protobuf => ProtobufChecker.Check(body.Span, isLinting),
        _ => TextChecker.Check(body.Span, isLinting),
    };

    private static int Print(string name, ExpositionReport report, OutputFormat format, CliContext context)
    {
        foreach (var finding in report.Findings)
        {
            context.Error.WriteLine(Cells.Shown(FormattableString.Invariant($"{name}:{finding.Line}:{finding.Column}: {(finding.IsLint ? "warning: " : "")}{finding.Message}")));
        }

        var untold = report.Faults + report.Lints - report.Findings.Count;
        if (untold > 0)
        {
            context.Error.WriteLine($"toka: {name} has {Cells.Count(untold, "finding")} more; is it an exposition?");
        }

        if (format == OutputFormat.Table)
        {
            context.Out.WriteLine($"{name}: {Cells.Count(report.Samples, "sample")} of {(report.Families == 1 ? "1 family" : FormattableString.Invariant($"{report.Families} families"))}, {(report.IsValid ? "no faults" : Cells.Count(report.Faults, "fault"))}{(report.Lints == 0 ? "" : $", {Cells.Count(report.Lints, "warning")}")}");
        }
        else
        {
            ToGrid(name, report).Write(context.Out, format);
        }

        return report.IsValid ? ExitStatus.Done : ExitStatus.BadInput;
    }

    private static Grid ToGrid(string name, ExpositionReport report)
    {
        var grid = new Grid(new("file"), new("line", RightAligned: true), new("column", RightAligned: true), new("kind"), new("message"));
        foreach (var finding in report.Findings)
        {
            grid.Add(
                name, finding.Line.ToString(CultureInfo.InvariantCulture), finding.Column.ToString(CultureInfo.InvariantCulture), finding.IsLint ? "warning" : "fault", finding.Message);
        }

        return grid;
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(string name, CliContext context, CancellationToken cancellationToken)
    {
        if (name != Stdin && !File.Exists(name))
        {
            throw new BadInputException(Directory.Exists(name) ? $"{name} is a folder; name a file" : $"{name}: there is no such file");
        }

        try
        {
            await using var source = name == Stdin ? context.OpenIn() : new FileStream(name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var body = new MemoryStream();
            var buffer = new byte[64 * 1024];
            int read;
            while ((read = await source.ReadAsync(buffer, cancellationToken)) > 0)
            {
                if (body.Length + read > BytesMax)
                {
                    throw new BadInputException($"{(name == Stdin ? "stdin" : name)} has more than {BytesMax} bytes; an exposition may have as many");
                }

                body.Write(buffer, 0, read);
            }

            return body.GetBuffer().AsMemory(0, (int)body.Length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{(name == Stdin ? "stdin" : name)} cannot be read: {e.Message}");
        }
    }
}
