using System.Text.Unicode;
using Toka.Core.Samples;
using Toka.Protocols.Wire;

namespace Toka.Protocols.Exposition;

/// <content>Metrics and what is in them.</content>
public ref partial struct ExpositionProtobufReader
{
    private ExpositionEntry NextMetric()
    {
        while (_metrics.Next())
        {
            if (_metrics.Tag == MetricTags.FamilyMetric)
            {
                _metric = _metrics.Bytes();
                return BeginMetric();
            }

            _metrics.Skip();
        }

        _step = Step.Family;
        return ExpositionEntry.None;
    }

    private ExpositionEntry BeginMetric()
    {
        (TimestampMs, CreatedMs, Histogram, IsClassicBesideNative, _labelCount) = (null, null, null, false, 0);
        _content = _labelBytes = _suffix = _boundLabel = _exemplar = default;
        _hasMoreExemplars = false;
        var wanted = Type switch
        {
            ExpositionType.Counter => MetricTags.MetricCounter,
            ExpositionType.Gauge => MetricTags.MetricGauge,
            ExpositionType.Summary => MetricTags.MetricSummary,
            ExpositionType.Unknown => MetricTags.MetricUntyped,
            _ => MetricTags.MetricHistogram,
        };
        var hasContent = false;
        int labelsStart = -1, labelsEnd = 0;
        var reader = new ProtobufReader(_metric, MetricTags.Message);
        for (var fieldAt = 0; reader.Next(); fieldAt = reader.Position)
        {
            if (reader.Tag == MetricTags.MetricLabel)
            {
                if (AddLabel(reader.Bytes()) is { } fault)
                {
                    return FailMetric(fault);
                }

                labelsStart = labelsStart < 0 ? fieldAt : labelsStart;
                labelsEnd = reader.Position;
            }
            else if (reader.Tag == MetricTags.MetricTimestamp)
            {
                TimestampMs = (long)reader.Varint();
            }
            else if (reader.Tag == wanted)
            {
                _content = reader.Bytes();
                hasContent = true;
            }
            else
            {
                reader.Skip();
            }
        }

        _labelBytes = labelsStart < 0 ? default : _metric[labelsStart..labelsEnd];
        return hasContent ? ReadContent() : FailMetric("the metric has no value of its family's type; send one, or give the family its right type");
    }

    private ExpositionEntry ReadContent() => Type switch
    {
        ExpositionType.Summary => BeginSummary(),
        ExpositionType.Histogram or ExpositionType.GaugeHistogram => BeginHistogram(),
        _ => ReadValue(),
    };

    private ExpositionEntry ReadValue()
    {
        Value = 0; // As protobuf leaves zeros out.
        var reader = new ProtobufReader(_content, MetricTags.Message);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case MetricTags.Value:
                    Value = reader.Double();
                    break;
                case MetricTags.CounterExemplar when Type == ExpositionType.Counter:
                    _exemplar = reader.Bytes();
                    break;
                case MetricTags.CounterCreated when Type == ExpositionType.Counter:
                    ReadCreated(reader.Bytes());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        OfferExemplar();
        return ExpositionEntry.Sample;
    }

    private ExpositionEntry BeginSummary()
    {
        ReadCountAndSum(MetricTags.SummaryCreated);
        _parts = new ProtobufReader(_content, MetricTags.Message);
        _step = Step.Quantiles;
        return ExpositionEntry.None;
    }

    private ExpositionEntry BeginHistogram()
    {
        var hasBuckets = ReadCountAndSum(MetricTags.HistogramCreated);
        _parts = new ProtobufReader(_content, MetricTags.Message);
        _hasInfinity = false;
        Histogram = _native.Read(_content, _count, _sum, Type == ExpositionType.GaugeHistogram, out var fault);
        if (fault != HistogramFault.None)
        {
            var entry = FailMetric($"the native histogram is refused: {HistogramRule.Sentence(fault)}");
            _step = hasBuckets ? Step.Buckets : Step.Metrics;
            return entry;
        }

        if (Histogram is null)
        {
            _step = Step.Buckets;
            return ExpositionEntry.None;
        }

        Value = double.NaN;
        _step = hasBuckets ? Step.Classic : Step.Metrics;
        _hasMoreExemplars = true;
        _exemplars = _parts;
        _exemplarTag = HasField(MetricTags.HistogramExemplar) ? MetricTags.HistogramExemplar : MetricTags.HistogramBucket;
        return ExpositionEntry.Sample;
    }

    /// <summary>The next sample of a summary or of a classic histogram.</summary>
    private ExpositionEntry NextPart()
    {
        _hasMoreExemplars = false;
        _exemplar = _boundLabel = default;
        switch (_step)
        {
            case Step.Classic:
                (Histogram, IsClassicBesideNative, _step) = (null, true, Step.Buckets);
                return ExpositionEntry.None;
            case Step.Quantiles:
                return NextQuantile();
            case Step.Buckets:
                return NextBucket();
            case Step.Infinity:
                _step = Step.Sum;
                return Part("_bucket"u8, _count, double.PositiveInfinity, "le"u8);
            case Step.Sum:
                _step = Step.Count;
                return Part(Type == ExpositionType.GaugeHistogram ? "_gsum"u8 : "_sum"u8, _sum);
            default:
                _step = Step.Metrics;
                return Part(Type == ExpositionType.GaugeHistogram ? "_gcount"u8 : "_count"u8, _count);
        }
    }

    private ExpositionEntry NextQuantile()
    {
        if (!NextOf(MetricTags.SummaryQuantile))
        {
            _step = Step.Sum;
            return ExpositionEntry.None;
        }

        double quantile = 0, value = 0;
        var reader = new ProtobufReader(_parts.Bytes(), MetricTags.Message);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case MetricTags.QuantileOf:
                    quantile = reader.Double();
                    break;
                case MetricTags.QuantileValue:
                    value = reader.Double();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return Part(default, value, quantile, "quantile"u8);
    }

    private ExpositionEntry NextBucket()
    {
        if (!NextOf(MetricTags.HistogramBucket))
        {
            // The bucket of infinity may be left out, as it is the count.
            _step = _hasInfinity ? Step.Sum : Step.Infinity;
            return ExpositionEntry.None;
        }

        double bound = 0, count = 0, countFloat = 0;
        var reader = new ProtobufReader(_parts.Bytes(), MetricTags.Message);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case MetricTags.BucketBound:
                    bound = reader.Double();
                    break;
                case MetricTags.BucketCount:
                    count = reader.Varint();
                    break;
                case MetricTags.BucketCountFloat:
                    countFloat = reader.Double();
                    break;
                case MetricTags.BucketExemplar:
                    _exemplar = reader.Bytes();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        _hasInfinity |= double.IsPositiveInfinity(bound);
        OfferExemplar();
        return Part("_bucket"u8, countFloat > 0 ? countFloat : count, bound, "le"u8);
    }

    private ExpositionEntry Part(ReadOnlySpan<byte> suffix, double value, double bound = 0, ReadOnlySpan<byte> boundLabel = default)
    {
        (Value, _bound) = (value, bound);
        _suffix = suffix;
        _boundLabel = boundLabel;
        return ExpositionEntry.Sample;
    }

    private bool NextOf(uint tag)
    {
        while (_parts.Next())
        {
            if (_parts.Tag == tag)
            {
                return true;
            }

            _parts.Skip();
        }

        return false;
    }

    /// <returns>Whether there are classic buckets.</returns>
    private bool ReadCountAndSum(uint created)
    {
        (_count, _sum) = (0, 0);
        double countFloat = 0;
        var hasBuckets = false;
        var isHistogram = created == MetricTags.HistogramCreated;
        var reader = new ProtobufReader(_content, MetricTags.Message);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case MetricTags.SampleCount:
                    _count = reader.Varint();
                    break;
                case MetricTags.SampleSum:
                    _sum = reader.Double();
                    break;
                case MetricTags.HistogramCountFloat when isHistogram:
                    countFloat = reader.Double();
                    break;
                default:
                    hasBuckets |= isHistogram && reader.Tag == MetricTags.HistogramBucket;
                    if (reader.Tag == created)
                    {
                        ReadCreated(reader.Bytes());
                    }
                    else
                    {
                        reader.Skip();
                    }

                    break;
            }
        }

        _count = countFloat > 0 ? countFloat : _count;
        return hasBuckets;
    }

    private readonly bool HasField(uint tag)
    {
        var reader = new ProtobufReader(_content, MetricTags.Message);
        while (reader.Next())
        {
            if (reader.Tag == tag)
            {
                return true;
            }

            reader.Skip();
        }

        return false;
    }

    /// <summary>Without it the counter is still good: only when it began is not known.</summary>
    private void ReadCreated(ReadOnlySpan<byte> message)
    {
        CreatedMs = ReadTime(message);
        CreatedRefused += CreatedMs is null ? 1 : 0;
    }

    private static long? ReadTime(ReadOnlySpan<byte> message)
    {
        long seconds = 0, nanos = 0;
        var reader = new ProtobufReader(message, MetricTags.Message);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case MetricTags.TimestampSeconds:
                    seconds = (long)reader.Varint();
                    break;
                case MetricTags.TimestampNanos:
                    nanos = (long)reader.Varint();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        const long SecondsMax = 253_402_300_799; // The end of the year 9999, as protobuf bounds a Timestamp.
        return seconds is >= -SecondsMax and <= SecondsMax && nanos is >= 0 and < 1_000_000_000
            ? (seconds * 1000) + ((nanos + 500_000) / 1_000_000)
            : null;
    }

    private static void ReadLabel(ReadOnlySpan<byte> message, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        name = value = default;
        var reader = new ProtobufReader(message, MetricTags.Message);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case MetricTags.LabelName:
                    name = reader.Bytes();
                    break;
                case MetricTags.LabelValue:
                    value = reader.Bytes();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    /// <returns>What is wrong with it; null where nothing is.</returns>
    private string? AddLabel(ReadOnlySpan<byte> message)
    {
        ReadLabel(message, out var name, out var value);
        if (FaultOf(name, _limits.NameBytesMax, "a label's name") is { } fault)
        {
            return fault;
        }

        if (value.Length > _limits.LabelValueBytesMax || !Utf8.IsValid(value))
        {
            return value.Length > _limits.LabelValueBytesMax ? $"a label's value has more than {_limits.LabelValueBytesMax} bytes; shorten it" : "a label's value is not valid UTF-8";
        }

        if (name.SequenceEqual("__name__"u8))
        {
            return "a label is named __name__, which is the family's name; leave it out";
        }

        if (_labelCount == _limits.LabelsMax)
        {
            return $"there are more than {_limits.LabelsMax} labels; leave some out";
        }

        foreach (ref readonly var label in _labels.AsSpan(0, _labelCount))
        {
            if (_metric.Slice(label.NameStart, label.NameLength).SequenceEqual(name))
            {
                return $"the label {FaultText.Shown(name)} is there twice; leave one of them out";
            }
        }

        if (_labelCount == _labels.Length)
        {
            Array.Resize(ref _labels, _labelCount * 2);
        }

        _metric.Overlaps(name, out var nameStart);
        _metric.Overlaps(value, out var valueStart);
        _labels[_labelCount++] = new LabelPlace(nameStart, name.Length, valueStart, value.Length);
        return null;
    }
}
