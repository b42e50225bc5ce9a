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
        DoctorReport report;
        List<DoctorFinding> findings;
        try
        {
            report = StoreDoctor.Examine(StoredData.MetricsIn(data), repairs, cancellationToken);
            findings = [.. report.Findings, .. ExamineState(StoredData.StateIn(data), repairs)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{data} cannot be examined: {e.Message}");
        }

        if (findings.Count > 0 || format != OutputFormat.Table)
        {
            var grid = new Grid(new("file"), new("offset", RightAligned: true), new("what"), new("lost"), new("done"));
            foreach (var finding in findings)
            {
                grid.Add(finding.File, finding.Offset.ToString(CultureInfo.InvariantCulture), finding.What, finding.Lost, finding.Done ?? "");
            }

            grid.Write(context.Out, format);
        }

        var verdict = findings.Count == 0 ? "every checksum is right" : $"{findings.Count} damaged places{(repairs ? ", repaired as said" : "; --repair sets them aside")}";
        context.Error.WriteLine($"toka: {report.Blocks} blocks and {report.Segments} segments of the log, {report.Bytes} bytes, and the state of alerts: {verdict}");
        return Task.FromResult(findings.Count == 0 || repairs ? ExitStatus.Done : ExitStatus.CheckFailed);
    }

    private static IEnumerable<DoctorFinding> ExamineState(string path, bool repairs)
    {
        var faults = StateExaminer.Examine(path);
        var done = repairs && faults.Count > 0 ? $"moved to {StateExaminer.SetAside(path)}" : null;
        return faults.Select(fault => new DoctorFinding(path, 0, fault, "the state and the history of alerts, as far as they cannot be read; metrics are not touched", done));
    }
}
