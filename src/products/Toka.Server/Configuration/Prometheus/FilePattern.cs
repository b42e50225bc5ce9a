using System.IO.Enumeration;
using Toka.Configuration.Binding;
using Toka.Configuration.Faults;

namespace Toka.Server.Configuration.Prometheus;

/// <summary>Finds the files that a path stands for.</summary>
internal static class FilePattern
{
    /// <summary>Files of one pattern, count.</summary>
    private const int FilesMax = 10_000;

    /// <summary>The files, in the order of their names. That there are none is noted, and is no fault: they may come later.</summary>
    /// <param name="pattern">The path; its last part may hold <c>*</c> and <c>?</c>.</param>
    /// <param name="key">The key that holds it.</param>
    /// <param name="faults">Takes what is wrong.</param>
    public static IReadOnlyList<string> Find(ConfigText pattern, string key, ConfigFaults faults)
    {
        var folder = Path.GetDirectoryName(pattern.Text) ?? "";
        var name = Path.GetFileName(pattern.Text);
        if (folder.AsSpan().ContainsAny('*', '?'))
        {
            faults.Add(pattern.Location, key, $"\"{pattern.Text}\" has * or ? before its last part; only that may hold them");
            return [];
        }

        if (!name.AsSpan().ContainsAny('*', '?'))
        {
            if (File.Exists(pattern.Text))
            {
                return [pattern.Text];
            }

            faults.AddNotInForce(new ConfigFault(pattern.Location, key, $"there is no file {pattern.Text}; it is looked for again at a reload"));
            return [];
        }

        try
        {
            var found = Directory.Exists(folder.Length == 0 ? "." : folder)
                ? Directory.EnumerateFiles(folder.Length == 0 ? "." : folder)
                    .Where(file => FileSystemName.MatchesSimpleExpression(name, Path.GetFileName(file), ignoreCase: false))
                    .Order(StringComparer.Ordinal).Take(FilesMax + 1).ToList()
                : [];
            if (found.Count > FilesMax)
            {
                faults.Add(pattern.Location, key, $"\"{pattern.Text}\" finds more than {FilesMax} files; that is the most");
                return [];
            }

            if (found.Count == 0)
            {
                faults.AddNotInForce(new ConfigFault(pattern.Location, key, $"no file is found by {pattern.Text}; it is looked for again at a reload"));
            }

            return found;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            faults.Add(pattern.Location, key, $"the folder of \"{pattern.Text}\" cannot be listed: {e.Message}");
            return [];
        }
    }
}
