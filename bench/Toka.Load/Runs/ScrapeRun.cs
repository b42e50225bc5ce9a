using System.Globalization;
using Toka.Load.Peers;
using Toka.Load.Wire;

namespace Toka.Load.Runs;

/// <summary>
/// The same targets scraped by each of the servers, one server after the other: samples scraped and stored for each second of
/// processor time. That each scrape was taken whole is seen by asking for the scrapes' own series.
/// </summary>
internal static class ScrapeRun
{
    /// <summary>What each has to begin with all targets and to know all series.</summary>
    private static readonly TimeSpan s_warm = TimeSpan.FromSeconds(10);

    /// <summary>Prints the figures of all, or of toka alone.</summary>
    /// <param name="file">Text exposition.</param>
    /// <param name="targets">Targets, each scraped once a second.</param>
    /// <param name="seconds">Seconds that are measured.</param>
    /// <param name="alone">Whether toka is the only one.</param>
    public static async Task<int> PrintAsync(string file, int targets, int seconds, bool alone)
    {
        using var host = new TargetHost(await File.ReadAllTextAsync(file), targets);
        var configuration = string.Create(
            CultureInfo.InvariantCulture,
            $"global: {{ scrape_interval: 1s, scrape_timeout: 1s }}\nscrape_configs:\n- job_name: load\n  static_configs:\n  - targets: [{string.Join(", ", host.Addresses.Select(static address => $"'{address}'"))}]\n");
        Say($"{targets} targets with {host.Samples} samples each of {Path.GetFileName(file)}, scraped each second for {seconds} s");
        Say($"{await Machine.TextAsync()}");
        List<Peer> peers = alone ? [new TokaPeer(configuration)] : [new PrometheusPeer(configuration), new VictoriaPeer(configuration), new TokaPeer(configuration)];
        var results = new List<(string Name, double PerCpuSecond)>();
        foreach (var peer in peers)
        {
            await using (peer)
            {
                results.Add((peer.Name, await MeasureAsync(peer, host, targets, seconds)));
            }
        }

        foreach (var (name, perCpuSecond) in results[..^1])
        {
            Say($"toka to {name}: {results[^1].PerCpuSecond / perCpuSecond:F2} × the samples per second of processor time");
        }

        return 0;
    }

    private static async Task<double> MeasureAsync(Peer peer, TargetHost host, int targets, int seconds)
    {
        peer.Start();
        _ = await peer.AnswersAsync("vector(1)", 1);
        await Task.Delay(s_warm);
        _ = await peer.AnswersAsync("sum(scrape_samples_scraped{job=\"load\"})", (double)host.Samples * targets);
        var (cpu, served) = (peer.Cpu(), host.Served);
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        cpu = peer.Cpu() - cpu;
        served = host.Served - served;
        _ = await peer.AnswersAsync("sum(scrape_samples_post_metric_relabeling{job=\"load\"})", (double)host.Samples * targets);
        _ = await peer.AnswersAsync(string.Create(CultureInfo.InvariantCulture, $"min(min_over_time(up{{job=\"load\"}}[{seconds}s]))"), 1);
        var samples = served * host.Samples;
        var memory = peer.Memory();
        Say($"{await peer.VersionAsync()}");
        Say($"  {samples / cpu.TotalSeconds:F0} samples per second of processor time: {samples} in {cpu.TotalSeconds:F2} s; {served} scrapes of {targets * seconds} due; {memory.Anonymous >> 20} MiB anonymous");
        return samples / cpu.TotalSeconds;
    }

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
