using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Toka.Conformance.Differential.Answers;
using Toka.Conformance.Differential.Data;
using Toka.Conformance.Differential.Queries;
using Toka.Load.Wire;

namespace Toka.Conformance.Differential.Peers;

/// <summary>Debian's prometheus in a process of its own, on a free port of the loopback address; killed when it is disposed.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private const string Program = "/usr/bin/prometheus";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("toka-differential-");
    private readonly Process _process;
    private readonly HttpClient _http;
    private string _log = "";

    private PrometheusServer()
    {
        var port = FreePort();
        var configuration = Path.Combine(_directory.FullName, "prometheus.yml");
        File.WriteAllText(configuration, "{}\n");

        // Long blocks: everything stays in the head, whatever the time of the samples.
        _process = Process.Start(new ProcessStartInfo(Program,
        [
            $"--config.file={configuration}", $"--storage.tsdb.path={Path.Combine(_directory.FullName, "tsdb")}", $"--web.listen-address=127.0.0.1:{port}",
            "--web.enable-remote-write-receiver", "--storage.tsdb.retention.time=100y", "--storage.tsdb.min-block-duration=30d", "--storage.tsdb.max-block-duration=30d",
        ])
        { RedirectStandardError = true, RedirectStandardOutput = true })!;
        _process.ErrorDataReceived += (_, line) => _log = line.Data ?? _log;
        _process.OutputDataReceived += static (_, _) => { };
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/"), Timeout = s_patience };
    }

    /// <summary>Skips the test, by name, where prometheus is missing.</summary>
    public static void SkipWhereMissing() => Assert.SkipUnless(File.Exists(Program), $"{Program} is missing; ./test installs it with Debian's package prometheus.");

    /// <summary>Starts one and gives it the data by remote write.</summary>
    public static async Task<PrometheusServer> StartAsync(DataSet data, CancellationToken cancellationToken)
    {
        var server = new PrometheusServer();
        try
        {
            await server.WaitAsync(cancellationToken);
            await RemoteWrite.SendAsync(server._http, "api/v1/write", data.Series);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>What it answers.</summary>
    public Task<Answer> AskAsync(Question query, CancellationToken cancellationToken) => AskAsync(query, Dialect.Prometheus, cancellationToken);

    /// <summary>What it answers to the query in another dialect.</summary>
    public async Task<Answer> AskAsync(Question query, Dialect dialect, CancellationToken cancellationToken)
    {
        var text = (dialect.IsNew(Rule.PinnedTimestamp) ? query.Root.Pinned(query) : query.Root).Text(dialect);
        var fields = new List<KeyValuePair<string, string>> { new("query", text) };
        if (query.IsRange)
        {
            fields.AddRange([new("start", Seconds(query.StartMs)), new("end", Seconds(query.EndMs)), new("step", Seconds(query.StepMs))]);
        }
        else
        {
            fields.Add(new("time", Seconds(query.StartMs)));
        }

        using var form = new FormUrlEncodedContent(fields);
        using var response = await _http.PostAsync(new Uri(query.IsRange ? "api/v1/query_range" : "api/v1/query", UriKind.Relative), form, cancellationToken);
        return AnswerReader.Read(await response.Content.ReadAsByteArrayAsync(cancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _directory.Delete(recursive: true);
    }

    private static string Seconds(long milliseconds) => (milliseconds / 1000m).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(s_patience);
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (await again.WaitForNextTickAsync(deadline.Token))
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"prometheus ended with {_process.ExitCode}: {_log}");
            }

            try
            {
                using var ready = await _http.GetAsync(new Uri("-/ready", UriKind.Relative), deadline.Token);
                if (ready.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
