namespace Toka.Protocols.Exposition;

/// <summary>Where an exposition is not of its format.</summary>
/// <param name="Line">The line, from 1; in the protobuf format the message, from 1.</param>
/// <param name="Column">The character of the line, from 1; in the protobuf format the byte of the body, from 1.</param>
/// <param name="Message">What is wrong and what to do.</param>
public readonly record struct ExpositionFault(int Line, int Column, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Line}:{Column}: {Message}");
}
