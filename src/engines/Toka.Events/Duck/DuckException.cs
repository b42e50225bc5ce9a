namespace Toka.Events.Duck;

/// <summary>What DuckDB refused, in its own words.</summary>
internal sealed class DuckException(string message) : IOException($"DuckDB: {message}");
