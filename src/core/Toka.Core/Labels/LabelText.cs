using System.Text;

namespace Toka.Core.Labels;

/// <summary>How PromQL writes names and values.</summary>
internal static class LabelText
{
    /// <summary>Whether a name needs no quotes: letters, digits and underscores (for a metric colons too), no digit first.</summary>
    public static bool IsClassicName(string name, bool allowColon)
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0]))
        {
            return false;
        }

        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_' && !(allowColon && c == ':'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Appends a label's name, in quotes where it needs them.</summary>
    public static void AppendName(StringBuilder text, string name)
    {
        if (IsClassicName(name, allowColon: false))
        {
            text.Append(name);
        }
        else
        {
            AppendQuoted(text, name);
        }
    }

    /// <summary>Appends a text in quotes, with backslash, quote and line feed escaped.</summary>
    public static void AppendQuoted(StringBuilder text, string value) => text.Append('"')
        .Append(value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal))
        .Append('"');
}
