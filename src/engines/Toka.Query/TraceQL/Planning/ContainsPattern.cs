using System.Text;

namespace Toka.Query.TraceQL.Planning;

/// <summary>The regular expression of texts that have another one in them, whatever its case: <c>(?i).*….*</c>.</summary>
public static class ContainsPattern
{
    private const string Before = "(?i).*";
    private const string After = ".*";
    private const string Special = @"\.+*?()|[]{}^$";

    /// <summary>The expression of a text.</summary>
    public static string Of(string literal)
    {
        ArgumentNullException.ThrowIfNull(literal);
        var pattern = new StringBuilder(Before);
        foreach (var c in literal)
        {
            pattern.Append(Special.Contains(c, StringComparison.Ordinal) ? "\\" : "").Append(c);
        }

        return pattern.Append(After).ToString();
    }

    /// <summary>The text of an expression that <see cref="Of"/> makes; null for any other.</summary>
    internal static string? LiteralOf(string pattern)
    {
        if (pattern.Length < Before.Length + After.Length || !pattern.StartsWith(Before, StringComparison.Ordinal) || !pattern.EndsWith(After, StringComparison.Ordinal))
        {
            return null;
        }

        var literal = new StringBuilder();
        var inner = pattern[Before.Length..^After.Length];
        for (var i = 0; i < inner.Length; i++)
        {
            if (inner[i] == '\\' && i + 1 < inner.Length && Special.Contains(inner[i + 1], StringComparison.Ordinal))
            {
                i++;
            }
            else if (Special.Contains(inner[i], StringComparison.Ordinal))
            {
                return null;
            }

            literal.Append(inner[i]);
        }

        return literal.ToString();
    }
}
