using System.Buffers.Binary;
using Toka.Core.Codecs;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Protocols.PrometheusTsdb;
using Toka.Protocols.Wire;

namespace Toka.Protocols.RemoteRead;

/// <summary>
/// Makes the frames of the answer of type <see cref="ReadResponseType.StreamedXorChunks"/>. A frame is the length of its
/// message as a varint, the CRC32C of it in four bytes, the highest first, and the message, which has chunks of one series.
/// Reused for all series of an answer; not thread-safe.
/// </summary>
/// <param name="frameBytes">About the most bytes of a message: it ends with the chunk that passes them.</param>
public sealed class ChunkedResponse(int frameBytes = ChunkedResponse.FrameBytesDefault) : IDisposable
{
    /// <summary>1 MiB, as Prometheus.</summary>
    public const int FrameBytesDefault = 1024 * 1024;

    /// <summary>Samples a chunk, as Prometheus cuts them.</summary>
    private const int SamplesPerChunk = 120;

    private readonly ProtobufWriter _message = new();
    private readonly BitWriter _chunk = new();
    private readonly HistogramChunkWriter _histogramChunks = new();
    private LabelSet _labels = LabelSet.Empty;
    private FloatColumn? _floats;
    private HistogramColumn? _histograms;
    private long _query;
    private int _float;
    private int _histogram;

    /// <summary>Begins a series. The columns must stay as they are until its last frame was made.</summary>
    /// <param name="query">The number of its query, from 0.</param>
    /// <param name="labels">Its labels.</param>
    /// <param name="floats">Its float samples.</param>
    /// <param name="histograms">Its native histograms.</param>
    public void Begin(long query, LabelSet labels, FloatColumn floats, HistogramColumn histograms)
    {
        (_query, _labels, _floats, _histograms) = (query, labels, floats, histograms);
        (_float, _histogram) = (0, 0);
    }

    /// <summary>Makes the next frame of the series.</summary>
    /// <param name="head">At least 14 bytes: gets what stands before the message.</param>
    /// <param name="headLength">How much of it is used.</param>
    /// <param name="message">The message; ends with the next call.</param>
    /// <returns>False where all of the series has been sent.</returns>
    public bool TryNext(Span<byte> head, out int headLength, out ReadOnlySpan<byte> message)
    {
        headLength = 0;
        message = default;
        if (_floats is null || _histograms is null || (_float == _floats.Count && _histogram == _histograms.Count))
        {
            return false;
        }

        _message.Clear();
        var series = _message.Begin(1);
        SeriesMessage.WriteLabels(_message, 1, _labels);

        // At least one chunk, however long the labels are: a frame without any would be sent for ever.
        while (WriteChunk(_floats, _histograms) && _message.Written.Length < frameBytes)
        {
        }

        _message.End(series);
        _message.Varint(2, (ulong)_query);
        message = _message.Written;
        headLength = WriteHead(head, message);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _message.Dispose();
        _chunk.Dispose();
    }

    /// <summary>Writes the chunk that begins first; a chunk ends where one of the other kind begins, so that their times do not overlap.</summary>
    private bool WriteChunk(FloatColumn floats, HistogramColumn histograms)
    {
        var hasFloats = _float < floats.Count;
        var hasHistograms = _histogram < histograms.Count;
        if (hasFloats && (!hasHistograms || floats.Timestamps[_float] < histograms.Timestamps[_histogram]))
        {
            var until = hasHistograms ? histograms.Timestamps[_histogram] : long.MaxValue;
            var count = Before(floats.Timestamps[_float..], until);
            FloatChunkWriter.Write(_chunk, floats.Timestamps.Slice(_float, count), floats.Values.Slice(_float, count));
            Put(FloatChunkWriter.Encoding, floats.Timestamps[_float], floats.Timestamps[_float + count - 1]);
            _float += count;
            return true;
        }

        if (hasHistograms)
        {
            var until = hasFloats ? floats.Timestamps[_float] : long.MaxValue;
            var count = HistogramChunkWriter.Run(histograms, _histogram, Before(histograms.Timestamps[_histogram..], until));
            _histogramChunks.Write(_chunk, histograms, _histogram, count);
            Put(HistogramChunkWriter.Encoding, histograms.Timestamps[_histogram], histograms.Timestamps[_histogram + count - 1]);
            _histogram += count;
            return true;
        }

        return false;
    }

    private static int Before(ReadOnlySpan<long> timestamps, long until)
    {
        var count = 1;
        while (count < timestamps.Length && count < SamplesPerChunk && timestamps[count] < until)
        {
            count++;
        }

        return count;
    }

    private void Put(int encoding, long minMs, long maxMs)
    {
        var chunk = _message.Begin(2);
        _message.Varint(1, (ulong)minMs);
        _message.Varint(2, (ulong)maxMs);
        _message.Varint(3, (ulong)encoding);
        _message.Bytes(4, _chunk.Written);
        _message.End(chunk);
    }

    private static int WriteHead(Span<byte> head, ReadOnlySpan<byte> message)
    {
        var at = 0;
        var length = (uint)message.Length;
        while (length >= 0x80)
        {
            head[at++] = (byte)(length | 0x80);
            length >>= 7;
        }

        head[at++] = (byte)length;
        BinaryPrimitives.WriteUInt32BigEndian(head[at..], Crc32C.Of(message));
        return at + sizeof(uint);
    }
}
