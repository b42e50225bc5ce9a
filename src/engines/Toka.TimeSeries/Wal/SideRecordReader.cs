using Toka.Core.Samples;

namespace Toka.TimeSeries.Wal;

/// <content>Records of what comes beside floats.</content>
internal sealed partial class SegmentReader
{
    /// <summary>Applies such a record.</summary>
    /// <returns>Its histograms (the others are no samples), or −1 where it makes no sense.</returns>
    private int ReadSide(RecordType type, ReadOnlySpan<byte> rest)
    {
        var count = 0;
        var reference = 0;
        var time = 0L;
        while (!rest.IsEmpty)
        {
            if (!SideRecords.TryReadEntry(ref rest, ref reference, ref time) || !IsDefined(reference) || !TryApply(type, ref rest, _series[reference] - 1, time))
            {
                return -1;
            }

            _newest = Math.Max(_newest, time);
            count += type == RecordType.Histograms ? 1 : 0;
        }

        return count;
    }

    private bool TryApply(RecordType type, ref ReadOnlySpan<byte> rest, int series, long time)
    {
        switch (type)
        {
            case RecordType.Histograms:
                if (!SideRecords.TryReadHistogram(ref rest, out var histogram))
                {
                    return false;
                }

                if (series >= 0)
                {
                    sink.Histogram(series, time, histogram!);
                }

                return true;
            case RecordType.Exemplars:
                if (!SideRecords.TryReadExemplar(ref rest, out var value, out var labels))
                {
                    return false;
                }

                if (series >= 0)
                {
                    sink.Exemplar(series, time, value, labels);
                }

                return true;
            default:
                if (!SideRecords.TryReadCreated(ref rest, time, out var created))
                {
                    return false;
                }

                if (series >= 0)
                {
                    sink.Created(series, time, created);
                }

                return true;
        }
    }
}
