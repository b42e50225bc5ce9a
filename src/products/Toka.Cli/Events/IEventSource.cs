using System.Text.Json;

namespace Toka.Cli.Events;

/// <summary>Where spans and log records are asked for: a running server, or a stopped one's data. Both give the documents of toka's API.</summary>
internal interface IEventSource : IAsyncDisposable
{
    /// <summary>An answer of <c>api/toka/v1</c>.</summary>
    /// <param name="path">The path below it.</param>
    /// <param name="parameters">The parameters.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="Core.Errors.BadInputException">The request is wrong, nothing answers, or there is no such thing.</exception>
    Task<JsonDocument> GetAsync(string path, IReadOnlyList<KeyValuePair<string, string>> parameters, CancellationToken cancellationToken);
}
