using System.Text;
using Toka.Core.Errors;

namespace Toka.Core.Labels.Patterns;

/// <summary>
/// A regular expression of RE2's syntax that matches whole values and tells what its groups matched. Groups count in the
/// order of their opening parentheses, named ones among them. Thread-safe.
/// </summary>
public sealed class GroupPattern
{
    /// <summary>The most groups times steps of one expression: what matching keeps of each.</summary>
    private const int PlacesMax = 1 << 20;

    private readonly ValuePattern _values;
    private readonly PatternProgram _program;
    private readonly Surroundings _surroundings;

    private GroupPattern(string pattern)
    {
        _values = ValuePattern.Parse(pattern);
        var tree = PatternParser.Parse(pattern);
        Names = tree.GroupNames;
        _program = PatternProgram.Of(tree.Root, withGroups: true);
        _surroundings = new Surroundings(_program);
        if ((long)_program.Steps.Length * Names.Count > PlacesMax)
        {
            throw new BadInputException($"error parsing regexp: expression too large: {Names.Count - 1} groups in {_program.Steps.Length} steps; groups that are not used are written (?:…)");
        }
    }

    /// <summary>The groups' names by number, null where one has none; number 0 is the whole value.</summary>
    public IReadOnlyList<string?> Names { get; }

    /// <summary>Reads an expression.</summary>
    /// <param name="pattern">The expression.</param>
    /// <exception cref="BadInputException">It is not valid or too large; the message says what and where.</exception>
    public static GroupPattern Parse(string pattern) => new(pattern);

    /// <summary>Matches a whole value.</summary>
    /// <param name="value">The value.</param>
    /// <returns>What each group matched, null where it had no part; null where the value does not match.</returns>
    public string?[]? Match(string value)
    {
        var text = Encoding.UTF8.GetBytes(value);
        if (!_values.IsMatch(text))
        {
            return null;
        }

        using var walk = new GroupWalk(_program, _surroundings, 2 * Names.Count);
        if (walk.Match(text) is not { } places)
        {
            return null;
        }

        var groups = new string?[Names.Count];
        for (var i = 0; i < groups.Length; i++)
        {
            var (from, to) = (places[2 * i], places[(2 * i) + 1]);
            groups[i] = from < 0 || to < 0 ? null : Encoding.UTF8.GetString(text, from, to - from);
        }

        return groups;
    }
}
