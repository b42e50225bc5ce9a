using Toka.Core.Searching;
using Toka.Core.Spans;

namespace Toka.Core.Logs;

/// <summary>Reads log records. Implementations are thread-safe. Every search ends when it is cancelled.</summary>
public interface ILogReader
{
    /// <summary>Finds records that hold a condition, in the order that is asked for.</summary>
    ValueTask<LogPage> FindAsync(LogQuery query, CancellationToken cancellationToken);

    /// <summary>The records of a trace by time.</summary>
    /// <param name="trace">Which.</param>
    /// <param name="hint">When it ran, as far as it is known; records outside of it are returned too.</param>
    /// <param name="limit">The most to return.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    ValueTask<LogPage> OfTraceAsync(TraceId trace, EventRange hint, int limit, CancellationToken cancellationToken);

    /// <summary>Counts records in groups.</summary>
    ValueTask<EventGroups> AggregateAsync(EventAggregation aggregation, CancellationToken cancellationToken);

    /// <summary>Keys of attributes in use, by scope and key.</summary>
    ValueTask<IReadOnlyList<FieldKey>> KeysAsync(EventRange range, int limit, CancellationToken cancellationToken);

    /// <summary>Values of a field, the most frequent first where that is known.</summary>
    ValueTask<IReadOnlyList<FieldValue>> ValuesAsync(Field field, Condition condition, EventRange range, int limit, CancellationToken cancellationToken);
}

/// <summary>What log records to find.</summary>
public sealed record LogQuery
{
    /// <summary>What must hold of a record.</summary>
    public Condition Condition { get; init; } = Condition.Always;

    /// <summary>When.</summary>
    public required EventRange Range { get; init; }

    /// <summary>The most records to return; at least 1. Default 100.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Whether the oldest come first. Default false: the newest.</summary>
    public bool IsOldestFirst { get; init; }
}

/// <summary>Log records that were found.</summary>
/// <param name="Records">The records.</param>
/// <param name="Cost">What was looked at.</param>
public sealed record LogPage(IReadOnlyList<LogRecord> Records, SearchCost Cost);
