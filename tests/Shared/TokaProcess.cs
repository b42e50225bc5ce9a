using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Toka.Tests.Shared;

/// <summary>
/// A real <c>toka serve</c> in a process of its own, on free ports of the loopback address, with a data directory of its
/// own. The program is what <c>TOKA_BINARY</c> names; <c>./test</c> builds it and sets the variable.
/// </summary>
internal sealed class TokaProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static int s_lastPort = Random.Shared.Next(12_000);

    private readonly Process _process;
    private readonly StringBuilder _log = new();

    private TokaProcess(Process process, int httpPort, int grpcPort, int otlpPort)
    {
        _process = process;
        Url = $"http://127.0.0.1:{httpPort}";
        OtlpGrpcUrl = $"http://127.0.0.1:{grpcPort}";
        OtlpHttpUrl = $"http://127.0.0.1:{otlpPort}";
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Http = new HttpClient { BaseAddress = new Uri(Url), Timeout = Patience };
    }

    public string Url { get; }

    public string OtlpGrpcUrl { get; }

    public string OtlpHttpUrl { get; }

    public HttpClient Http { get; }

    public int Id => _process.Id;

    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    /// <summary>The program under test; skips the test where there is none.</summary>
    public static string Binary
    {
        get
        {
            var path = Environment.GetEnvironmentVariable("TOKA_BINARY");
            if (string.IsNullOrEmpty(path) || !File.Exists(path))
            {
                Assert.Skip("TOKA_BINARY does not name a built toka; ./test builds it and sets the variable");
            }

            return path!;
        }
    }

    /// <summary>Whether <c>./test --long</c> asked for the long forms.</summary>
    public static bool Long => Environment.GetEnvironmentVariable("TOKA_TEST_LONG") == "1";

    /// <summary>Starts the server and waits until it says that it is ready.</summary>
    public static async Task<TokaProcess> StartAsync(string dataDirectory, string? configFile = null, params string[] more)
    {
        var toka = Launch(dataDirectory, configFile, more);
        await toka.WaitForAsync("readiness", async () => (await toka.Http.GetAsync("/-/ready")).IsSuccessStatusCode);
        return toka;
    }

    /// <summary>Starts the server and does not wait for anything.</summary>
    public static TokaProcess Launch(string dataDirectory, string? configFile = null, params string[] more)
    {
        var (http, grpc, otlp) = (FreePort(), FreePort(), FreePort());
        List<string> arguments =
        [
            "serve", "--data", dataDirectory,
            "--http", $"127.0.0.1:{http}", "--otlp-grpc", $"127.0.0.1:{grpc}", "--otlp-http", $"127.0.0.1:{otlp}",
        ];
        if (configFile is not null)
        {
            arguments.AddRange(["--config", configFile]);
        }

        arguments.AddRange(more);
        return new TokaProcess(Start(arguments, dataDirectory), http, grpc, otlp);
    }

    /// <summary>Runs toka to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments, Path.GetTempPath());
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var deadline = new CancellationTokenSource(Patience);
        await process.WaitForExitAsync(deadline.Token);
        return (process.ExitCode, await output, await errors);
    }

    /// <summary>Asks again and again until it holds; fails with the server's log where it does not in time.</summary>
    public async Task WaitForAsync(string what, Func<Task<bool>> holds, TimeSpan? patience = null)
    {
        using var deadline = new CancellationTokenSource(patience ?? Patience);
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        do
        {
            try
            {
                if (await holds())
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet, or not any more.
            }

            if (_process.HasExited)
            {
                Assert.Fail($"toka ended with {_process.ExitCode} while the test waited for {what}:\n{Log}");
            }

            try
            {
                await again.WaitForNextTickAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"no {what} in time; toka said:\n{Log}");
            }
        }
        while (true);
    }

    /// <summary>The <c>data</c> of an instant query's answer.</summary>
    public async Task<JsonElement> QueryAsync(string expression) => (await AnswerAsync(expression)).GetProperty("data");

    /// <summary>The whole answer of an instant query, warnings included.</summary>
    public async Task<JsonElement> AnswerAsync(string expression)
    {
        using var response = await Http.GetAsync($"/api/v1/query?query={Uri.EscapeDataString(expression)}");
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{expression}: {body}");
        using var document = JsonDocument.Parse(body);
        return document.RootElement.Clone();
    }

    /// <summary>A number for each series of an instant query's answer, by the value of a label.</summary>
    public async Task<Dictionary<string, double>> NumbersAsync(string expression, string label) =>
        (await QueryAsync(expression)).GetProperty("result").EnumerateArray().ToDictionary(
            series => series.GetProperty("metric").GetProperty(label).GetString()!,
            series => double.Parse(series.GetProperty("value")[1].GetString()!, System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>State and reason of a part of the server's health.</summary>
    public async Task<(string State, string Reason)> HealthAsync(string part)
    {
        using var overview = JsonDocument.Parse(await Http.GetStringAsync("/api/toka/v1/overview"));
        var found = overview.RootElement.GetProperty("health").GetProperty("parts").EnumerateArray().Single(p => p.GetProperty("name").GetString() == part);
        return (found.GetProperty("state").GetString()!, found.GetProperty("reason").GetString()!);
    }

    /// <summary>Has everything in memory moved to blocks, as each deletion does first: here of series that there are none of.</summary>
    public async Task SealAsync()
    {
        using var form = new FormUrlEncodedContent([new("match[]", "there_is_no_such_series")]);
        using var response = await Http.PostAsync("/api/toka/v1/delete_series", form);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>The only number of an instant query's answer; null where it has no or several series.</summary>
    public async Task<double?> NumberAsync(string expression)
    {
        var result = (await QueryAsync(expression)).GetProperty("result");
        return result.GetArrayLength() == 1
            ? double.Parse(result[0].GetProperty("value")[1].GetString()!, System.Globalization.CultureInfo.InvariantCulture)
            : null;
    }

    /// <summary>Sends a signal by its number.</summary>
    public void Signal(int number) => Assert.Equal(0, Kill(_process.Id, number));

    /// <summary><c>kill -9</c>, and the wait for the end.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, and the exit code.</summary>
    public async Task<int> StopAsync()
    {
        Signal(15);
        using var deadline = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(deadline.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private static Process Start(IEnumerable<string> arguments, string directory) => Process.Start(new ProcessStartInfo(Binary, arguments)
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        WorkingDirectory = directory,
    })!;

    /// <summary>
    /// A port below those that the kernel gives to outgoing connections: the clients of a test that kills its server would
    /// else take, while they try again, the port that the next server is about to have.
    /// </summary>
    private static int FreePort()
    {
        for (var i = 0; ; i++)
        {
            var port = 20_000 + (Interlocked.Increment(ref s_lastPort) % 12_000);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse && i < 12_000)
            {
                // The next one.
            }
        }
    }

    private void Keep(string? line)
    {
        lock (_log)
        {
            _log.AppendLine(line);
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Kill(int processId, int signal);
}

/// <summary>A directory that is gone after the test.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("toka-test-").FullName;

    public string File(string name, string content)
    {
        var path = System.IO.Path.Combine(Path, name);
        System.IO.File.WriteAllText(path, content);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
