using Toka.Core.Spans;

namespace Toka.Core.Logs;

/// <summary>Takes log records in. Implementations are thread-safe.</summary>
public interface ILogWriter
{
    /// <summary>Writes a batch, with the promises of <see cref="ISpanWriter.WriteAsync"/>.</summary>
    /// <param name="batch">The records. The writer does not keep it; the caller may reuse it afterwards.</param>
    /// <param name="cancellationToken">Ends the wait; what was already written stays written.</param>
    /// <exception cref="IOException">The batch could not be written; nothing of it is acknowledged. It may be sent again.</exception>
    ValueTask<EventWriteResult> WriteAsync(LogBatch batch, CancellationToken cancellationToken);
}
