using System.Text;

namespace Toka.Protocols.Influx;

/// <summary>What is wrong with a line.</summary>
public enum InfluxFaultCode
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The line is longer than <see cref="InfluxLimits.LineBytesMax"/>.</summary>
    LineTooLong,

    /// <summary>The line is not UTF-8.</summary>
    NotUtf8,

    /// <summary>The line begins with a comma.</summary>
    NoMeasurement,

    /// <summary>A measurement or a key is longer than <see cref="InfluxLimits.NameBytesMax"/>.</summary>
    NameTooLong,

    /// <summary>A tag's value is longer than <see cref="InfluxLimits.TagValueBytesMax"/>.</summary>
    ValueTooLong,

    /// <summary>There are more than <see cref="InfluxLimits.TagsMax"/> tags.</summary>
    TooManyTags,

    /// <summary>There are more than <see cref="InfluxLimits.FieldsMax"/> fields.</summary>
    TooManyFields,

    /// <summary>A tag has no key, no value, or an equals sign too many.</summary>
    BadTag,

    /// <summary>Two tags become the same label.</summary>
    DuplicateTag,

    /// <summary>A tag would become the metric's name.</summary>
    ReservedTag,

    /// <summary>The line has no fields.</summary>
    NoFields,

    /// <summary>A field has no key or no equals sign.</summary>
    BadField,

    /// <summary>A field's value is no number, boolean or string.</summary>
    BadValue,

    /// <summary>A number is beyond its type.</summary>
    ValueOutOfRange,

    /// <summary>A string does not end.</summary>
    OpenQuote,

    /// <summary>What stands behind the fields is no whole number.</summary>
    BadTimestamp,

    /// <summary>The time is beyond 64 bits of milliseconds.</summary>
    TimeOutOfRange,
}

/// <summary>Where a body is not of the protocol.</summary>
/// <param name="Line">The line, from 1; the one that a point begins on.</param>
/// <param name="Column">The byte of the point, from 1.</param>
/// <param name="Code">What is wrong.</param>
/// <param name="Message">The same in words, with what to do.</param>
public readonly record struct InfluxFault(int Line, int Column, InfluxFaultCode Code, string Message)
{
    private const int ShownBytesMax = 40;

    /// <summary>Whether a fault is one of size and not of form.</summary>
    /// <param name="code">The fault.</param>
    public static bool IsLimit(InfluxFaultCode code) => code is InfluxFaultCode.LineTooLong or InfluxFaultCode.NameTooLong
        or InfluxFaultCode.ValueTooLong or InfluxFaultCode.TooManyTags or InfluxFaultCode.TooManyFields;

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Line}:{Column}: {Message}");

    internal static string Sentence(InfluxFaultCode code, ReadOnlySpan<byte> rest, InfluxLimits limits) => code switch
    {
        InfluxFaultCode.LineTooLong => $"the line has more than {limits.LineBytesMax} bytes; is this line protocol?",
        InfluxFaultCode.NotUtf8 => "the line is not valid UTF-8; encode names and values as UTF-8",
        InfluxFaultCode.NoMeasurement => "the measurement is missing; begin the line with it",
        InfluxFaultCode.NameTooLong => $"the name has more than {limits.NameBytesMax} bytes; shorten it",
        InfluxFaultCode.ValueTooLong => $"the tag's value has more than {limits.TagValueBytesMax} bytes; long texts make poor labels: shorten it",
        InfluxFaultCode.TooManyTags => $"there are more than {limits.TagsMax} tags; leave some out",
        InfluxFaultCode.TooManyFields => $"there are more than {limits.FieldsMax} fields; divide them among several lines",
        InfluxFaultCode.BadTag => $"expected key=value at {Shown(rest)}; tags need both, with commas, blanks and equals signs escaped by a backslash",
        InfluxFaultCode.DuplicateTag => $"the tag at {Shown(rest)} becomes a label that is there already; leave one of them out",
        InfluxFaultCode.ReservedTag => "__name__ is how a series holds its metric's name; call the tag otherwise",
        InfluxFaultCode.NoFields => "the fields are missing; write at least one key=value after the first blank",
        InfluxFaultCode.BadField => $"expected key=value at {Shown(rest)}; fields need both, separated by commas without blanks",
        InfluxFaultCode.BadValue => $"{Shown(rest)} is not a field's value; write a number, one with i or u for whole ones, true, false, or a text in double quotes",
        InfluxFaultCode.ValueOutOfRange => $"the number {Shown(rest)} is beyond 64 bits; send a smaller one",
        InfluxFaultCode.OpenQuote => "the text does not end; close it with a double quote, and write those within as \\\"",
        InfluxFaultCode.BadTimestamp => $"{Shown(rest)} is not a time; write one whole number after the fields, or nothing",
        InfluxFaultCode.TimeOutOfRange => $"the time {Shown(rest)} is beyond what can be stored; is the precision right?",
        _ => "",
    };

    /// <summary>The beginning of what stands at a fault, in quotes, with nothing that would break a line.</summary>
    private static string Shown(ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty)
        {
            return "the end of the line";
        }

        var end = rest.IndexOf((byte)'\n');
        rest = end < 0 ? rest : rest[..end];
        var isCut = rest.Length > ShownBytesMax;
        var text = Encoding.UTF8.GetString(isCut ? rest[..ShownBytesMax] : rest);
        return $"\"{string.Concat(text.Select(static c => char.IsControl(c) || c == '\ufffd' ? '?' : c))}{(isCut ? "…" : "")}\"";
    }
}
