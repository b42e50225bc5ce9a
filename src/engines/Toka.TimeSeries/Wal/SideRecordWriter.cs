using Toka.Core.Samples;

namespace Toka.TimeSeries.Wal;

/// <content>Records of what comes beside floats. Reference and time of each entry are steps from the entry before.</content>
internal sealed partial class RecordWriter
{
    private const int EntryHeadBytesMax = 20;

    /// <summary>Adds a native histogram of a defined series.</summary>
    public void Histogram(int reference, long time, NativeHistogram histogram)
    {
        Begin(RecordType.Histograms, EntryHeadBytesMax + SideRecords.BytesMaxOf(histogram));
        Entry(reference, time);
        _used += SideRecords.WriteHistogram(_buffer.AsSpan(_used), histogram);
    }

    /// <summary>Adds an exemplar of a defined series.</summary>
    public void Exemplar(int reference, long time, double value, ReadOnlySpan<byte> labels)
    {
        Begin(RecordType.Exemplars, EntryHeadBytesMax + SideRecords.BytesMaxOf(labels));
        Entry(reference, time);
        _used += SideRecords.WriteExemplar(_buffer.AsSpan(_used), value, labels);
    }

    /// <summary>Adds when the counter of a defined series began.</summary>
    public void Created(int reference, long time, long created)
    {
        Begin(RecordType.Created, EntryHeadBytesMax + sizeof(ulong) + 2);
        Entry(reference, time);
        _used += SideRecords.WriteCreated(_buffer.AsSpan(_used), time, created);
    }

    private void Entry(int reference, long time)
    {
        VarInt(ZigZag(reference - _lastReference));
        VarInt(ZigZag(time - _lastTime));
        (_lastReference, _lastTime) = (reference, time);
    }
}
