using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Lexing;

namespace Toka.Query.PromQL.Execution;

/// <summary>Warnings and infos beside a result, each once, ending in the place that they are about.</summary>
/// <remarks>Wording and form: Prometheus, <c>util/annotations</c>.</remarks>
internal sealed class Annotations(string expression)
{
    private readonly HashSet<string> _warnings = new(StringComparer.Ordinal);
    private readonly HashSet<string> _infos = new(StringComparer.Ordinal);

    public string[] Warnings => [.. _warnings];

    public string[] Infos => [.. _infos];

    public void Warn(string message, PositionRange position) => _warnings.Add($"PromQL warning: {message} {Place(position)}");

    public void Inform(string message, PositionRange position) => _infos.Add($"PromQL info: {message} {Place(position)}");

    public void FromStore(string message) => _warnings.Add(message);

    public void InformFromStore(string message) => _infos.Add(message);

    private string Place(PositionRange position)
    {
        var (line, column) = Lexer.LineAndColumn(expression, position.Start);
        return $"({line}:{column})";
    }
}
