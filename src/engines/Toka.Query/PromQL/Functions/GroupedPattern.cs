using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Toka.Query.PromQL.Functions;

/// <summary>
/// A regular expression whose groups count as Go counts them: in the order of their opening parentheses, named ones among
/// them, where .NET counts the named ones last.
/// </summary>
/// <remarks>Source: Go, <c>regexp/syntax</c> for <c>(?P&lt;name&gt;…)</c>, <c>regexp.Regexp.Expand</c> for templates.</remarks>
internal sealed class GroupedPattern
{
    private readonly Dictionary<string, int> _numberOf = new(StringComparer.Ordinal);

    private GroupedPattern(string pattern)
    {
        var text = new StringBuilder(pattern.Length);
        var groups = 0;
        var inClass = false;
        for (var at = 0; at < pattern.Length; at++)
        {
            var c = pattern[at];
            text.Append(c);
            if (c == '\\' && at + 1 < pattern.Length)
            {
                text.Append(pattern[++at]);
            }
            else if (inClass)
            {
                inClass = c != ']';
            }
            else if (c == '[')
            {
                inClass = true;
            }
            else if (c == '(')
            {
                at += SkipName(pattern, at + 1, ref groups);
            }
        }

        Regex = new Regex($@"\A(?s:{text})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
    }

    /// <summary>The expression for .NET; matches whole values.</summary>
    public Regex Regex { get; }

    /// <summary>Reads a pattern.</summary>
    /// <exception cref="ArgumentException">It is no regular expression.</exception>
    /// <exception cref="NotSupportedException">It needs backtracking.</exception>
    public static GroupedPattern Parse(string pattern) => new(pattern);

    /// <summary>Expands <c>$1</c>, <c>${1}</c>, <c>$name</c> and <c>$$</c>; a group that is not there gives nothing.</summary>
    /// <remarks>The longest run of letters, digits and underscores is the name.</remarks>
    public string Expand(string template, Match match)
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
            text.Append(name.Length == 0 ? "$" : ValueOf(name, match));
        }

        return text.ToString();
    }

    /// <summary>Counts a group; the length of the <c>?P&lt;name&gt;</c> that .NET is not shown.</summary>
    private int SkipName(string pattern, int at, ref int groups)
    {
        if (at >= pattern.Length || pattern[at] != '?')
        {
            groups++;
            return 0;
        }

        var rest = pattern.AsSpan(at);
        var prefix = rest.StartsWith("?P<", StringComparison.Ordinal) ? 3 : rest.StartsWith("?<", StringComparison.Ordinal) ? 2 : 0;
        var end = prefix == 0 ? -1 : rest.IndexOf('>');
        if (end <= prefix || rest[prefix] is '=' or '!')
        {
            return 0;
        }

        groups++;
        _numberOf.TryAdd(rest[prefix..end].ToString(), groups);
        return end + 1;
    }

    private string ValueOf(string name, Match match)
    {
        var isNumber = int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        return isNumber || _numberOf.TryGetValue(name, out number) ? match.Groups[number].Value : "";
    }

    private static string NameAt(string template, ref int at)
    {
        var isBraced = at < template.Length && template[at] == '{';
        var start = isBraced ? at + 1 : at;
        var end = start;
        while (end < template.Length && (char.IsLetterOrDigit(template[end]) || template[end] == '_'))
        {
            end++;
        }

        if (end == start || (isBraced && (end >= template.Length || template[end] != '}')))
        {
            return "";
        }

        at = end + (isBraced ? 1 : 0);
        return template[start..end];
    }
}
