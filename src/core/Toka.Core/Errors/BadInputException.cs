namespace Toka.Core.Errors;

/// <summary>
/// Input that cannot be accepted: a request, a file, an expression. The message says what was wrong, where, and what to
/// do, in words for the person who gave it. Faults of Toka's own code are not of this type.
/// </summary>
/// <param name="message">What was wrong, where, and what to do.</param>
public class BadInputException(string message) : Exception(message);
