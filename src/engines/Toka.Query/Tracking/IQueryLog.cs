namespace Toka.Query.Tracking;

/// <summary>Takes queries that have ended. Thread-safe.</summary>
public interface IQueryLog
{
    /// <summary>Takes a query; returns at once, whatever becomes of it.</summary>
    /// <param name="query">The query.</param>
    void Write(TrackedQuery query);
}
