using System.Globalization;

namespace Toka.Core.Labels.Patterns;

/// <summary>The code points that <c>\p{…}</c>, <c>\d</c> and <c>[:alpha:]</c> name.</summary>
/// <remarks>
/// General categories are those .NET knows; the table Scripts.txt has Unicode 17's code points of each script that Go names
/// (Unicode 15). As in Go, <c>C</c> leaves out what is not assigned, and names are written exactly.
/// </remarks>
internal static class UnicodeClasses
{
    private static readonly string[] s_categories =
    [
        "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co",
        "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So",
    ];

    private static readonly Lazy<Dictionary<string, RuneSet>> s_byCategory = new(ReadCategories);
    private static readonly Lazy<Dictionary<string, RuneSet>> s_byScript = new(ReadScripts);
    private static readonly Dictionary<string, RuneSet> s_byPosixName = new(StringComparer.Ordinal)
    {
        ["alnum"] = Ascii("0-9", "A-Z", "a-z"),
        ["alpha"] = Ascii("A-Z", "a-z"),
        ["ascii"] = Ascii("\0-\x7F"),
        ["blank"] = Ascii("\t-\t", " - "),
        ["cntrl"] = Ascii("\0-\x1F", "\x7F-\x7F"),
        ["digit"] = Ascii("0-9"),
        ["graph"] = Ascii("!-~"),
        ["lower"] = Ascii("a-z"),
        ["print"] = Ascii(" -~"),
        ["punct"] = Ascii("!-/", ":-@", "[-`", "{-~"),
        ["space"] = Ascii("\t-\r", " - "),
        ["upper"] = Ascii("A-Z"),
        ["word"] = Ascii("0-9", "A-Z", "_-_", "a-z"),
        ["xdigit"] = Ascii("0-9", "A-F", "a-f"),
    };

    private static readonly RuneSet s_space = Ascii("\t-\n", "\f-\r", " - ");

    /// <summary>The letters, digits and the underscore between which <c>\b</c> sees borders.</summary>
    public static RuneSet Word => s_byPosixName["word"];

    /// <summary>A category or a script, or null.</summary>
    public static RuneSet? Unicode(string name) =>
        name == "Any" ? RuneSet.All : s_byCategory.Value.GetValueOrDefault(name) ?? s_byScript.Value.GetValueOrDefault(name);

    /// <summary>What <c>[:name:]</c> names, or null.</summary>
    public static RuneSet? Posix(string name) => s_byPosixName.GetValueOrDefault(name);

    /// <summary>What <c>\d</c>, <c>\s</c> and <c>\w</c> name, or null. All of it is ASCII, and vertical tabs are no space.</summary>
    public static RuneSet? Perl(char letter) => letter switch
    {
        'd' => s_byPosixName["digit"],
        's' => s_space,
        'w' => Word,
        _ => null,
    };

    private static RuneSet Ascii(params string[] ranges) => RuneSet.Of(ranges.Select(static text => new RuneRange(text[0], text[2])));

    private static Dictionary<string, RuneSet> ReadScripts() =>
        UnicodeFacts.Lines("Scripts.txt").ToDictionary(
            static line => line[0],
            static line => RuneSet.Of(line.Skip(1).Select(static text => UnicodeFacts.Range(text))),
            StringComparer.Ordinal);

    private static Dictionary<string, RuneSet> ReadCategories()
    {
        var ranges = new Dictionary<string, List<RuneRange>>(StringComparer.Ordinal);
        var start = 0;
        for (var rune = 0; rune <= RuneSet.RuneMax; rune++)
        {
            var category = CharUnicodeInfo.GetUnicodeCategory(rune);
            if (rune < RuneSet.RuneMax && CharUnicodeInfo.GetUnicodeCategory(rune + 1) == category)
            {
                continue;
            }

            if (category != UnicodeCategory.OtherNotAssigned)
            {
                var name = s_categories[(int)category];
                Add(name, new RuneRange(start, rune));
                Add(name[..1], new RuneRange(start, rune));
            }

            start = rune + 1;
        }

        return ranges.ToDictionary(static pair => pair.Key, static pair => RuneSet.Of(pair.Value), StringComparer.Ordinal);

        void Add(string name, RuneRange range)
        {
            if (!ranges.TryGetValue(name, out var list))
            {
                ranges.Add(name, list = []);
            }

            list.Add(range);
        }
    }
}
