using System.Text;
using Toka.Core.Errors;

namespace Toka.Core.Labels.Patterns;

/// <summary>An expression whose groups are put into templates: <c>label_replace</c> and relabelling. Thread-safe.</summary>
/// <remarks>Source: Go, <c>regexp.Regexp.Expand</c> for templates.</remarks>
public sealed class GroupedPattern
{
    private const int GroupNumberMax = 100_000_000;

    private readonly GroupPattern _pattern;

    private GroupedPattern(string pattern) => _pattern = GroupPattern.Parse(pattern);

    /// <summary>Reads a pattern.</summary>
    /// <param name="pattern">A regular expression of RE2's syntax, for whole values.</param>
    /// <exception cref="BadInputException">It is no regular expression, or too large.</exception>
    public static GroupedPattern Parse(string pattern) => new(pattern);

    /// <summary>Matches a whole value and expands a template.</summary>
    /// <param name="value">The value.</param>
    /// <param name="template">With <c>$1</c>, <c>${1}</c>, <c>$name</c> and <c>$$</c>.</param>
    /// <returns>The text; null where the value does not match.</returns>
    public string? Replace(string value, string template) => _pattern.Match(value) is { } groups ? Expand(template, groups) : null;

    /// <summary>Expands <c>$1</c>, <c>${1}</c>, <c>$name</c> and <c>$$</c>; a group that is not there gives nothing.</summary>
    /// <remarks>The longest run of letters, digits and underscores is the name.</remarks>
    private string Expand(string template, string?[] groups)
    {
        var text = new StringBuilder();
        var at = 0;
        while (at < template.Length)
        {
            var dollar = template.IndexOf('$', at);
            if (dollar < 0)
            {
                return text.Append(template, at, template.Length - at).ToString();
            }

            text.Append(template, at, dollar - at);
            at = dollar + 1;
            if (at < template.Length && template[at] == '$')
            {
                text.Append('$');
                at++;
                continue;
            }

            var name = NameAt(template, ref at);
            text.Append(name.Length == 0 ? "$" : ValueOf(name, groups));
        }

        return text.ToString();
    }

    /// <summary>What a number or a name stands for. A number with a zero before it is a name, as in Go.</summary>
    private string? ValueOf(string name, string?[] groups)
    {
        if (NumberOf(name) is { } number)
        {
            return number < groups.Length ? groups[number] : "";
        }

        for (var i = 1; i < groups.Length; i++)
        {
            if (_pattern.Names[i] == name)
            {
                return groups[i];
            }
        }

        return "";
    }

    private static int? NumberOf(string name)
    {
        var number = 0;
        foreach (var c in name)
        {
            if (!char.IsAsciiDigit(c) || number >= GroupNumberMax)
            {
                return null;
            }

            number = (number * 10) + c - '0';
        }

        return name.Length > 1 && name[0] == '0' ? null : number;
    }

    private static string NameAt(string template, ref int at)
    {
        var isBraced = at < template.Length && template[at] == '{';
        var start = isBraced ? at + 1 : at;
        var end = start;
        while (end < template.Length && Rune.TryGetRuneAt(template, end, out var rune) && (Rune.IsLetter(rune) || Rune.IsDigit(rune) || rune.Value == '_'))
        {
            end += rune.Utf16SequenceLength;
        }

        if (end == start || (isBraced && (end >= template.Length || template[end] != '}')))
        {
            return "";
        }

        at = end + (isBraced ? 1 : 0);
        return template[start..end];
    }
}
