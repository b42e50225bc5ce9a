using System.Globalization;
using System.Text;
using Toka.Query.PromQL.Scripts;

namespace Toka.Conformance;

/// <summary>
/// The list of reference evaluations that pass: a line a file, <c>name count: line line …</c>, by the lines
/// of their <c>eval</c> commands.
/// </summary>
internal static class PassList
{
    private const string FileName = "reference-passes.txt";

    public static SortedDictionary<string, List<int>> Read()
    {
        var files = new SortedDictionary<string, List<int>>(StringComparer.Ordinal);
        using var stream = typeof(PassList).Assembly.GetManifestResourceStream(FileName)
            ?? throw new FileNotFoundException($"{FileName} is not among the resources.");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0 && line[0] != '#')
            {
                var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                files.Add(words[0], [.. words[2..].Select(word => int.Parse(word, CultureInfo.InvariantCulture))]);
            }
        }

        return files;
    }

    public static string Write(SortedDictionary<string, IReadOnlyList<EvalOutcome>> outcomes)
    {
        var text = new StringBuilder("# Evaluations of the reference scripts that pass: file, count, the lines of their eval commands.\n")
            .Append("# The list may only grow. Write it anew with TOKA_UPDATE_REFERENCE_PASSES=path/to/this/file.\n");
        foreach (var (name, all) in outcomes)
        {
            var lines = all.Where(static outcome => outcome.HasPassed).Select(static outcome => outcome.Line).ToArray();
            text.Append(CultureInfo.InvariantCulture, $"{name} {lines.Length}: {string.Join(' ', lines)}\n");
        }

        return text.ToString();
    }
}
