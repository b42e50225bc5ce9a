namespace Toka.Query.PromQL.Scripts.Reading;

/// <summary>The lines of a script, one after the other. A command goes on until a blank line or a comment.</summary>
internal sealed class ScriptLines(string file, string text)
{
    private readonly string[] _lines = text.Split('\n');
    private int _next;

    /// <summary>The next line that says something, wherever it is.</summary>
    public bool TryNext(out LineReader line)
    {
        while (_next < _lines.Length)
        {
            line = Line(_next++);
            if (!IsBlank(line))
            {
                return true;
            }
        }

        line = Line(_lines.Length - 1);
        return false;
    }

    /// <summary>The next line of the same command.</summary>
    public bool TryNextOfCommand(out LineReader line)
    {
        line = Line(Math.Min(_next, _lines.Length - 1));
        if (_next >= _lines.Length || IsBlank(line))
        {
            return false;
        }

        _next++;
        return true;
    }

    /// <summary>Leaves out the rest of the command.</summary>
    public void SkipCommand()
    {
        while (TryNextOfCommand(out _))
        {
        }
    }

    private LineReader Line(int index) => new(file, index + 1, _lines[index]);

    private static bool IsBlank(LineReader line) => line.IsAtEnd || line.Current == '#';
}
