using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Toka.Edges.Tests.Web;

/// <summary>A log that remembers its lines.</summary>
internal sealed class Lines : ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string Line)> _lines = new();

    public IEnumerable<string> Written => _lines.Select(static l => l.Line);

    public IEnumerable<string> Errors => _lines.Where(static l => l.Level >= LogLevel.Error).Select(static l => l.Line);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((logLevel, formatter(state, exception)));
}
