using Toka.Core.Errors;

namespace Toka.Query.PromQL.Scripts;

/// <summary>One thing that is wrong with a script.</summary>
/// <param name="File">The script's name, mostly its path.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Column">The character in the line, from 1.</param>
/// <param name="Message">What is wrong and what to do.</param>
public sealed record ScriptFault(string File, int Line, int Column, string Message)
{
    /// <summary><c>FILE:LINE:COLUMN: message</c></summary>
    public override string ToString() => $"{File}:{Line}:{Column}: {Message}";
}

/// <summary>A script that is not of the language.</summary>
/// <param name="faults">What is wrong, at least one, in the order of the lines; of one command only its first fault.</param>
public sealed class ScriptException(IReadOnlyList<ScriptFault> faults) : BadInputException(string.Join('\n', faults))
{
    /// <summary>What is wrong.</summary>
    public IReadOnlyList<ScriptFault> Faults { get; } = faults;
}
