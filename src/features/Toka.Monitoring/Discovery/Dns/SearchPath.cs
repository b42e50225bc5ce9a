using System.Globalization;

namespace Toka.Monitoring.Discovery.Dns;

/// <summary>Which full names a name may stand for: <c>search</c> and <c>ndots</c> of resolv.conf. Immutable. Source: resolv.conf(5).</summary>
internal sealed class SearchPath
{
    private const string SystemFile = "/etc/resolv.conf";
    private const int DotsDefault = 1;
    private const int DotsMax = 15;

    private readonly string[] _domains;
    private readonly int _dots;

    private SearchPath(string[] domains, int dots)
    {
        _domains = domains;
        _dots = dots;
    }

    /// <summary>Names stand for themselves.</summary>
    public static SearchPath None { get; } = new([], DotsDefault);

    /// <summary>The path of this system; none where it says none.</summary>
    public static SearchPath OfSystem()
    {
        try
        {
            return Parse(File.ReadAllLines(SystemFile));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return None;
        }
    }

    /// <summary>Reads the lines of a resolv.conf.</summary>
    public static SearchPath Parse(IEnumerable<string> lines)
    {
        string[] domains = [];
        var dots = DotsDefault;
        foreach (var line in lines)
        {
            switch (line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            {
                case ["search" or "domain", .. var listed]:
                    domains = [.. listed.Select(static domain => domain.Trim('.')).Where(static domain => domain.Length > 0)];
                    break;
                case ["options", .. var options]:
                    foreach (var option in options)
                    {
                        if (option.StartsWith("ndots:", StringComparison.Ordinal) && int.TryParse(option.AsSpan("ndots:".Length), NumberStyles.None, CultureInfo.InvariantCulture, out var given))
                        {
                            dots = Math.Min(given, DotsMax);
                        }
                    }

                    break;
            }
        }

        return new SearchPath(domains, dots);
    }

    /// <summary>The full names to ask for, first things first.</summary>
    /// <param name="name">The name; one with a dot at its end stands for itself.</param>
    public IEnumerable<string> NamesOf(string name)
    {
        if (name.EndsWith('.'))
        {
            return [name];
        }

        var below = _domains.Select(domain => $"{name}.{domain}.");
        return name.AsSpan().Count('.') >= _dots ? [$"{name}.", .. below] : [.. below, $"{name}."];
    }
}
