using System.CommandLine;
using System.Globalization;
using Toka.Cli.Importing;
using Toka.Cli.Output;
using Toka.Cli.Querying;
using Toka.Core.Errors;
using Toka.Core.Telemetry;
using Toka.TimeSeries;

namespace Toka.Cli.Commands;

/// <summary><c>toka import prometheus DIR</c>: what another database holds, into a stopped server's data.</summary>
internal static class ImportCommand
{
    public static Command Build(CliContext context)
    {
        var from = new Argument<string>("DIR") { Description = "Prometheus's data directory, a snapshot of it, or one block." };
        var data = SharedOptions.Data();
        var config = SharedOptions.Config();
        var output = SharedOptions.Output();
        var prometheus = new Verb(
            "prometheus",
            "Imports the blocks of a Prometheus into the data folder of a stopped server. The log (wal/) is not read: have Prometheus write it with POST /api/v1/admin/tsdb/snapshot and import the snapshot.",
            "toka import prometheus /var/lib/prometheus/metrics2 --data /var/lib/toka")
        {
            from, data, config, output,
        };
        prometheus.SetAction((parsed, cancellationToken) => ImportAsync(
            parsed.GetRequiredValue(from),
            SharedOptions.DataOf(parsed.GetValue(data), context),
            SharedOptions.FormatOf(parsed.GetRequiredValue(output)),
            StoredData.StoreOptions(parsed.GetValue(config), context),
            context,
            cancellationToken));
        return new Verb("import", "Imports what another database holds.", "toka import prometheus /var/lib/prometheus/metrics2 --data /var/lib/toka") { prometheus };
    }

    private static async Task<int> ImportAsync(
        string from, string data, OutputFormat format, MetricStoreOptions? options, CliContext context, CancellationToken cancellationToken)
    {
        if (options is null)
        {
            return ExitStatus.BadInput;
        }

        var directory = PrometheusDirectory.Open(from);
        if (directory.HasLog)
        {
            await context.Error.WriteLineAsync($"toka: {from}: the log (wal/) is not read; for Prometheus's last hours start it with --web.enable-admin-api, POST /api/v1/admin/tsdb/snapshot, and import the folder that it names");
        }

        ImportTally tally;
        await using (var store = MetricStore.Open(options with { Directory = StoredData.MetricsIn(data) }, context.Time, new SelfMetrics()))
        {
            foreach (var fault in (await store.Recovered.WaitAsync(cancellationToken)).Faults)
            {
                await context.Error.WriteLineAsync($"toka: {fault}");
            }

            using var import = new PrometheusImport(store);
            tally = import.Tally;
            for (var i = 0; i < directory.Blocks.Count; i++)
            {
                var found = directory.Blocks[i];
                await context.Error.WriteLineAsync($"toka: block {i + 1} of {directory.Blocks.Count}: {found.Meta.Id}, {Cells.Time(found.Meta.FromMs)} to {Cells.Time(found.Meta.ToMs)}");
                try
                {
                    using var block = found.Open();
                    await import.ImportAsync(block, cancellationToken);
                }
                catch (BadInputException e)
                {
                    tally.AddFault(e.Message);
                }
            }
        }

        await PrintAsync(tally, format, context);
        return tally.FaultCount > 0 ? ExitStatus.BadInput : tally.IsWhole ? ExitStatus.Done : ExitStatus.CheckFailed;
    }

    private static async Task PrintAsync(ImportTally tally, OutputFormat format, CliContext context)
    {
        foreach (var fault in tally.Faults)
        {
            await context.Error.WriteLineAsync($"toka: {fault}");
        }

        if (tally.FaultCount > tally.Faults.Count)
        {
            await context.Error.WriteLineAsync($"toka: and {Cells.Count(tally.FaultCount - tally.Faults.Count, "more damaged place")}");
        }

        if (tally.FirstReason is not null)
        {
            await context.Error.WriteLineAsync($"toka: not stored: {tally.FirstReason}");
        }

        var grid = new Grid(new GridColumn("what"), new GridColumn("count", RightAligned: true));
        foreach (var (what, count) in new[]
        {
            ("series read, block by block", tally.Series),
            ("samples read", tally.Samples),
            ("samples stored", tally.Accepted),
            ("samples that were there already", tally.Duplicates),
            ("refused: another value stands at that time", tally.Conflicting),
            ("refused: older than storage.retention", tally.TooOld),
            ("refused: in the future", tally.TooFarInFuture),
            ("refused: over the limit of series", tally.OverSeriesLimit),
            ("left out: chunks of native histograms", tally.HistogramChunks),
            ("left out: series with a label too long", tally.BadSeries),
            ("damaged places", tally.FaultCount),
        })
        {
            grid.Add(what, count.ToString(CultureInfo.InvariantCulture));
        }

        grid.Write(context.Out, format);
    }
}
