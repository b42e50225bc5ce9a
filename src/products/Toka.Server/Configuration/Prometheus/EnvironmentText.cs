using System.Text;

namespace Toka.Server.Configuration.Prometheus;

/// <summary>Puts environment variables into texts: <c>${NAME}</c> and <c>$NAME</c>, and <c>$$</c> for a dollar. Source: Prometheus 3, <c>external_labels</c>; Go, <c>os.Expand</c>.</summary>
internal static class EnvironmentText
{
    /// <summary>Expands a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="environment">The variables.</param>
    /// <param name="isMissing">Told the name of a variable that is not set, which stands for nothing.</param>
    public static string Expand(string text, IReadOnlyDictionary<string, string> environment, Action<string> isMissing)
    {
        var expanded = new StringBuilder();
        var rest = text.AsSpan();
        while (rest.IndexOf('$') is var dollar and >= 0)
        {
            expanded.Append(rest[..dollar]);
            rest = rest[(dollar + 1)..];
            if (rest.StartsWith("$"))
            {
                expanded.Append('$');
                rest = rest[1..];
                continue;
            }

            if (NameAt(rest, out var length) is not { } name)
            {
                expanded.Append('$');
                continue;
            }

            rest = rest[length..];
            if (environment.TryGetValue(name, out var value))
            {
                expanded.Append(value);
            }
            else
            {
                isMissing(name);
            }
        }

        return expanded.Append(rest).ToString();
    }

    private static string? NameAt(ReadOnlySpan<char> text, out int length)
    {
        length = 0;
        if (text.StartsWith("{"))
        {
            var end = text.IndexOf('}');
            length = end + 1;
            return end > 1 ? text[1..end].ToString() : null;
        }

        while (length < text.Length && (char.IsAsciiLetterOrDigit(text[length]) || text[length] == '_'))
        {
            length++;
        }

        return length > 0 ? text[..length].ToString() : null;
    }
}
