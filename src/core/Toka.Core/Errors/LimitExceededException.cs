namespace Toka.Core.Errors;

/// <summary>A named limit was reached. The message names the limit, its value, who reached it, and how to go on.</summary>
/// <param name="limit">The limit's name, as in the documentation.</param>
/// <param name="message">The limit, its value, who reached it, and how to go on.</param>
public sealed class LimitExceededException(string limit, string message) : Exception(message)
{
    /// <summary>The limit's name.</summary>
    public string Limit { get; } = limit;

    /// <summary>How much would have been needed, or at least that much; null where that is not known.</summary>
    public long? Needed { get; init; }
}
