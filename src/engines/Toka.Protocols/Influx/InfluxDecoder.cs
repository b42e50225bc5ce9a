using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Protocols.Naming;

namespace Toka.Protocols.Influx;

/// <summary>
/// Line protocol as samples: a field is a series, named measurement_field, or by the measurement alone where the field is
/// <c>value</c>; tags are its labels, and the database is the label <c>db</c> unless a tag has that name. Names become those
/// that PromQL reads without quotes. Numbers and booleans are samples, texts are counted. Reused; not thread-safe.
/// </summary>
/// <remarks>A line is stored whole or not at all, as InfluxDB does; a bad line never costs the good ones beside it.</remarks>
public sealed class InfluxDecoder
{
    /// <summary>Faults that are told in words.</summary>
    public const int FaultsShownMax = 10;

    private static ReadOnlySpan<byte> MetricName => "__name__"u8;

    private readonly InfluxLimits _limits;
    private readonly LabelSetBuilder _labels = new();
    private readonly byte[] _name;

    /// <summary>A decoder.</summary>
    /// <param name="limits">What lines may have; the defaults where it is null.</param>
    public InfluxDecoder(InfluxLimits? limits = null)
    {
        _limits = limits ?? InfluxLimits.Default;
        _name = new byte[(2 * _limits.NameBytesMax) + UnderscoreNames.GrowthMax + 2];
    }

    /// <summary>Adds the samples of a body to a batch.</summary>
    /// <param name="body">The whole body.</param>
    /// <param name="precision">What its times count.</param>
    /// <param name="database">The value of the label <c>db</c>, UTF-8, at most <see cref="InfluxLimits.TagValueBytesMax"/> bytes; empty for no such label.</param>
    /// <param name="nowMs">The time of lines that have none, in ms since the Unix epoch.</param>
    /// <param name="into">Gets the samples.</param>
    public InfluxDecodeResult Decode(ReadOnlySpan<byte> body, InfluxPrecision precision, ReadOnlySpan<byte> database, long nowMs, WriteBatch into)
    {
        ArgumentNullException.ThrowIfNull(into);
        var reader = new InfluxLineReader(body, _limits);
        List<InfluxFault>? faults = null;
        int points = 0, texts = 0, malformed = 0, overLimit = 0;
        var before = into.Count;
        while (reader.Next())
        {
            if (reader.Entry == InfluxEntry.Point && TryAdd(ref reader, precision, database, nowMs, into, ref texts))
            {
                points++;
                continue;
            }

            var isLimit = InfluxFault.IsLimit(reader.FaultCode);
            overLimit += isLimit ? 1 : 0;
            malformed += isLimit ? 0 : 1;
            if (malformed + overLimit <= FaultsShownMax)
            {
                (faults ??= []).Add(reader.Fault);
            }
        }

        return new InfluxDecodeResult(points, into.Count - before, texts, malformed, overLimit, faults ?? []);
    }

    private bool TryAdd(
        ref InfluxLineReader reader, InfluxPrecision precision, ReadOnlySpan<byte> database, long nowMs, WriteBatch into, ref int texts)
    {
        var timestampMs = nowMs;
        if (reader.Timestamp is { } time && !InfluxPrecisions.TryToMilliseconds(time, precision, out timestampMs))
        {
            reader.Refuse(InfluxFaultCode.TimeOutOfRange, -1);
            return false;
        }

        if (!TryReadTags(ref reader))
        {
            return false;
        }

        if (!database.IsEmpty && !_labels.TryGet("db"u8, out _))
        {
            _labels.Set("db"u8, database);
        }

        var measurement = UnderscoreNames.WriteMetric(reader.Measurement, _name);
        for (var i = 0; i < reader.FieldCount; i++)
        {
            if (reader.FieldKind(i) == InfluxFieldKind.Text)
            {
                texts++;
                continue;
            }

            var length = measurement;
            var field = reader.FieldKey(i);
            if (!field.SequenceEqual("value"u8))
            {
                _name[length++] = (byte)'_';
                length += WriteFollowing(field, _name.AsSpan(length));
            }

            _labels.Set(MetricName, _name.AsSpan(0, length));
            into.Add(_labels, timestampMs, reader.FieldValue(i));
        }

        return true;
    }

    private bool TryReadTags(ref InfluxLineReader reader)
    {
        _labels.Clear();
        for (var i = 0; i < reader.TagCount; i++)
        {
            // The key's view ends where the value is read, so its name is written first.
            var length = UnderscoreNames.WriteLabel(reader.TagKey(i), _name);
            var name = _name.AsSpan(0, length);
            if (name.SequenceEqual(MetricName) || _labels.TryGet(name, out _))
            {
                reader.Refuse(name.SequenceEqual(MetricName) ? InfluxFaultCode.ReservedTag : InfluxFaultCode.DuplicateTag, i);
                return false;
            }

            _labels.Set(name, reader.TagValue(i));
        }

        return true;
    }

    /// <summary>Within a name digits need no underscore before them.</summary>
    private static int WriteFollowing(ReadOnlySpan<byte> field, Span<byte> destination)
    {
        var length = UnderscoreNames.WriteMetric(field, destination);
        if (!char.IsAsciiDigit((char)field[0]))
        {
            return length;
        }

        destination[1..length].CopyTo(destination);
        return length - 1;
    }
}
