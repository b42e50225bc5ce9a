using System.Text.Unicode;
using Toka.Core.Labels;
using Toka.Protocols.Exposition;

namespace Toka.Protocols.StatsD;

/// <summary>
/// Reads StatsD lines, <c>name:value|type[|@rate][|#tag:value,…]</c>, metric by metric over a datagram or a part of a stream.
/// What is no metric is a fault, and the reader goes on with the next line, or after a bad value with the next value. Nothing
/// is allocated for a metric. Not thread-safe.
/// </summary>
/// <remarks>
/// Sources: StatsD, "Metric types" and several values in one line (<c>a:1|c:2|ms</c>); DogStatsD, "Datagram format" 1.0 to 1.3
/// (tags, packed values <c>a:1:2|c</c>, container, cardinality and time); tags in the name as Telegraf reads them (<c>a,b=c:1|c</c>)
/// and as Graphite has them (<c>a;b=c:1|c</c>).
/// </remarks>
public ref partial struct StatsDReader
{
    private readonly StatsDLimits _limits;
    private ReadOnlySpan<byte> _rest;
    private ReadOnlySpan<byte> _line;
    private ReadOnlySpan<byte> _fullName;
    private ReadOnlySpan<byte> _nameTags;
    private ReadOnlySpan<byte> _values;
    private ReadOnlySpan<byte> _tags;
    private byte _nameSeparator;

    /// <summary>A reader before the first metric.</summary>
    /// <param name="text">Lines; the last one needs no line feed. It must not change while it is read.</param>
    /// <param name="limits">What lines may have; the defaults where it is null.</param>
    public StatsDReader(ReadOnlySpan<byte> text, StatsDLimits? limits = null)
    {
        _limits = limits ?? StatsDLimits.Default;
        _rest = text;
    }

    /// <summary>What the last <see cref="Next"/> came to.</summary>
    public StatsDEntry Entry { get; private set; }

    /// <summary>Of <see cref="StatsDEntry.Fault"/>: what is wrong.</summary>
    public StatsDFault Fault { get; private set; }

    /// <summary>The metric's name as it is written, without its tags.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>The metric's type.</summary>
    public StatsDKind Kind { get; private set; }

    /// <summary>The share of what happened that was sent: above 0, at most 1. Each value stands for 1 / rate of them.</summary>
    public double Rate { get; private set; }

    /// <summary>Goes to the next metric.</summary>
    /// <returns>Whether there is one.</returns>
    public bool Next()
    {
        while (_line.IsEmpty)
        {
            if (_rest.IsEmpty)
            {
                Entry = StatsDEntry.None;
                return false;
            }

            var end = _rest.IndexOf((byte)'\n');
            _line = (end < 0 ? _rest : _rest[..end]).TrimEnd((byte)'\r');
            _rest = end < 0 ? default : _rest[(end + 1)..];
            _fullName = default;
        }

        Fault = ReadMetric();
        Entry = Fault == StatsDFault.None ? StatsDEntry.Metric : StatsDEntry.Fault;
        if (Fault != StatsDFault.None)
        {
            _line = default;
        }

        return true;
    }

    /// <summary>The next value of a metric that is no set.</summary>
    /// <param name="value">The value; NaN where it is no number.</param>
    /// <param name="isSigned">Whether it has a sign: it changes a gauge instead of setting it.</param>
    /// <returns>Whether there is one.</returns>
    public bool NextValue(out double value, out bool isSigned)
    {
        if (!NextText(out var text))
        {
            (value, isSigned) = (double.NaN, false);
            return false;
        }

        isSigned = text is [(byte)'+' or (byte)'-', ..];
        if (!ExpositionNumber.TryParse(text, out value) || !double.IsFinite(value))
        {
            value = double.NaN;
        }

        return true;
    }

    /// <summary>The next value of a metric as it is written; of sets it is the member.</summary>
    /// <param name="text">The value.</param>
    /// <returns>Whether there is one.</returns>
    public bool NextText(out ReadOnlySpan<byte> text)
    {
        text = default;
        if (_values.IsEmpty)
        {
            return false;
        }

        var colon = _values[1..].IndexOf((byte)':');
        text = colon < 0 ? _values[1..] : _values.Slice(1, colon);
        _values = colon < 0 ? default : _values[(colon + 1)..];
        return true;
    }

    /// <summary>Reads one metric; the line begins at its name, or for a further one at the colon before its values.</summary>
    private StatsDFault ReadMetric()
    {
        var line = _line;
        if (line.Length > _limits.LineBytesMax)
        {
            return StatsDFault.Limit;
        }

        if (_fullName.IsEmpty)
        {
            if (!Utf8.IsValid(line))
            {
                return StatsDFault.Malformed;
            }

            if (line.StartsWith("_e{"u8))
            {
                return StatsDFault.Event;
            }

            if (line.StartsWith("_sc|"u8))
            {
                return StatsDFault.ServiceCheck;
            }

            var colon = line.IndexOf((byte)':');
            if (colon <= 0 || !TryReadName(line[..colon]))
            {
                return colon > 0 && Name.Length > _limits.NameBytesMax ? StatsDFault.Limit : StatsDFault.Malformed;
            }

            _fullName = line[..colon];
            line = line[colon..];
        }

        var bar = line.IndexOf((byte)'|');
        if (bar < 2)
        {
            return StatsDFault.Malformed;
        }

        // The values keep the colon before each of them.
        _values = line[..bar];
        return ReadSections(line[bar..]);
    }

    /// <summary>Splits a name and the tags that stand in it.</summary>
    private bool TryReadName(ReadOnlySpan<byte> name)
    {
        var separator = name.IndexOfAny((byte)',', (byte)';');
        Name = separator < 0 ? name : name[..separator];
        _nameSeparator = separator < 0 ? (byte)0 : name[separator];
        _nameTags = separator < 0 ? default : name[(separator + 1)..];
        return !Name.IsEmpty && Name.Length <= _limits.NameBytesMax;
    }

    /// <summary>Reads what follows the values: the type, and in any order the rate, the tags and what is passed over.</summary>
    private StatsDFault ReadSections(ReadOnlySpan<byte> line)
    {
        _tags = default;
        _line = default;
        Rate = 1;
        var isFirst = true;
        var fault = StatsDFault.None;
        while (!line.IsEmpty)
        {
            line = line[1..];
            var end = line.IndexOf((byte)'|');
            var section = end < 0 ? line : line[..end];
            if (isFirst || section is [(byte)'@', ..])
            {
                // Behind a type or a rate another value of the same metric may begin.
                var colon = section.IndexOf((byte)':');
                if (colon >= 0)
                {
                    section = section[..colon];
                    _line = line[colon..];
                    end = -1;
                }
            }

            fault = fault != StatsDFault.None ? fault : isFirst ? ReadKind(section) : ReadSection(section);
            isFirst = false;
            line = end < 0 ? default : line[end..];
        }

        return fault;
    }

    private StatsDFault ReadKind(ReadOnlySpan<byte> section)
    {
        StatsDKind? kind = section switch
        {
            [(byte)'c'] => StatsDKind.Counter,
            [(byte)'g'] => StatsDKind.Gauge,
            [(byte)'m', (byte)'s'] => StatsDKind.Timer,
            [(byte)'h'] or [(byte)'d'] => StatsDKind.Histogram,
            [(byte)'s'] => StatsDKind.Set,
            _ => null,
        };
        Kind = kind ?? StatsDKind.Counter;
        return kind is not null ? StatsDFault.None : section.IsEmpty ? StatsDFault.Malformed : StatsDFault.UnknownType;
    }

    private StatsDFault ReadSection(ReadOnlySpan<byte> section)
    {
        switch (section)
        {
            case [(byte)'@', .. var text]:
                var isRate = ExpositionNumber.TryParse(text, out var rate) && rate is > 0 and <= 1;
                Rate = isRate ? rate : 1;
                return isRate ? StatsDFault.None : StatsDFault.Malformed;
            case [(byte)'#', .. var tags]:
                _tags = tags;
                return StatsDFault.None;
            case [(byte)'T', ..]:
                return StatsDFault.Timestamp;
            case [(byte)'c' or (byte)'e', (byte)':', ..] or [(byte)'c', (byte)'a', (byte)'r', (byte)'d', (byte)':', ..]:
                // The container, its environment and how many tags it is to get: for an agent that knows containers.
                return StatsDFault.None;
            default:
                return StatsDFault.Malformed;
        }
    }
}
