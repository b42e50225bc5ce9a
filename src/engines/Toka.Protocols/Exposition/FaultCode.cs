using System.Text;

namespace Toka.Protocols.Exposition;

/// <summary>What is wrong with a line. Words are only found for it where somebody asks: a hostile body has millions of faults.</summary>
internal enum FaultCode
{
    None,
    LineTooLong,
    NotUtf8,
    CarriageReturn,
    BlankLine,
    BadComment,
    BadMetadata,
    UnknownType,
    BadMetricName,
    NameTooLong,
    ValueTooLong,
    TooManyLabels,
    BadLabelName,
    ReservedLabel,
    DuplicateLabel,
    NoEquals,
    NoQuote,
    OpenQuote,
    NoComma,
    ExtraComma,
    OpenBraces,
    NoName,
    SecondName,
    NoValue,
    BadValue,
    HugeValue,
    BadMilliseconds,
    BadSeconds,
    BadStart,
    TextAfterSample,
    BadSpace,
    NoExemplar,
    BadExemplar,
    NoEof,
    TextAfterEof,
}

/// <summary>Faults in words.</summary>
internal static class FaultText
{
    private const int ShownBytesMax = 40;

    /// <summary>What is wrong and what to do.</summary>
    /// <param name="code">The fault.</param>
    /// <param name="rest">The line from the place of the fault on.</param>
    /// <param name="limits">The limits that the reader has.</param>
    public static string Sentence(FaultCode code, ReadOnlySpan<byte> rest, ExpositionLimits limits) => code switch
    {
        FaultCode.LineTooLong => $"the line has more than {limits.LineBytesMax} bytes; is this an exposition?",
        FaultCode.NotUtf8 => "the line is not valid UTF-8; encode names and label values as UTF-8",
        FaultCode.CarriageReturn => "there is a carriage return; end lines with a line feed alone",
        FaultCode.BlankLine => "the line is empty; OpenMetrics has no empty lines: leave it out",
        FaultCode.BadComment => "the line begins with # and is none of HELP, TYPE, UNIT and EOF, with single spaces; OpenMetrics has no comments: leave it out",
        FaultCode.BadMetadata => "the line is not complete; write # HELP, # TYPE or # UNIT, the name of the family and what is said of it",
        FaultCode.UnknownType => $"{Shown(rest)} is not a type of this format; counter, gauge, histogram and summary are, where nothing is known untyped (text) or unknown (OpenMetrics), and in OpenMetrics gaugehistogram, info and stateset",
        FaultCode.BadMetricName => $"expected the name of a metric at {Shown(rest)}; names begin with a letter, _ or :, go on with these and digits, and stand in quotes within the braces where they have other characters",
        FaultCode.NameTooLong => $"the name has more than {limits.NameBytesMax} bytes; shorten it",
        FaultCode.ValueTooLong => $"the label's value has more than {limits.LabelValueBytesMax} bytes; long texts make poor labels: shorten it",
        FaultCode.TooManyLabels => $"there are more than {limits.LabelsMax} labels; leave some out",
        FaultCode.BadLabelName => $"expected the name of a label at {ShownName(rest)}; names begin with a letter or _, go on with these and digits, and stand in quotes where they have other characters",
        FaultCode.ReservedLabel => "__name__ is how a series holds its metric's name; write that before the braces",
        FaultCode.DuplicateLabel => $"the label {ShownName(rest)} is there twice; leave one of them out",
        FaultCode.NoEquals => $"expected = and a value in quotes after the label's name, at {Shown(rest)}",
        FaultCode.NoQuote => $"expected a double quote at {Shown(rest)}; label values stand in double quotes",
        FaultCode.OpenQuote => "the quote does not end on its line; close it, and write line feeds as \\n and quotes as \\\"",
        FaultCode.NoComma => $"expected a comma or the closing brace at {Shown(rest)}",
        FaultCode.ExtraComma => "there is a comma without a label after it; leave it out",
        FaultCode.OpenBraces => "the braces do not end on their line; close them",
        FaultCode.NoName => "the series has no name; write it before the braces, or in quotes as the first thing in them",
        FaultCode.SecondName => $"the series has a name already at {Shown(rest)}; a label needs a value",
        FaultCode.NoValue => "the series has no value; write a number after it",
        FaultCode.BadValue => $"{Shown(rest)} is not a value; write a decimal number, NaN, +Inf or -Inf",
        FaultCode.HugeValue => $"{Shown(rest)} is larger than any float64; write +Inf or -Inf where that is meant",
        _ => SentenceOfTheEnd(code, rest),
    };

    private static string SentenceOfTheEnd(FaultCode code, ReadOnlySpan<byte> rest) => code switch
    {
        FaultCode.BadMilliseconds => $"{Shown(rest)} is not a timestamp; write ms since the Unix epoch as a whole number",
        FaultCode.BadSeconds => $"{Shown(rest)} is not a timestamp; write seconds since the Unix epoch as a decimal number",
        FaultCode.BadStart => $"{Shown(rest)} is not a start; write st@ and seconds since the Unix epoch",
        FaultCode.TextAfterSample => $"{Shown(rest)} is too much; a line ends after the value and the timestamp",
        FaultCode.BadSpace => $"expected one space at {Shown(rest)}; OpenMetrics separates with exactly one, and has none at the end of a line",
        FaultCode.NoExemplar => "exemplars are of OpenMetrics; send it as application/openmetrics-text, or leave them out",
        FaultCode.BadExemplar => $"expected an exemplar at {Shown(rest)}; write a space, #, a space, its labels in braces, a space and its value",
        FaultCode.NoEof => "the exposition ends without # EOF; it may have been cut: end it with that line",
        FaultCode.TextAfterEof => "there is text after # EOF; end the exposition there",
        _ => throw new ArgumentOutOfRangeException(nameof(code), code, null),
    };

    /// <summary>What stands where the name of a label should.</summary>
    private static string ShownName(ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOfAny("={}\","u8);
        return Shown(end > 0 ? rest[..end] : rest);
    }

    /// <summary>The next word of a line, short and without control characters.</summary>
    public static string Shown(ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOfAny(" \t"u8);
        var word = end > 0 ? rest[..end] : rest;
        if (word.IsEmpty)
        {
            return "the end of the line";
        }

        var isCut = word.Length > ShownBytesMax;
        var shown = new StringBuilder("'");
        foreach (var c in Encoding.UTF8.GetString(isCut ? word[..ShownBytesMax] : word))
        {
            _ = char.IsControl(c) ? shown.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\x{(int)c:x2}") : shown.Append(c);
        }

        return shown.Append(isCut ? "…'" : "'").ToString();
    }
}
