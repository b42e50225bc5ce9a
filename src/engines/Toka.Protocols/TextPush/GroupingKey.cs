using System.Buffers.Text;
using System.Text;
using Toka.Core.Errors;
using Toka.Core.Labels;

namespace Toka.Protocols.TextPush;

/// <summary>
/// The labels of a group in a path as Pushgateway has it: <c>/job/NAME{/LABEL/VALUE}</c>, where a label that ends in
/// <c>@base64</c> has its value in base64 for URLs, with or without padding; <c>=</c> is the empty value.
/// </summary>
/// <remarks>Source: Pushgateway, "API", "URL".</remarks>
public static class GroupingKey
{
    /// <summary>Labels of one group. 64: each is compared with the others.</summary>
    public const int LabelsMax = 64;

    private const string Base64Suffix = "@base64";
    private static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);

    /// <summary>Reads a path.</summary>
    /// <param name="path">From <c>job</c> on, as it stands in the request: not decoded yet.</param>
    /// <returns>The labels; an empty value leaves its label out.</returns>
    /// <exception cref="BadInputException">The path is not of this form, a name is none, or a name comes twice.</exception>
    public static LabelSet Parse(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var parts = path.Split('/');
        if (parts.Length % 2 != 0)
        {
            // A slash at the end is taken: some clients put one.
            parts = parts is [.. var all, ""] ? all : throw new BadInputException($"the path has a label without a value; write /metrics/job/NAME/LABEL/VALUE, and an empty value as LABEL{Base64Suffix}/=");
        }

        if (parts.Length > 2 * LabelsMax)
        {
            throw new BadInputException($"the path has more than {LabelsMax} labels; leave some out");
        }

        var labels = new LabelSetBuilder();
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i + 1 < parts.Length; i += 2)
        {
            var name = Unescape(parts[i]);
            var isBase64 = name.EndsWith(Base64Suffix, StringComparison.Ordinal);
            name = isBase64 ? name[..^Base64Suffix.Length] : name;
            if (!IsName(name))
            {
                throw new BadInputException($"\"{Printable(name)}\" in the path is not the name of a label; names begin with a letter or one underscore and go on with these and digits");
            }

            if (!names.Add(name))
            {
                throw new BadInputException($"the label {name} is there twice in the path; leave one of them out");
            }

            var value = isBase64 ? FromBase64(parts[i + 1], name) : Unescape(parts[i + 1]);
            if (Encoding.UTF8.GetByteCount(value) > 4096)
            {
                throw new BadInputException($"the value of the label {name} in the path has more than 4096 bytes; shorten it");
            }

            labels.Set(name, value);
        }

        return labels.TryGet("job"u8, out _) ? labels.Build() : throw new BadInputException("the path has no job; write /metrics/job/NAME with a name that is not empty");
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= 512 && !char.IsAsciiDigit(name[0]) && !name.StartsWith("__", StringComparison.Ordinal)
        && name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_');

    /// <summary>Percent-decodes a part. What a server keeps of bytes that are no UTF-8 would be another label.</summary>
    private static string Unescape(string part)
    {
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(part.Length)];
        var length = Encoding.UTF8.GetBytes(part, bytes);
        var at = 0;
        for (var i = 0; i < length; i++)
        {
            if (bytes[i] == '%' && i + 2 < length && char.IsAsciiHexDigit((char)bytes[i + 1]) && char.IsAsciiHexDigit((char)bytes[i + 2]))
            {
                bytes[at++] = Convert.FromHexString([(char)bytes[i + 1], (char)bytes[i + 2]])[0];
                i += 2;
            }
            else
            {
                bytes[at++] = bytes[i];
            }
        }

        try
        {
            return s_strict.GetString(bytes, 0, at);
        }
        catch (ArgumentException)
        {
            throw new BadInputException($"\"{Printable(part)}\" in the path is not UTF-8; encode it so, or use {Base64Suffix}");
        }
    }

    private static string FromBase64(string part, string name)
    {
        var text = Unescape(part).TrimEnd('=');
        try
        {
            return s_strict.GetString(Base64Url.DecodeFromChars(text));
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw new BadInputException($"the value of the label {name} in the path is not UTF-8 in base64 for URLs (A-Z, a-z, 0-9, - and _)");
        }
    }

    private static string Printable(string text) =>
        string.Concat(text.Take(40).Select(static c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
}
