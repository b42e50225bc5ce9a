using System.Text.Unicode;
using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Protocols.Wire;

namespace Toka.Protocols.Exposition;

/// <content>Exemplars.</content>
public ref partial struct ExpositionProtobufReader
{
    /// <summary>
    /// Of a sample: goes to its next exemplar. A native histogram's are those of its own, or where it has none those of its
    /// classic buckets.
    /// </summary>
    /// <returns>Whether there is one.</returns>
    public bool NextExemplar()
    {
        while (_hasMoreExemplars && _malformed < MalformedMax)
        {
            try
            {
                if (TryFindExemplar() && TryReadExemplar())
                {
                    return true;
                }
            }
            catch (BadInputException)
            {
                _malformed++;
                ExemplarsRefused++;
            }
        }

        return false;
    }

    /// <summary>Of an exemplar: adds its labels to a builder.</summary>
    /// <param name="into">The builder; it is not cleared before.</param>
    public readonly void ReadExemplarLabels(LabelSetBuilder into)
    {
        ArgumentNullException.ThrowIfNull(into);
        var reader = new ProtobufReader(_exemplarNow, MetricTags.Message);
        while (reader.Next())
        {
            if (reader.Tag == MetricTags.ExemplarLabel)
            {
                ReadLabel(reader.Bytes(), out var name, out var value);
                into.Set(name, value);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private void OfferExemplar()
    {
        _hasMoreExemplars = !_exemplar.IsEmpty;
        _exemplarTag = 0;
    }

    /// <summary>Finds the message of the next exemplar; the end of them is told by <see cref="_hasMoreExemplars"/>.</summary>
    private bool TryFindExemplar()
    {
        if (_exemplarTag == 0)
        {
            _hasMoreExemplars = false;
            _exemplarNow = _exemplar;
            return true;
        }

        if (!_exemplars.Next())
        {
            _hasMoreExemplars = false;
            return false;
        }

        if (_exemplars.Tag != _exemplarTag)
        {
            _exemplars.Skip();
            return false;
        }

        _exemplarNow = _exemplars.Bytes();
        if (_exemplarTag == MetricTags.HistogramExemplar)
        {
            return true;
        }

        var bucket = new ProtobufReader(_exemplarNow, MetricTags.Message);
        while (bucket.Next())
        {
            if (bucket.Tag == MetricTags.BucketExemplar)
            {
                _exemplarNow = bucket.Bytes();
                return true;
            }

            bucket.Skip();
        }

        return false;
    }

    private bool TryReadExemplar()
    {
        (ExemplarValue, ExemplarTimestampMs) = (0, null);
        var labels = 0;
        var isGood = true;
        var reader = new ProtobufReader(_exemplarNow, MetricTags.Message);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case MetricTags.ExemplarLabel:
                    ReadLabel(reader.Bytes(), out var name, out var value);
                    isGood &= ++labels <= _limits.LabelsMax && FaultOf(name, _limits.NameBytesMax, "") is null
                        && value.Length <= _limits.LabelValueBytesMax && Utf8.IsValid(value);
                    break;
                case MetricTags.ExemplarValue:
                    ExemplarValue = reader.Double();
                    break;
                case MetricTags.ExemplarTimestamp:
                    ExemplarTimestampMs = ReadTime(reader.Bytes());
                    isGood &= ExemplarTimestampMs is not null;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        ExemplarsRefused += isGood ? 0 : 1;
        return isGood;
    }
}
