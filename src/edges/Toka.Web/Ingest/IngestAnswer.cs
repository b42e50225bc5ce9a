namespace Toka.Web.Ingest;

/// <summary>What a sender is answered.</summary>
/// <param name="Outcome">What became of the request, as it is counted: <c>ok</c>, <c>partial</c>, <c>bad_request</c> and so on.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="ContentType">The body's type; null for no body.</param>
/// <param name="Body">The body.</param>
internal readonly record struct IngestAnswer(string Outcome, int Status, string? ContentType = null, ReadOnlyMemory<byte> Body = default);

/// <summary>Why a request was not taken.</summary>
/// <param name="Outcome">As it is counted: <c>unsupported</c>, <c>not_taken</c>, <c>busy</c>, <c>too_large</c>, <c>too_slow</c>, <c>bad_request</c>, <c>unavailable</c>.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Message">What was wrong, where, and what to do.</param>
internal sealed record IngestFault(string Outcome, int Status, string Message)
{
    /// <summary>Whether the same request may succeed later.</summary>
    public bool IsRetriable => Outcome is "busy" or "unavailable";
}
