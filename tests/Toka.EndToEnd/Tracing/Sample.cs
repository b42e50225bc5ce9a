using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Toka.EndToEnd.Tracing;

/// <summary>A sample of this repository in a process of its own.</summary>
internal sealed partial class Sample : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource<string> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Sample(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    private string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Starts a service on a free port and waits until it listens.</summary>
    public static async Task<(Sample Service, string Address)> ServeAsync(string name, string otlpUrl, params string[] arguments)
    {
        var sample = new Sample(Start(name, otlpUrl, ["--urls", "http://127.0.0.1:0", .. arguments]));
        try
        {
            return (sample, await sample._address.Task.WaitAsync(s_patience));
        }
        catch (TimeoutException)
        {
            var output = sample.Output;
            await sample.DisposeAsync();
            Assert.Fail($"{name} does not listen:\n{output}");
            throw;
        }
    }

    /// <summary>Runs a program to its end; it must end well.</summary>
    /// <returns>The lines that it wrote.</returns>
    public static async Task<string[]> RunAsync(string name, string otlpUrl, params string[] arguments)
    {
        await using var sample = new Sample(Start(name, otlpUrl, arguments));
        using var deadline = new CancellationTokenSource(s_patience);
        await sample._process.WaitForExitAsync(deadline.Token);
        Assert.True(sample._process.ExitCode == 0, sample.Output);
        return sample.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static Process Start(string name, string otlpUrl, string[] arguments)
    {
        // The sample of the same build as this test's.
        var build = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        var start = new ProcessStartInfo(Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../..", name, build, name)), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        start.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = otlpUrl;
        return Process.Start(start)!;
    }

    private void Keep(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_output)
        {
            _output.Append(line).Append('\n');
        }

        if (Listening().Match(line) is { Success: true } found)
        {
            _address.TrySetResult(found.Groups[1].Value);
        }
    }

    [GeneratedRegex("Now listening on: (http://\\S+)")]
    private static partial Regex Listening();
}
