using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Toka.EndToEnd.Scraping;

/// <summary>Debian's node_exporter on a free port of the loopback address; killed at the end.</summary>
internal sealed class NodeExporter : IAsyncDisposable
{
    private const string Program = "/usr/bin/prometheus-node-exporter";

    private readonly Process _process;

    private NodeExporter(int port)
    {
        Address = $"127.0.0.1:{port}";
        _process = Process.Start(new ProcessStartInfo(Program, [$"--web.listen-address={Address}"]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        _process.ErrorDataReceived += static (_, _) => { };
        _process.OutputDataReceived += static (_, _) => { };
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
    }

    /// <summary>HOST:PORT.</summary>
    public string Address { get; }

    /// <summary>Skips the test, by name, where it is missing.</summary>
    public static void SkipWhereMissing() =>
        Assert.SkipUnless(File.Exists(Program), $"{Program} is missing; ./test installs it with Debian's package prometheus-node-exporter.");

    public static NodeExporter Start()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        return new NodeExporter(port);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
