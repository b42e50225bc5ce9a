using System.CommandLine;
using System.Globalization;
using Toka.Cli.Output;
using Toka.Cli.Querying;
using Toka.Core.Errors;
using Toka.State.Sqlite;
using Toka.TimeSeries.Care;

namespace Toka.Cli.Commands;

/// <summary><c>toka doctor</c>: verifies everything a stopped server has stored, and repairs what can be when asked to.</summary>
internal static class DoctorCommand
{
    public static Command Build(CliContext context)
    {
        var data = SharedOptions.Data();
        var repair = new Option<bool>("--repair") { Description = "Set aside what is damaged and write anew what is good of it. Nothing is deleted." };
        var output = SharedOptions.Output();
        var verb = new Verb("doctor", "Verifies everything that a stopped server has stored; changes nothing unless told to repair.", "toka doctor --data /var/lib/toka")
        {
            data, repair, output,
        };
        verb.SetAction((parsed, cancellationToken) => Examine(
            SharedOptions.DataOf(parsed.GetValue(data), context),
            parsed.GetValue(repair),
            SharedOptions.FormatOf(parsed.GetRequiredValue(output)),
            context,
            cancellationToken));
        return verb;
    }

    private static Task<int> Examine(string data, bool repairs, OutputFormat format, CliContext context, CancellationToken cancellationToken)
    {
        var report = ExamineMetrics(data, repairs, cancellationToken);
        List<DoctorFinding> findings = [.. report.Findings];
        var state = StoredData.StateIn(data);
        var stopped = report.Stopped;
        try
        {
            findings.AddRange(ExamineState(state, repairs));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            stopped = stopped is null ? e.Message : $"{stopped}; {e.Message}";
        }

        if (findings.Count > 0 || format != OutputFormat.Table)
        {
            Print(findings, format, context);
        }

        var repaired = findings.Count(static finding => finding.Done is not null);
        context.Error.WriteLine($"toka: {Cells.Count(report.Blocks, "block")} and {Cells.Count(report.Segments, "segment")} of the log, {Cells.Count(report.Bytes, "byte")}{Verdict(findings.Count, repaired, repairs, stopped, state)}");
        if (stopped is not null)
        {
            throw new BadInputException($"{data} cannot be examined{(repairs ? " or repaired" : "")} as a whole: {stopped}");
        }

        return Task.FromResult(repaired == findings.Count ? ExitStatus.Done : ExitStatus.CheckFailed);
    }

    private static DoctorReport ExamineMetrics(string data, bool repairs, CancellationToken cancellationToken)
    {
        try
        {
            return StoreDoctor.Examine(StoredData.MetricsIn(data), repairs, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{data} cannot be examined: {e.Message}");
        }
    }

    private static void Print(List<DoctorFinding> findings, OutputFormat format, CliContext context)
    {
        var grid = new Grid(new("file"), new("offset", RightAligned: true), new("what"), new("lost"), new("done"));
        foreach (var finding in findings)
        {
            grid.Add(finding.File, finding.Offset.ToString(CultureInfo.InvariantCulture), finding.What, finding.Lost, finding.Done ?? "");
        }

        grid.Write(context.Out, format);
    }

    /// <summary>The state has no checksums of its own: all that can be said of it is that SQLite finds its pages in order.</summary>
    private static string Verdict(int findings, int repaired, bool repairs, string? stopped, string state)
    {
        if (findings > 0)
        {
            return $", and the state of alerts: {Cells.Count(findings, "damaged place")}; {(repairs ? string.Create(CultureInfo.InvariantCulture, $"{repaired} of {findings} repaired") : "--repair sets aside what is damaged")}";
        }

        return stopped is not null ? " were examined, and then it ended"
            : File.Exists(state) ? ": every checksum is right; SQLite finds the state of alerts in order"
            : ": every checksum is right; there is no state of alerts";
    }

    private static IEnumerable<DoctorFinding> ExamineState(string path, bool repairs)
    {
        var faults = StateExaminer.Examine(path);
        var done = repairs && faults.Count > 0 ? $"moved to {StateExaminer.SetAside(path)}" : null;
        return faults.Select(fault => new DoctorFinding(path, 0, fault, "the state and the history of alerts, as far as they cannot be read; metrics are not touched", done));
    }
}
