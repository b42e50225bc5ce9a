using System.Globalization;
using System.IO.Compression;
using Microsoft.Extensions.Logging.Abstractions;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Monitoring;
using Toka.TimeSeries;

namespace Toka.Load.Runs;

/// <summary>Keeps real data for the other runs, in a store of its own.</summary>
internal static class RecordRun
{
    public static TimeSpan Minutes(string text) => TimeSpan.FromMinutes(double.Parse(text, CultureInfo.InvariantCulture));

    public static TimeSpan Seconds(string text) => TimeSpan.FromSeconds(double.Parse(text, CultureInfo.InvariantCulture));

    /// <summary>Watches this host at 1 s, as <c>toka serve</c> does.</summary>
    public static async Task<int> HostAsync(string directory, TimeSpan duration)
    {
        var metrics = new SelfMetrics();
        await using var store = MetricStore.Open(new MetricStoreOptions { Directory = directory, Retention = TimeSpan.MaxValue }, TimeProvider.System, metrics);
        using var monitor = new HostMonitor(new HostMonitorOptions(), store, metrics, TimeProvider.System, NullLogger.Instance);
        using var end = new CancellationTokenSource(duration);
        await monitor.RunAsync(end.Token);
        Console.WriteLine($"recorded {metrics.Counter("toka_store_samples_total", "").Value} samples in {directory}");
        return 0;
    }

    /// <summary>Reads scrapes of the text exposition format. Lines that are not samples are left out.</summary>
    /// <param name="directory">Where to keep them.</param>
    /// <param name="path">The file.</param>
    /// <param name="interval">Puts each scrape at this distance from the one before, as scrapers do that keep time; null leaves the times.</param>
    public static async Task<int> ScrapesAsync(string directory, string path, TimeSpan? interval)
    {
        await using var store = MetricStore.Open(new MetricStoreOptions { Directory = directory, Retention = TimeSpan.MaxValue }, TimeProvider.System, new SelfMetrics());
        await using Stream file = File.OpenRead(path);
        await using var unpacked = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var reader = new StreamReader(unpacked);
        using var batch = new WriteBatch();
        var labels = new LabelSetBuilder();
        long time = 0, samples = 0, scrapes = 0;
        while (await reader.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("# SCRAPE ", StringComparison.Ordinal))
            {
                samples += (await store.WriteAsync(batch, default)).Accepted;
                batch.Clear();
                time = interval is null || time == 0 ? long.Parse(line.AsSpan(9), CultureInfo.InvariantCulture) : time + (long)interval.Value.TotalMilliseconds;
                scrapes++;
            }
            else if (line.Length > 0 && line[0] != '#')
            {
                Read(line, labels);
                batch.Add(labels, time, double.Parse(line.AsSpan(line.LastIndexOf(' ') + 1).Trim(), CultureInfo.InvariantCulture));
            }
        }

        samples += (await store.WriteAsync(batch, default)).Accepted;
        Console.WriteLine($"recorded {samples} samples of {scrapes} scrapes in {directory}");
        return 0;
    }

    private static void Read(string line, LabelSetBuilder labels)
    {
        labels.Clear();
        labels.Set("job", "node");
        labels.Set("instance", "localhost:9100");
        var brace = line.IndexOf('{', StringComparison.Ordinal);
        labels.Set(LabelSet.MetricName, line[..(brace >= 0 ? brace : line.IndexOf(' ', StringComparison.Ordinal))]);
        for (var at = brace + 1; brace >= 0 && line[at] != '}';)
        {
            var equals = line.IndexOf('=', at);
            var value = new System.Text.StringBuilder();
            var i = equals + 2;
            for (; line[i] != '"'; i++)
            {
                i += line[i] == '\\' ? 1 : 0;
                value.Append(line[i]);
            }

            if (value.Length > 0)
            {
                labels.Set(line[at..equals], value.ToString());
            }

            at = i + (line[i + 1] == ',' ? 2 : 1);
        }
    }
}
