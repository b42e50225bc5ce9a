namespace Toka.Protocols.Exposition;

/// <summary>The formats that scraped targets send.</summary>
public enum ExpositionFormat
{
    /// <summary>Prometheus's text format, 0.0.4 and 1.0.0, which adds names in quotes.</summary>
    Text,

    /// <summary>OpenMetrics text, 0.0.1 and 1.0.</summary>
    OpenMetrics,

    /// <summary>Prometheus's protobuf format, delimited.</summary>
    Protobuf,
}

/// <summary>Which format a body has: what a scraper asks for, what the target says, and what the bytes look like.</summary>
public static class ExpositionFormats
{
    /// <summary>
    /// The Accept header of a scraper that reads all of them, as Prometheus 3 sends it where it wants native histograms:
    /// protobuf first, as only it has these.
    /// </summary>
    public const string Accept =
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,"
        + "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
        + "application/openmetrics-text;version=0.0.1;q=0.4,"
        + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
        + "text/plain;version=0.0.4;q=0.2,"
        + "*/*;q=0.1";

    /// <summary>The same of a scraper that wants text.</summary>
    public const string AcceptText =
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
        + "application/openmetrics-text;version=0.0.1;q=0.5,"
        + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
        + "text/plain;version=0.0.4;q=0.3,"
        + "*/*;q=0.2";

    /// <summary>The most bytes of a protobuf's first name that are looked at.</summary>
    private const int NameBytesMax = 4096;

    /// <summary>The format that a Content-Type header names.</summary>
    /// <param name="contentType">The header's value; null where there is none.</param>
    /// <param name="fallback">What to take where it names none that is read; null to take none.</param>
    /// <param name="format">The format.</param>
    /// <param name="reason">Where it is false what is wrong, for the owner of the target; where the fallback was taken, why; else null.</param>
    /// <returns>Whether there is a format.</returns>
    public static bool TryFromContentType(string? contentType, ExpositionFormat? fallback, out ExpositionFormat format, out string? reason)
    {
        var found = OfContentType(contentType, out reason);
        format = found ?? fallback ?? ExpositionFormat.Text;
        return found is not null || fallback is not null;
    }

    /// <summary>The format that a body looks like; text where it looks like nothing.</summary>
    /// <param name="body">The whole body.</param>
    public static ExpositionFormat Detect(ReadOnlySpan<byte> body)
    {
        if (IsProtobuf(body))
        {
            return ExpositionFormat.Protobuf;
        }

        var text = body.EndsWith("\n"u8) ? body[..^1] : body;
        var last = text[(text.LastIndexOf((byte)'\n') + 1)..];
        return last.SequenceEqual("# EOF"u8) ? ExpositionFormat.OpenMetrics : ExpositionFormat.Text;
    }

    private static ExpositionFormat? OfContentType(string? contentType, out string? reason)
    {
        reason = null;
        if (string.IsNullOrWhiteSpace(contentType))
        {
            reason = "the answer has no Content-Type; the target should send text/plain;version=0.0.4 or application/openmetrics-text;version=1.0.0";
            return null;
        }

        var rest = contentType.AsSpan();
        switch (Next(ref rest))
        {
            case var type when type.Equals("text/plain", StringComparison.OrdinalIgnoreCase):
                return ExpositionFormat.Text;
            case var type when type.Equals("application/openmetrics-text", StringComparison.OrdinalIgnoreCase):
                return ExpositionFormat.OpenMetrics;
            case var type when !type.Equals("application/vnd.google.protobuf", StringComparison.OrdinalIgnoreCase):
                reason = $"the Content-Type {FaultText.Shown(System.Text.Encoding.UTF8.GetBytes(contentType.Trim()))} is none of text/plain, application/openmetrics-text and application/vnd.google.protobuf";
                return null;
        }

        while (!rest.IsEmpty)
        {
            var parameter = Next(ref rest);
            var equals = parameter.IndexOf('=');
            var name = equals < 0 ? parameter : parameter[..equals].Trim();
            var value = equals < 0 ? default : parameter[(equals + 1)..].Trim().Trim('"');
            if ((name.Equals("proto", StringComparison.OrdinalIgnoreCase) && !value.SequenceEqual("io.prometheus.client.MetricFamily"))
                || (name.Equals("encoding", StringComparison.OrdinalIgnoreCase) && !value.SequenceEqual("delimited")))
            {
                reason = "of application/vnd.google.protobuf only proto=io.prometheus.client.MetricFamily with encoding=delimited is read";
                return null;
            }
        }

        return ExpositionFormat.Protobuf;

        static ReadOnlySpan<char> Next(ref ReadOnlySpan<char> rest)
        {
            var end = rest.IndexOf(';');
            var part = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            return part.Trim();
        }
    }

    /// <summary>Whether the body is a row of messages after their lengths, the first of which begins with a name.</summary>
    private static bool IsProtobuf(ReadOnlySpan<byte> body)
    {
        var isFirst = true;
        while (!body.IsEmpty)
        {
            if (!TryTakeLength(ref body, out var length) || length > body.Length)
            {
                return false;
            }

            if (isFirst && !BeginsWithName(body[..length]))
            {
                return false;
            }

            isFirst = false;
            body = body[length..];
        }

        return !isFirst;
    }

    private static bool BeginsWithName(ReadOnlySpan<byte> message)
    {
        if (message.Length < 3 || message[0] != MetricTags.FamilyName)
        {
            return false;
        }

        message = message[1..];
        return TryTakeLength(ref message, out var length) && length is > 0 and <= NameBytesMax && length <= message.Length
            && message[..length].IndexOfAnyInRange((byte)0, (byte)31) < 0;
    }

    private static bool TryTakeLength(ref ReadOnlySpan<byte> bytes, out int length)
    {
        length = 0;
        for (var i = 0; i < 5 && i < bytes.Length; i++)
        {
            var part = (long)(bytes[i] & 0x7f) << (7 * i);
            if (part + length > int.MaxValue)
            {
                return false;
            }

            length += (int)part;
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return true;
            }
        }

        return false;
    }
}
