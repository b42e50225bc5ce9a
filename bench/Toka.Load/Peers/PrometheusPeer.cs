using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Toka.Load.Wire;

namespace Toka.Load.Peers;

/// <summary>Debian's prometheus, fed by remote write, or scraping.</summary>
/// <param name="configuration">Its prometheus.yml; null for an empty one.</param>
internal sealed class PrometheusPeer(string? configuration = null) : Peer("prometheus", "prometheus")
{
    protected override IEnumerable<string> Arguments
    {
        get
        {
            var file = Path.Combine(Data, "prometheus.yml");
            File.WriteAllText(file, configuration ?? "{}\n");
            return
            [
                $"--config.file={file}", $"--storage.tsdb.path={Path.Combine(Data, "tsdb")}", $"--web.listen-address=127.0.0.1:{Port}",
                "--web.enable-remote-write-receiver", "--web.enable-admin-api", "--storage.tsdb.retention.time=10y",
            ];
        }
    }

    public override Task WriteAsync(IReadOnlyList<SeriesSamples> series) => RemoteWrite.SendAsync(Http, "api/v1/write", series);

    /// <summary>Writes everything, the head too, as blocks.</summary>
    /// <returns>The bytes of those blocks, and the samples in them.</returns>
    public async Task<(long Bytes, long Samples)> SnapshotAsync()
    {
        using var response = await Http.PostAsync(new Uri("api/v1/admin/tsdb/snapshot?skip_head=false", UriKind.Relative), null);
        response.EnsureSuccessStatusCode();
        using var answer = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync());
        return CountBlocks(Path.Combine(Data, "tsdb", "snapshots", answer.RootElement.GetProperty("data").GetProperty("name").GetString()!));
    }

    /// <summary>Has promtool write everything as one block, whatever time it spans: what compaction comes to in the end.</summary>
    public async Task<(long Bytes, long Samples)> OneBlockAsync(IEnumerable<SeriesSamples> series)
    {
        var (text, blocks) = (Path.Combine(Data, "all.om"), Path.Combine(Data, "one"));
        await using (var writer = new StreamWriter(text))
        {
            foreach (var (labels, times, values) in series)
            {
                for (var i = 0; i < times.Length; i++)
                {
                    await writer.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"{labels} {Number(values.Span[i])} {times.Span[i] / 1000}.{times.Span[i] % 1000:D3}\n"));
                }
            }

            await writer.WriteAsync("# EOF\n");
        }

        using var process = Process.Start(new ProcessStartInfo("promtool", ["tsdb", "create-blocks-from", "--max-block-duration=720h", "-q", "openmetrics", text, blocks]))
            ?? throw new InvalidOperationException("promtool cannot be started.");
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? CountBlocks(blocks) : throw new InvalidOperationException($"promtool ended with {process.ExitCode}.");
    }

    private static string Number(double value) =>
        double.IsNaN(value) ? "NaN" : double.IsInfinity(value) ? (value > 0 ? "+Inf" : "-Inf") : value.ToString("R", CultureInfo.InvariantCulture);

    private static (long Bytes, long Samples) CountBlocks(string directory)
    {
        var samples = 0L;
        foreach (var meta in Directory.EnumerateFiles(directory, "meta.json", SearchOption.AllDirectories))
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(meta));
            samples += document.RootElement.GetProperty("stats").GetProperty("numSamples").GetInt64();
        }

        return (BytesBelow(directory), samples);
    }
}
