using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Toka.Server.Hosting;

/// <summary>One line an event: time in UTC, level, what happened. Exceptions follow on lines of their own.</summary>
internal sealed class LogLines(TimeProvider time) : ConsoleFormatter(FormatName)
{
    public const string FormatName = "toka";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        textWriter.Write(time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        textWriter.Write(logEntry.LogLevel switch
        {
            LogLevel.Critical or LogLevel.Error => " error ",
            LogLevel.Warning => " warn  ",
            _ => " info  ",
        });
        textWriter.WriteLine(message.Replace("\n", "\\n", StringComparison.Ordinal));
        if (logEntry.Exception is { } exception)
        {
            textWriter.WriteLine(exception);
        }
    }
}
