using Toka.Query.PromQL.Scripts.Reading;

namespace Toka.Query.PromQL.Scripts;

/// <summary>
/// A script that tests PromQL: samples to load and queries with the answers that must come. Immutable; thread-safe.
/// </summary>
/// <remarks>The language is that of Prometheus's <c>promql/promqltest</c>.</remarks>
public sealed class PromQlScript
{
    /// <summary>
    /// The most points that the lines of a script may stand for, those of <c>axn</c> counted each. Default 4 million (100 MB):
    /// scripts are written by hand, and a slip of the pen must not take the process down.
    /// </summary>
    public const int PointsMax = 4_000_000;

    private PromQlScript(string name, IReadOnlyList<ScriptCommand> commands)
    {
        Name = name;
        Commands = commands;
    }

    /// <summary>The name, mostly the path of the file.</summary>
    public string Name { get; }

    /// <summary>The number of <c>eval</c> commands.</summary>
    public int EvaluationCount => Commands.Count(static command => command is EvalCommand);

    internal IReadOnlyList<ScriptCommand> Commands { get; }

    /// <summary>Reads a script. Whether an expression is PromQL is told by the run, as a query may have to fail.</summary>
    /// <param name="name">The name that messages begin with, mostly the path of the file.</param>
    /// <param name="text">The script.</param>
    /// <exception cref="ScriptException">The text is not of the language; each command's first fault is named.</exception>
    public static PromQlScript Parse(string name, string text)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(text);
        return new PromQlScript(name, new ScriptParser(name, text).Parse());
    }
}
