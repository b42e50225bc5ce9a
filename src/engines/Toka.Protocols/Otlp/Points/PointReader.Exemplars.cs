using Toka.Core.Labels;
using Toka.Protocols.Otlp.Naming;
using Toka.Protocols.Wire;

namespace Toka.Protocols.Otlp.Points;

/// <content>Exemplars, as Prometheus labels them, and start times.</content>
internal sealed partial class PointReader
{
    /// <summary>The longest id; OTLP's are 16 bytes for a trace and 8 for a span.</summary>
    private const int IdBytesMax = 32;

    private int _exemplars;

    private void AddCreated(MetricFamily family, in PointTime when, bool ofHistogram = false) =>
        Tally(side.Created, rows.AddCreated(when, ofHistogram), family);

    /// <summary>Adds the exemplars of a point whose rows are in the batch; those of a classic histogram go to their bucket.</summary>
    private void AddExemplars(ReadOnlySpan<byte> message, uint tag, MetricFamily family, ReadOnlySpan<byte> series, in PointTime when)
    {
        if (_exemplars == 0)
        {
            return;
        }

        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Tag == tag)
            {
                Tally(side.Exemplars, AddExemplar(reader.Bytes(), tag, family, series, when), family);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private OtlpRefusal AddExemplar(ReadOnlySpan<byte> message, uint tag, MetricFamily family, ReadOnlySpan<byte> series, in PointTime when)
    {
        ulong time = 0;
        double? value = null;
        ReadOnlySpan<byte> trace = default, span = default;
        var hasAttributes = false;
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case OtlpTags.ExemplarTime:
                    time = reader.Fixed64();
                    break;
                case OtlpTags.ExemplarAsDouble:
                    value = reader.Double();
                    break;
                case OtlpTags.ExemplarAsInt:
                    value = (long)reader.Fixed64();
                    break;
                case OtlpTags.ExemplarTrace:
                    trace = reader.Bytes();
                    break;
                case OtlpTags.ExemplarSpan:
                    span = reader.Bytes();
                    break;
                case OtlpTags.ExemplarAttributes:
                    hasAttributes = true;
                    reader.Skip();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (value is null || when.IsStale)
        {
            return OtlpRefusal.NoValue;
        }

        LabelExemplar(message, hasAttributes, trace, span, family);
        var timeMs = time == 0 ? when.Ms : new PointTime(0, time, false, false).Ms;
        var bucket = tag == OtlpTags.HistogramExemplars && !IsNhcb ? _les[BucketOf(value.Value)] : default;
        return rows.AddExemplar(series, bucket, timeMs, value.Value);
    }

    private void LabelExemplar(ReadOnlySpan<byte> message, bool hasAttributes, ReadOnlySpan<byte> trace, ReadOnlySpan<byte> span, MetricFamily family)
    {
        rows.ExemplarLabels.Clear();
        if (hasAttributes)
        {
            attributes.AddJoined(
                message, OtlpTags.ExemplarAttributes, default, rows.ExemplarLabels, refusal => Tally(side.ExemplarAttributes, refusal, family));
            if (rows.ExemplarLabels.EncodedLength > limits.ExemplarLabelBytesMax)
            {
                rows.ExemplarLabels.Clear();
                side.ExemplarAttributes.Add(
                    OtlpRefusal.LabelBytesLimit, family.NameText, OtlpTags.CountOf(message, OtlpTags.ExemplarAttributes));
            }
        }

        // The ids win over attributes of their names.
        SetId(rows.ExemplarLabels, "trace_id"u8, trace, family);
        SetId(rows.ExemplarLabels, "span_id"u8, span, family);
    }

    private void SetId(LabelSetBuilder labels, ReadOnlySpan<byte> name, ReadOnlySpan<byte> id, MetricFamily family)
    {
        if (id.Length > IdBytesMax)
        {
            Tally(side.ExemplarAttributes, OtlpRefusal.LabelValueBytesLimit, family);
            return;
        }

        // An id of zeros is none.
        if (id.ContainsAnyExcept((byte)0))
        {
            Span<byte> hex = stackalloc byte[2 * IdBytesMax];
            Convert.TryToHexStringLower(id, hex, out var written);
            labels.Set(name, hex[..written]);
        }
    }

    /// <summary>The bucket that a value lies in; the last one has no bound.</summary>
    private int BucketOf(double value)
    {
        for (var i = 0; i < _boundCount; i++)
        {
            if (value <= _bounds[i])
            {
                return i;
            }
        }

        return _boundCount;
    }

    private static void Tally(RefusalTally tally, OtlpRefusal refusal, MetricFamily family)
    {
        if (refusal != OtlpRefusal.None)
        {
            tally.Add(refusal, family.NameText, 1);
        }
    }
}
