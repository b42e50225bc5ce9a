using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Toka.Edges.Tests.Cli;

/// <summary>A real Prometheus on a directory, with its admin API; killed at the end.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private const string Path = "/usr/bin/prometheus";
    private const string Tool = "/usr/bin/promtool";

    private readonly Process _process;

    private PrometheusServer(Process process, Uri url)
    {
        _process = process;
        Client = new HttpClient { BaseAddress = url };
    }

    public HttpClient Client { get; }

    /// <summary>Skips the test, by name, where Prometheus is missing.</summary>
    public static void SkipWhereMissing() =>
        Assert.SkipUnless(File.Exists(Path) && File.Exists(Tool), $"{Path} or {Tool} is missing; ./test installs them with Debian's package prometheus.");

    /// <summary>Has promtool make blocks of an OpenMetrics text. Fails with promtool's words where it refuses the text.</summary>
    public static async Task CreateBlocksAsync(string openMetricsFile, string directory)
    {
        using var process = Process.Start(new ProcessStartInfo(Tool, ["tsdb", "create-blocks-from", "openmetrics", openMetricsFile, directory]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, error + await output);
    }

    /// <summary>Has promtool read a text of the exposition format. 1 says that it cannot; 3 that it has advice, such as to add help.</summary>
    public static async Task<int> CheckMetricsAsync(string text)
    {
        using var process = Process.Start(new ProcessStartInfo(Tool, ["check", "metrics"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        await process.StandardInput.WriteAsync(text);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        await process.StandardError.ReadToEndAsync();
        await output;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    /// <summary>Starts it.</summary>
    /// <param name="directory">Where its data is.</param>
    /// <param name="configuration">What stands in its configuration.</param>
    public static async Task<PrometheusServer> StartAsync(string directory, string configuration = "global: {}\n")
    {
        var port = FreePort();
        var config = System.IO.Path.Combine(directory, "prometheus.yml");
        await File.WriteAllTextAsync(config, configuration);
        var process = Process.Start(new ProcessStartInfo(
            Path,
            [$"--config.file={config}", $"--storage.tsdb.path={directory}", "--storage.tsdb.retention.time=100y", "--web.enable-admin-api", $"--web.listen-address=127.0.0.1:{port}"])
        { RedirectStandardError = true })!;
        var said = new List<string>();
        while (await process.StandardError.ReadLineAsync() is { } line)
        {
            said.Add(line);
            if (line.Contains("ready to receive web requests", StringComparison.Ordinal))
            {
                // Read on, or a full pipe would stop it.
                _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null);
                return new PrometheusServer(process, new Uri($"http://127.0.0.1:{port}/"));
            }
        }

        throw new InvalidOperationException("prometheus did not start: " + string.Join('\n', said));
    }

    public async Task<string> QueryAsync(string expression, string time) =>
        await Client.GetStringAsync($"api/v1/query?query={Uri.EscapeDataString(expression)}&time={time}");

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
