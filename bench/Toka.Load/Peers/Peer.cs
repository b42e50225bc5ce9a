using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Toka.Load.Wire;

namespace Toka.Load.Peers;

/// <summary>One of the servers that are compared: a process on a free port of the loopback address, with a directory of its own.</summary>
internal abstract class Peer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Between two questions before the first answer, and after it: a page asks once a second, and answering costs those who recover.</summary>
    private static readonly TimeSpan s_untilAny = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_untilWhole = TimeSpan.FromMilliseconds(200);

    private Process? _process;
    private string _last = "no answer";

    protected Peer(string name, string program)
    {
        Name = name;
        Program = program;
        Data = Directory.CreateTempSubdirectory($"toka-load-{name}-").FullName;
        Port = FreePort();
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Port}/"), Timeout = Patience };
    }

    public string Name { get; }

    public string Program { get; }

    public string Data { get; }

    public int Port { get; }

    public HttpClient Http { get; }

    protected abstract IEnumerable<string> Arguments { get; }

    protected virtual (string Program, string[] Arguments) VersionCommand => (Program, ["--version"]);

    public abstract Task WriteAsync(IReadOnlyList<SeriesSamples> series);

    /// <summary>What the program says of its version.</summary>
    public async Task<string> VersionAsync()
    {
        var (program, arguments) = VersionCommand;
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })
            ?? throw new InvalidOperationException($"{program} cannot be started.");
        var text = await process.StandardOutput.ReadToEndAsync() + await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return text.Split('\n')[0].Trim();
    }

    /// <summary>Starts the program.</summary>
    public void Start()
    {
        var start = new ProcessStartInfo(Program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in Arguments)
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start) ?? throw new InvalidOperationException($"{Program} cannot be started.");
        _process.OutputDataReceived += static (_, _) => { };
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Asks until a query gives this number without a warning.</summary>
    /// <returns>How long it took until there was any answer, and until there was this one.</returns>
    public async Task<(TimeSpan Any, TimeSpan Whole)> AnswersAsync(string query, double expected)
    {
        var began = Stopwatch.GetTimestamp();
        var any = TimeSpan.Zero;
        while (Stopwatch.GetElapsedTime(began) < Patience)
        {
            if (await TryQueryAsync(query) is { } answer)
            {
                any = any == TimeSpan.Zero ? Stopwatch.GetElapsedTime(began) : any;
                if (answer.Value == expected && !answer.HasWarnings)
                {
                    return (any, Stopwatch.GetElapsedTime(began));
                }
            }

            await Task.Delay(any == TimeSpan.Zero ? s_untilAny : s_untilWhole);
        }

        throw new InvalidOperationException($"{Name} did not answer {query} with {expected} within {Patience.TotalMinutes} min; last: {_last}");
    }

    /// <summary>The first value of an instant query, NaN where it finds nothing; null where there is no answer.</summary>
    private async Task<(double Value, bool HasWarnings)?> TryQueryAsync(string query)
    {
        try
        {
            using var response = await Http.GetAsync(new Uri("api/v1/query?query=" + Uri.EscapeDataString(query), UriKind.Relative));
            _last = await response.Content.ReadAsStringAsync();
            if (!response.IsSuccessStatusCode)
            {
                return null;
            }

            using var answer = JsonDocument.Parse(_last);
            var result = answer.RootElement.GetProperty("data").GetProperty("result");
            var value = result.GetArrayLength() == 0 ? double.NaN
                : result[0].ValueKind == JsonValueKind.String ? double.Parse(result[1].GetString()!, CultureInfo.InvariantCulture)
                : double.Parse(result[0].GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture);
            return (value, answer.RootElement.TryGetProperty("warnings", out var warnings) && warnings.GetArrayLength() > 0);
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>Resident memory in bytes: what the kernel cannot take back, and all of it.</summary>
    public (long Anonymous, long Resident) Memory()
    {
        var status = File.ReadAllLines($"/proc/{_process!.Id}/status");
        return (Of("RssAnon:"), Of("VmRSS:"));

        long Of(string key) => 1024 * long.Parse(
            status.First(line => line.StartsWith(key, StringComparison.Ordinal))[key.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
    }

    /// <summary>Processor time that the program has taken since it was started, user and system together.</summary>
    public TimeSpan Cpu()
    {
        // After the name, which may hold anything in parentheses, utime and stime are the 12th and 13th; of 100 a second on Linux.
        var stat = File.ReadAllText($"/proc/{_process!.Id}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return TimeSpan.FromMilliseconds(10 * (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)));
    }

    /// <summary>The anonymous memory of a process that may be gone the next moment.</summary>
    private long TryMemory()
    {
        try
        {
            return Memory().Anonymous;
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    /// <summary>Bytes on disk of what is stored.</summary>
    public virtual long DiskBytes() => BytesBelow(Data);

    /// <summary>Ends the program: by SIGTERM and waiting, or by SIGKILL.</summary>
    /// <returns>How long that took, and the most anonymous memory seen meanwhile.</returns>
    public async Task<(TimeSpan Took, long Anonymous)> StopAsync(bool kill = false)
    {
        if (_process is null)
        {
            return default;
        }

        var began = Stopwatch.GetTimestamp();
        var peak = TryMemory();
        if (kill)
        {
            _process.Kill();
        }
        else
        {
            using var term = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
            await term.WaitForExitAsync();
        }

        while (!_process.HasExited)
        {
            peak = Math.Max(peak, TryMemory());
            await Task.Delay(10);
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
        return (Stopwatch.GetElapsedTime(began), peak);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(kill: true);
        Http.Dispose();
        Directory.Delete(Data, recursive: true);
    }

    protected static long BytesBelow(string directory) =>
        Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Sum(static file => new FileInfo(file).Length);

    protected static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
