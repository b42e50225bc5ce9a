using System.Buffers;
using Toka.Core.Labels;
using Toka.Protocols.Exposition;

namespace Toka.Protocols.TextPush;

/// <content>When counters began.</content>
public sealed partial class PushDecoder
{
    private void AddCreatedOfLast(long? createdMs, long timestampMs, bool isHistogram)
    {
        if (createdMs is not { } created)
        {
            return;
        }

        if (created > timestampMs)
        {
            _createdRefused++;
        }
        else if (isHistogram)
        {
            _into.AddCreatedOfLastHistogram(created);
        }
        else
        {
            _into.AddCreatedOfLastRow(created);
        }
    }

    /// <summary>
    /// A line <c>_created</c> of OpenMetrics tells of the samples before it that have its labels, but for the name and for the
    /// bounds of buckets and quantiles: all parts of a histogram began at once. Each row is looked at once.
    /// </summary>
    private void AddCreated(ref ExpositionTextReader reader)
    {
        _labels.Clear();
        reader.ReadLabels(_labels, asWritten: true);
        AddExtra();
        _labels.Remove("__name__"u8);
        var found = false;
        for (; _pointStart < _into.Count; _pointStart++)
        {
            var row = _into.Rows[_pointStart];
            var series = LabelSet.FromEncoded(_into.LabelsOf(row));
            if (!IsOfPoint(series))
            {
                continue;
            }

            found = true;
            if (reader.CreatedMs is { } created && created <= row.TimestampMs)
            {
                _into.AddCreated(series, row.TimestampMs, created);
            }
            else
            {
                _createdRefused++;
            }
        }

        _createdRefused += found ? 0 : 1;
    }

    /// <summary>Whether a series has the labels of the builder, the name and bounds aside.</summary>
    private bool IsOfPoint(LabelSet series)
    {
        _rowLabels.Clear();
        foreach (var label in series)
        {
            if (!label.Name.SequenceEqual("__name__"u8) && !label.Name.SequenceEqual("le"u8) && !label.Name.SequenceEqual("quantile"u8))
            {
                _rowLabels.Set(label.Name, label.Value);
            }
        }

        var length = _rowLabels.EncodedLength;
        if (length != _labels.EncodedLength)
        {
            return false;
        }

        var both = ArrayPool<byte>.Shared.Rent(2 * length);
        _rowLabels.WriteTo(both);
        _labels.WriteTo(both.AsSpan(length));
        var isSame = both.AsSpan(0, length).SequenceEqual(both.AsSpan(length, length));
        ArrayPool<byte>.Shared.Return(both);
        return isSame;
    }
}
