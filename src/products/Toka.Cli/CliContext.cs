using System.Collections;

namespace Toka.Cli;

/// <summary>What the command meets the outside world by, so that a test can stand in for it.</summary>
internal sealed record CliContext
{
    /// <summary>Where results go.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Where faults, progress and logs go.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>The environment variables.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Makes what carries HTTP requests; the client that asked for it disposes it.</summary>
    public required Func<HttpMessageHandler> HttpHandler { get; init; }

    /// <summary>Opens stdout for bytes; the caller disposes it. Default: the process's.</summary>
    public Func<Stream> OpenOut { get; init; } = Console.OpenStandardOutput;

    /// <summary>Opens stdin for bytes; the caller disposes it. Default: the process's.</summary>
    public Func<Stream> OpenIn { get; init; } = Console.OpenStandardInput;

    /// <summary>Whether stdout is a terminal. Default: whether the process's is.</summary>
    public Func<bool> IsOutTerminal { get; init; } = static () => !Console.IsOutputRedirected;

    /// <summary>The context of this process.</summary>
    public static CliContext OfProcess()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in System.Environment.GetEnvironmentVariables())
        {
            environment[(string)variable.Key] = (string?)variable.Value ?? "";
        }

        return new CliContext
        {
            Out = Console.Out,
            Error = Console.Error,
            Environment = environment,
            Time = TimeProvider.System,
            HttpHandler = static () => new SocketsHttpHandler { AutomaticDecompression = System.Net.DecompressionMethods.All, UseProxy = false },
        };
    }

    /// <summary>A variable's value; null where it is not set or empty.</summary>
    /// <param name="name">The variable's name.</param>
    public string? Variable(string name) => Environment.TryGetValue(name, out var value) && value.Length > 0 ? value : null;
}
