using System.CommandLine;
using System.Globalization;
using Toka.Cli.Output;
using Toka.Cli.Querying;
using Toka.Core.Errors;
using Toka.TimeSeries.Care;

namespace Toka.Cli.Commands;

/// <summary><c>toka doctor</c>: verifies every checksum of a stopped server's metrics, and repairs what can be when asked to.</summary>
internal static class DoctorCommand
{
    public static Command Build(CliContext context)
    {
        var data = SharedOptions.Data();
        var repair = new Option<bool>("--repair") { Description = "Set aside what is damaged and write anew what is good of it. Nothing is deleted." };
        var output = SharedOptions.Output();
        var verb = new Verb("doctor", "Verifies every checksum of a stopped server's metrics; changes nothing unless told to repair.", "toka doctor --data /var/lib/toka")
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
        try
        {
            report = StoreDoctor.Examine(StoredData.MetricsIn(data), repairs, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{data} cannot be examined: {e.Message}");
        }

        if (report.Findings.Count > 0 || format != OutputFormat.Table)
        {
            var grid = new Grid(new("file"), new("offset", RightAligned: true), new("what"), new("lost"), new("done"));
            foreach (var finding in report.Findings)
            {
                grid.Add(finding.File, finding.Offset.ToString(CultureInfo.InvariantCulture), finding.What, finding.Lost, finding.Done ?? "");
            }

            grid.Write(context.Out, format);
        }

        context.Error.WriteLine($"toka: {report.Blocks} blocks and {report.Segments} segments of the log, {report.Bytes} bytes: {(report.IsHealthy ? "every checksum is right" : $"{report.Findings.Count} damaged places{(repairs ? ", repaired as said" : "; --repair sets them aside")}")}");
        return Task.FromResult(report.IsHealthy || repairs ? ExitStatus.Done : ExitStatus.CheckFailed);
    }
}
