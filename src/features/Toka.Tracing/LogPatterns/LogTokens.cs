using System.Text;

namespace Toka.Tracing.LogPatterns;

/// <summary>The words of a log record's body, numbers and ids in them being <see cref="Wildcard"/>.</summary>
internal static class LogTokens
{
    public const string Wildcard = "<*>";

    /// <summary>Words that are looked at; what is behind them is one wildcard.</summary>
    public const int TokensMax = 64;

    /// <summary>Characters that are looked at.</summary>
    private const int CharsMax = 4000;

    /// <summary>From this length on what has hexadecimal digits alone, one of them a decimal one, is an id.</summary>
    private const int IdCharsMin = 8;

    /// <summary>Characters of an id of 128 bits with its hyphens.</summary>
    private const int GuidChars = 36;

    public static string[] Of(string body)
    {
        var text = body.Length <= CharsMax ? body : body[..CharsMax];
        var words = text.Split((char[]?)null, TokensMax + 1, StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < words.Length; i++)
        {
            words[i] = i == TokensMax || (i == words.Length - 1 && body.Length > CharsMax) ? Wildcard : Masked(words[i]);
        }

        return words;
    }

    /// <summary>A word in which each run of letters and digits that is a number or an id is a wildcard.</summary>
    internal static string Masked(string word)
    {
        if (!word.Any(char.IsAsciiDigit))
        {
            return word;
        }

        var masked = new StringBuilder(word.Length);
        for (var i = 0; i < word.Length;)
        {
            var start = i;
            if (word.Length - i >= GuidChars && Guid.TryParseExact(word.AsSpan(i, GuidChars), "D", out _))
            {
                masked.Append(Wildcard);
                i += GuidChars;
                continue;
            }

            while (i < word.Length && char.IsLetterOrDigit(word[i]))
            {
                i++;
            }

            if (i > start)
            {
                var run = word.AsSpan(start, i - start);
                if (!IsVariable(run))
                {
                    masked.Append(run);
                }
                else if (!EndsWithWildcard(masked))
                {
                    masked.Append(Wildcard);
                }

                continue;
            }

            // What joins the parts of one number or id is part of it.
            var isJoint = (word[i] is '.' or '-' or ':' or '_') && EndsWithWildcard(masked) && i + 1 < word.Length && char.IsAsciiLetterOrDigit(word[i + 1]) && IsVariable(RunAt(word, i + 1));
            if (!isJoint)
            {
                masked.Append(word[i]);
            }

            i++;
        }

        return masked.ToString();
    }

    private static ReadOnlySpan<char> RunAt(string word, int start)
    {
        var end = start;
        while (end < word.Length && char.IsLetterOrDigit(word[end]))
        {
            end++;
        }

        return word.AsSpan(start, end - start);
    }

    private static bool EndsWithWildcard(StringBuilder text) => text.Length >= 3 && text[^3] == '<' && text[^2] == '*' && text[^1] == '>';

    private static bool IsVariable(ReadOnlySpan<char> run)
    {
        if (char.IsAsciiDigit(run[0]))
        {
            return true;
        }

        var hasDigit = false;
        foreach (var c in run)
        {
            if (!char.IsAsciiHexDigit(c))
            {
                return false;
            }

            hasDigit |= char.IsAsciiDigit(c);
        }

        return hasDigit && run.Length >= IdCharsMin;
    }
}
