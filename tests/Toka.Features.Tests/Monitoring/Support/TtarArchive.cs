using System.Text;

namespace Toka.Features.Tests.Monitoring.Support;

/// <summary>
/// Unpacks a ttar file, a text archive: entries of <c>Directory:</c>, or <c>Path:</c> with <c>SymlinkTo:</c> or
/// <c>Lines:</c> and that many lines. In content NULLBYTE stands for the byte 0, EOF at the end for a missing last line
/// feed; a backslash before either word makes it plain text.
/// </summary>
internal static class TtarArchive
{
    public static void Extract(string archive, string folder)
    {
        var lines = File.ReadAllText(archive, Encoding.Latin1).Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].StartsWith("Directory: ", StringComparison.Ordinal))
            {
                Directory.CreateDirectory(Path.Combine(folder, lines[i]["Directory: ".Length..]));
            }
            else if (lines[i].StartsWith("Path: ", StringComparison.Ordinal))
            {
                var path = Path.Combine(folder, lines[i]["Path: ".Length..]);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                var kind = lines[++i];
                if (kind.StartsWith("SymlinkTo: ", StringComparison.Ordinal))
                {
                    File.CreateSymbolicLink(path, kind["SymlinkTo: ".Length..]);
                    continue;
                }

                var count = int.Parse(kind["Lines: ".Length..], System.Globalization.CultureInfo.InvariantCulture);
                File.WriteAllText(path, Content(lines.AsSpan(i + 1, count)), Encoding.Latin1);
                i += count;
            }
        }
    }

    private static string Content(ReadOnlySpan<string> lines)
    {
        var text = new StringBuilder();
        foreach (var line in lines)
        {
            text.Append(line).Append('\n');
        }

        var content = text.ToString().Replace("\\NULLBYTE", "\u0001", StringComparison.Ordinal)
            .Replace("NULLBYTE", "\0", StringComparison.Ordinal).Replace("\u0001", "NULLBYTE", StringComparison.Ordinal);
        return content.EndsWith("EOF\n", StringComparison.Ordinal) && !content.EndsWith("\\EOF\n", StringComparison.Ordinal)
            ? content[..^4]
            : content.Replace("\\EOF\n", "EOF\n", StringComparison.Ordinal);
    }
}
