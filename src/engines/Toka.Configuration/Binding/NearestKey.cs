namespace Toka.Configuration.Binding;

/// <summary>Finds the known key that was probably meant, by edit distance (Damerau-Levenshtein, optimal string alignment).</summary>
internal static class NearestKey
{
    public static string? Of(string written, IEnumerable<string> known)
    {
        string? best = null;
        // A third of the letters may be wrong, but never all: that is another word.
        var bestDistance = Math.Min(Math.Max(1, written.Length / 3) + 1, written.Length);
        foreach (var candidate in known)
        {
            var distance = Distance(written.ToLowerInvariant().Replace('-', '_'), candidate);
            if (distance < bestDistance)
            {
                best = candidate;
                bestDistance = distance;
            }
        }

        return best;
    }

    private static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    d[i, j] = i + j;
                    continue;
                }

                var change = a[i - 1] == b[j - 1] ? 0 : 1;
                var best = Math.Min(Math.Min(d[i - 1, j] + 1, d[i, j - 1] + 1), d[i - 1, j - 1] + change);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    best = Math.Min(best, d[i - 2, j - 2] + 1);
                }

                d[i, j] = best;
            }
        }

        return d[a.Length, b.Length];
    }
}
