using System.Buffers.Binary;
using System.Numerics;
using Toka.Core.Codecs;
using Toka.Core.Samples;
using Toka.Core.Series;

namespace Toka.Forwarding.Buffer;

/// <summary>
/// Encodes a batch as records of a segment into one buffer, which then goes out in one write. A series' labels are written
/// once a segment, so the encoder knows what the segment has defined. Not thread-safe.
/// </summary>
internal sealed class RecordEncoder
{
    private const int KeptBytesMax = 4 * 1024 * 1024;

    /// <summary>An entry's head, reference, time and a number.</summary>
    private const int EntryBytesMax = 1 + 5 + 10 + 10;

    private readonly Dictionary<SeriesKey, int> _references = [];
    private byte[] _buffer = new byte[16 * 1024];
    private int _used;
    private int _frame = -1;
    private int _entries;
    private int _reference;
    private long _time;
    private long _takenMs;

    /// <summary>The finished records.</summary>
    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _used);

    /// <summary>Samples, histograms and exemplars in <see cref="Written"/>.</summary>
    public int Entries { get; private set; }

    /// <summary>Bytes of <see cref="Written"/> that only define series.</summary>
    public int DefinitionBytes { get; private set; }

    /// <summary>A new segment begins, or what was encoded last was not written: series must be defined again.</summary>
    public void Forget() => _references.Clear();

    /// <summary>Encodes a batch; what was written before is forgotten.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="takenMs">Now, ms since the Unix epoch.</param>
    public void Encode(WriteBatch batch, long takenMs)
    {
        _used = 0;
        _takenMs = takenMs;
        Entries = DefinitionBytes = 0;
        if (_buffer.Length > KeptBytesMax)
        {
            _buffer = new byte[KeptBytesMax];
        }

        // Who reads knows when a counter began before it meets the samples that said so.
        foreach (var row in batch.Created)
        {
            Begin(batch, row.Series, (QueueFormat.Created << 4) | QueueFormat.OtherFlag, row.TimestampMs, 0);
            VarInt(ZigZag(row.CreatedMs));
        }

        foreach (ref readonly var row in batch.Rows)
        {
            Sample(batch, row);
        }

        foreach (var row in batch.Histograms)
        {
            Histogram(batch, row);
        }

        foreach (var row in batch.Exemplars)
        {
            var labels = batch.LabelsOf(row.Labels);
            Begin(batch, row.Series, (QueueFormat.Exemplar << 4) | QueueFormat.OtherFlag, row.TimestampMs, labels.Length + sizeof(double) + 5);
            Float(row.Value);
            Bytes(labels);
            _entries++;
        }

        End();
    }

    private void Sample(WriteBatch batch, in WriteRow row)
    {
        var bits = BitConverter.DoubleToUInt64Bits(row.Value);
        var length = bits == 0 ? 0 : 8 - (BitOperations.TrailingZeroCount(bits) >> 3);
        Begin(batch, new RowLabels(row.LabelsStart, row.LabelsLength, row.Hash), length << 4, row.TimestampMs, 0);
        if (length > 0)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(_buffer.AsSpan(_used), bits >> ((8 - length) << 3));
            _used += length;
        }

        _entries++;
    }

    private void Histogram(WriteBatch batch, in HistogramRow row)
    {
        var histogram = row.Histogram;
        var layout = histogram.Layout;
        var numbers = 4 + layout.CustomValues.Length + histogram.Buckets.Length;
        var spans = layout.PositiveSpans.Length + layout.NegativeSpans.Length;
        Begin(batch, row.Series, (QueueFormat.Histogram << 4) | QueueFormat.OtherFlag, row.TimestampMs, (numbers * sizeof(double)) + (spans * 20) + 64);
        _buffer[_used++] = (byte)histogram.ResetHint;
        VarInt(ZigZag(layout.Schema));
        Float(layout.ZeroThreshold);
        Float(histogram.ZeroCount);
        Float(histogram.Count);
        Float(histogram.Sum);
        Spans(layout.PositiveSpans);
        Spans(layout.NegativeSpans);
        Floats(layout.CustomValues);
        Floats(histogram.Buckets);
        _entries++;
    }

    /// <summary>
    /// Begins an entry: its head, the series' reference where it is not the same or the next one, the time where it is not
    /// the same. Ends the record before it where that is full, and defines the series where that is new.
    /// </summary>
    private void Begin(WriteBatch batch, in RowLabels series, int head, long time, int bytes)
    {
        if (_frame >= 0 && _used - _frame > QueueFormat.PayloadBytesGoal)
        {
            End();
        }

        var labels = batch.LabelsOf(series);
        var reference = ReferenceOf(labels, series.Hash);
        Reserve(bytes + EntryBytesMax);
        StartFrame();
        var at = _used++;
        var step = reference - _reference;
        if (step is 0 or 1)
        {
            head |= step;
        }
        else
        {
            head |= 2;
            VarInt(ZigZag(step));
        }

        if (time != _time)
        {
            head |= 4;
            VarInt(ZigZag(time - _time));
        }

        _buffer[at] = (byte)head;
        (_reference, _time) = (reference, time);
    }

    private int ReferenceOf(ReadOnlySpan<byte> labels, ulong hash)
    {
        // The labels are not kept: their hash, their checksum and their length tell series apart.
        var key = new SeriesKey(hash, Crc32C.Of(labels), labels.Length);
        if (_references.TryGetValue(key, out var reference))
        {
            return reference;
        }

        reference = _references.Count;
        _references.Add(key, reference);
        var before = _used;
        Reserve(labels.Length + EntryBytesMax);
        StartFrame();
        _buffer[_used++] = (QueueFormat.Define << 4) | QueueFormat.OtherFlag;
        VarInt((uint)reference);
        Bytes(labels);
        DefinitionBytes += _used - before;
        return reference;
    }

    private void StartFrame()
    {
        if (_frame < 0)
        {
            _frame = _used;
            _used += QueueFormat.FrameHeadBytes;
            _entries = 0;
            _reference = 0;
            _time = 0;
        }
    }

    private void End()
    {
        if (_frame < 0)
        {
            return;
        }

        Reserve(QueueFormat.FrameTailBytes);
        new FrameHead(_used - _frame - QueueFormat.FrameHeadBytes, _entries, _takenMs).Write(_buffer.AsSpan(_frame));
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(_used), Crc32C.Of(_buffer.AsSpan(_frame, _used - _frame)));
        _used += QueueFormat.FrameTailBytes;
        _frame = -1;
        Entries += _entries;
    }

    private void Reserve(int bytes)
    {
        // The head of a record that begins, and what a number of eight bytes may write beyond its end.
        bytes += QueueFormat.FrameHeadBytes + QueueFormat.FrameTailBytes + sizeof(ulong);
        if (_buffer.Length - _used < bytes)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length + (_buffer.Length / 2), _used + bytes));
        }
    }

    private void Spans(ReadOnlySpan<HistogramSpan> spans)
    {
        VarInt((uint)spans.Length);
        foreach (var span in spans)
        {
            VarInt(ZigZag(span.Offset));
            VarInt(ZigZag(span.Length));
        }
    }

    private void Floats(ReadOnlySpan<double> values)
    {
        VarInt((uint)values.Length);
        foreach (var value in values)
        {
            Float(value);
        }
    }

    private void Float(double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(_buffer.AsSpan(_used), value);
        _used += sizeof(double);
    }

    private void Bytes(ReadOnlySpan<byte> bytes)
    {
        VarInt((uint)bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_used));
        _used += bytes.Length;
    }

    private void VarInt(ulong value)
    {
        while (value >= 0x80)
        {
            _buffer[_used++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _buffer[_used++] = (byte)value;
    }

    private static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    private readonly record struct SeriesKey(ulong Hash, uint Check, int Length)
    {
        public override int GetHashCode() => (int)Hash;
    }
}
