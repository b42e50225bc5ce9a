using System.Globalization;
using System.Text;

namespace Toka.Web.Prometheus;

/// <summary>
/// Label names that stand in a path: a name that is not plain comes as <c>U__</c> followed by the name with <c>__</c> for
/// an underscore and <c>_HEX_</c> for other characters. Source: Prometheus's escaping scheme "values".
/// </summary>
internal static class EscapedName
{
    private const string Prefix = "U__";

    /// <summary>A Unicode code point has at most six hexadecimal digits.</summary>
    private const int HexDigitsMax = 6;

    /// <summary>The name meant. What is not a valid escape is a name as it stands.</summary>
    public static string Unescape(string name)
    {
        if (!name.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return name;
        }

        var plain = new StringBuilder(name.Length);
        var rest = name.AsSpan(Prefix.Length);
        while (!rest.IsEmpty)
        {
            if (rest[0] != '_')
            {
                plain.Append(rest[0]);
                rest = rest[1..];
                continue;
            }

            var end = rest[1..].IndexOf('_');
            if (end == 0)
            {
                plain.Append('_');
            }
            else if (end is > 0 and <= HexDigitsMax
                && int.TryParse(rest.Slice(1, end), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
                && Rune.IsValid(code))
            {
                plain.Append(new Rune(code).ToString());
            }
            else
            {
                return name;
            }

            rest = rest[(end + 2)..];
        }

        return plain.Length == 0 ? name : plain.ToString();
    }
}
