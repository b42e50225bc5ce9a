using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Toka.EndToEnd.Ingest;

/// <summary>A sample in a process of its own; built with the tests.</summary>
internal sealed partial class SampleProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly StringBuilder _said = new();
    private readonly TaskCompletionSource<Uri> _listens = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SampleProcess(string name, string otlp, string[] arguments)
    {
        var start = new ProcessStartInfo(Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, $"../../{name}/release/{name}")), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = otlp;
        start.Environment["DOTNET_ENVIRONMENT"] = "Production";
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.ErrorDataReceived += (_, line) => Hear(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What it said so far.</summary>
    public string Said
    {
        get
        {
            lock (_said)
            {
                return _said.ToString();
            }
        }
    }

    /// <summary>Starts a web service on a free port and waits until it listens.</summary>
    public static async Task<(SampleProcess Process, Uri Url)> ServeAsync(string name, string otlp, params string[] more)
    {
        var process = new SampleProcess(name, otlp, ["--urls", "http://127.0.0.1:0", .. more]);
        try
        {
            return (process, await process._listens.Task.WaitAsync(Patience));
        }
        catch (TimeoutException)
        {
            await process.DisposeAsync();
            throw new InvalidOperationException($"{name} does not listen; it said:\n{process.Said}");
        }
    }

    /// <summary>Runs a sample to its end.</summary>
    /// <returns>What it printed.</returns>
    public static async Task<string> RunAsync(string name, string otlp, params string[] arguments)
    {
        await using var process = new SampleProcess(name, otlp, arguments);
        using var deadline = new CancellationTokenSource(Patience);
        await process._process.WaitForExitAsync(deadline.Token);
        Assert.True(process._process.ExitCode == 0, process.Said);
        return process.Said;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    [GeneratedRegex(@"Now listening on: (http://127\.0\.0\.1:\d+)")]
    private static partial Regex Listening();

    private void Hear(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_said)
        {
            _said.AppendLine(line);
        }

        if (Listening().Match(line) is { Success: true } match)
        {
            _listens.TrySetResult(new Uri(match.Groups[1].Value));
        }
    }
}
