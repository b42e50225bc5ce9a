using Toka.Query.PromQL.Scripts.Data;

namespace Toka.Query.PromQL.Scripts.Reading;

/// <summary>Reads a script command by command, and goes on behind a faulty one to find the other faults.</summary>
internal sealed class ScriptParser(string file, string text)
{
    private readonly ScriptLines _lines = new(file, text);
    private readonly List<ScriptCommand> _commands = [];
    private readonly List<ScriptFault> _faults = [];
    private readonly PointParser _points = new();
    private readonly ScriptStorage _trial = new(file);

    public IReadOnlyList<ScriptCommand> Parse()
    {
        while (_lines.TryNext(out var line))
        {
            try
            {
                var command = ParseCommand(line);
                Try(command);
                _commands.Add(command);
            }
            catch (ScriptException e)
            {
                _faults.AddRange(e.Faults);
                _lines.SkipCommand();
            }
        }

        return _faults.Count == 0 ? _commands : throw new ScriptException(_faults);
    }

    private ScriptCommand ParseCommand(LineReader line)
    {
        if (line.TryTakeWord("clear"))
        {
            line.ExpectEnd("clear");
            return new ClearCommand(line.Number);
        }

        if (line.TryTakeWord("load"))
        {
            return new LoadParser(_points).Parse(line, _lines, withHistograms: false);
        }

        if (line.TryTakeWord("load_with_nhcb"))
        {
            return new LoadParser(_points).Parse(line, _lines, withHistograms: true);
        }

        if (line.Rest.StartsWith("eval", StringComparison.Ordinal))
        {
            return new EvalParser(_points).Parse(line, _lines);
        }

        throw line.Fault($"\"{line.Excerpt}\" is no command; commands are load, load_with_nhcb, clear and eval, and end at a blank line or a comment");
    }

    /// <summary>Loads on trial: what contradicts what was loaded before is a fault of the script.</summary>
    private void Try(ScriptCommand command)
    {
        switch (command)
        {
            case ClearCommand:
                _trial.Clear();
                break;
            case LoadCommand load:
                _trial.Load(load);
                break;
        }
    }
}
