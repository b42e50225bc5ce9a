using System.Collections.Concurrent;
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

    /// <summary>What was told: its words, or what makes them, what it is about, and where. At each step the same may come again.</summary>
    private readonly ConcurrentDictionary<(bool IsWarning, object Words, string About, int At), bool> _told = [];

    public string[] Warnings => [.. _warnings];

    public string[] Infos => [.. _infos];

    public void Warn(string message, PositionRange position) => Tell(isWarning: true, message, "", position);

    public void Inform(string message, PositionRange position) => Tell(isWarning: false, message, "", position);

    /// <summary>A warning whose words are made only where it is a new one.</summary>
    /// <param name="message">Makes the words; a static function, which is the same object each time.</param>
    /// <param name="about">What they are about, such as a metric's name.</param>
    /// <param name="position">The place.</param>
    public void Warn(Func<string, string> message, string about, PositionRange position) => Tell(isWarning: true, message, about, position);

    /// <summary>An info whose words are made only where it is a new one, from the same as those of a warning.</summary>
    public void Inform(Func<string, string> message, string about, PositionRange position) => Tell(isWarning: false, message, about, position);

    public void FromStore(string message) => Add(_warnings, message);

    public void InformFromStore(string message) => Add(_infos, message);

    private void Tell(bool isWarning, object words, string about, PositionRange position)
    {
        var key = (isWarning, words, about, position.Start);
        if (_told.ContainsKey(key) || !_told.TryAdd(key, true))
        {
            return;
        }

        var message = words as string ?? ((Func<string, string>)words)(about);
        Add(isWarning ? _warnings : _infos, $"PromQL {(isWarning ? "warning" : "info")}: {message} {Place(position)}");
    }

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
