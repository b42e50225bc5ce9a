using System.Text.Json;
using Toka.Cli.Querying;

namespace Toka.Cli.Events;

/// <summary>Spans and log records of a running server.</summary>
internal sealed class ServerEvents(string url, CliContext context) : IEventSource
{
    private const string Root = "api/toka/v1/";

    private readonly ServerClient _server = new(url, context);

    public Task<JsonDocument> GetAsync(string path, IReadOnlyList<KeyValuePair<string, string>> parameters, CancellationToken cancellationToken) =>
        _server.GetAsync(PathOf(path, parameters), cancellationToken);

    /// <summary>Gets lines as they come, until the server ends them or nobody waits any more.</summary>
    public Task FollowAsync(string path, IReadOnlyList<KeyValuePair<string, string>> parameters, Func<string, Task> take, CancellationToken cancellationToken) =>
        _server.FollowAsync(PathOf(path, parameters), take, cancellationToken);

    public ValueTask DisposeAsync()
    {
        _server.Dispose();
        return default;
    }

    private static string PathOf(string path, IReadOnlyList<KeyValuePair<string, string>> parameters) => parameters.Count == 0
        ? Root + path
        : $"{Root}{path}?{string.Join('&', parameters.Select(static p => $"{p.Key}={Uri.EscapeDataString(p.Value)}"))}";
}
