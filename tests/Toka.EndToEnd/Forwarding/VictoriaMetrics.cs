using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Toka.EndToEnd.Forwarding;

/// <summary>Debian's victoria-metrics on a directory and a free port of the loopback address; killed at the end.</summary>
internal sealed class VictoriaMetrics : IAsyncDisposable
{
    private const string Program = "/usr/bin/victoria-metrics";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private string _log = "";

    private VictoriaMetrics(string directory, int port)
    {
        // What was written lately is shown as well; it is hidden for 30 s otherwise.
        _process = Process.Start(new ProcessStartInfo(
            Program, [$"-storageDataPath={directory}", $"-httpListenAddr=127.0.0.1:{port}", "-retentionPeriod=100y", "-search.latencyOffset=1ms", "-search.disableCache"])
        { RedirectStandardError = true, RedirectStandardOutput = true })!;
        _process.ErrorDataReceived += (_, line) => _log = line.Data ?? _log;
        _process.OutputDataReceived += static (_, _) => { };
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        Url = $"http://127.0.0.1:{port}";
        Client = new HttpClient { BaseAddress = new Uri(Url), Timeout = s_patience };
    }

    public string Url { get; }

    public HttpClient Client { get; }

    /// <summary>Skips the test, by name, where it is missing.</summary>
    public static void SkipWhereMissing() =>
        Assert.SkipUnless(File.Exists(Program), $"{Program} is missing; ./test installs it with Debian's package victoria-metrics.");

    public static async Task<VictoriaMetrics> StartAsync(string directory)
    {
        var server = new VictoriaMetrics(directory, FreePort());
        using var deadline = new CancellationTokenSource(s_patience);
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (await again.WaitForNextTickAsync(deadline.Token))
        {
            Assert.False(server._process.HasExited, "victoria-metrics ended: " + server._log);
            try
            {
                using var health = await server.Client.GetAsync("/health", deadline.Token);
                if (health.IsSuccessStatusCode)
                {
                    break;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
        }

        return server;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
