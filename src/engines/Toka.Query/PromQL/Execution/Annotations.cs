using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Lexing;

namespace Toka.Query.PromQL.Execution;

/// <summary>Warnings and infos beside a result, each once, ending in the place that they are about. Thread-safe.</summary>
/// <remarks>Wording and form: Prometheus, <c>util/annotations</c>.</remarks>
internal sealed class Annotations(string expression)
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _warnings = new(StringComparer.Ordinal);
    private readonly HashSet<string> _infos = new(StringComparer.Ordinal);

    public string[] Warnings => [.. _warnings];

    public string[] Infos => [.. _infos];

    public void Warn(string message, PositionRange position) => Add(_warnings, $"PromQL warning: {message} {Place(position)}");

    public void Inform(string message, PositionRange position) => Add(_infos, $"PromQL info: {message} {Place(position)}");

    public void FromStore(string message) => Add(_warnings, message);

    public void InformFromStore(string message) => Add(_infos, message);

    private void Add(HashSet<string> notes, string note)
    {
        lock (_lock)
        {
            notes.Add(note);
        }
    }

    private string Place(PositionRange position)
    {
        var (line, column) = Lexer.LineAndColumn(expression, position.Start);
        return $"({line}:{column})";
    }
}
