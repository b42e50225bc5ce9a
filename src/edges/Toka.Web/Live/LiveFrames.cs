using System.Buffers;
using System.Buffers.Binary;
using Toka.Core.Labels;
using Toka.Web.Http;

namespace Toka.Web.Live;

/// <summary>The kinds of frames from server to page.</summary>
internal enum LiveFrameKind : byte
{
    Series = 1,
    Data = 2,
    Error = 3,
    Status = 4,
}

/// <summary>One frame that waits to be sent, in a pooled array that belongs to it.</summary>
internal readonly record struct LiveFrame(LiveFrameKind Kind, uint Subscription, byte[] Bytes, int Length)
{
    public void Return() => ArrayPool<byte>.Shared.Return(Bytes);
}

/// <summary>Builds the frames and payloads that docs/formats/live.md describes. Little-endian.</summary>
internal static class LiveFrames
{
    public const int HeaderBytes = 8;

    private const byte Version = 1;

    /// <summary>A frame of its own array: the header and a copy of the payload.</summary>
    public static LiveFrame Frame(LiveFrameKind kind, uint subscription, ReadOnlySpan<byte> payload)
    {
        var length = HeaderBytes + payload.Length;
        var bytes = ArrayPool<byte>.Shared.Rent(length);
        bytes[0] = Version;
        bytes[1] = (byte)kind;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), 0);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), subscription);
        payload.CopyTo(bytes.AsSpan(HeaderBytes));
        return new LiveFrame(kind, subscription, bytes, length);
    }

    /// <summary>An error frame.</summary>
    public static LiveFrame Error(uint subscription, string type, string message)
    {
        using var payload = new PooledBuffer(256);
        using (var json = JsonResponse.WriterTo(payload))
        {
            json.WriteStartObject();
            json.WriteString("errorType"u8, type);
            json.WriteString("error"u8, message);
            json.WriteEndObject();
        }

        return Frame(LiveFrameKind.Error, subscription, payload.Written);
    }

    /// <summary>The payload that gives series their indices.</summary>
    /// <param name="payload">Written to.</param>
    /// <param name="series">All series of the feed; the index is the place in the list.</param>
    /// <param name="from">The first index to give.</param>
    public static void WriteSeries(PooledBuffer payload, List<LabelSet> series, int from)
    {
        WriteUInt32(payload, series.Count - from);
        using var labels = new PooledBuffer(512);
        for (var index = from; index < series.Count; index++)
        {
            labels.Clear();
            using (var json = JsonResponse.WriterTo(labels))
            {
                json.WriteLabels(series[index]);
            }

            WriteUInt32(payload, index);
            WriteUInt32(payload, labels.Length);
            labels.Written.CopyTo(payload.Take(labels.Length));
        }
    }

    /// <summary>The head of a data payload.</summary>
    public static void WriteDataHead(PooledBuffer payload, long startMs, long stepMs, int points, int series)
    {
        BinaryPrimitives.WriteInt64LittleEndian(payload.Take(sizeof(long)), startMs);
        WriteUInt32(payload, (int)stepMs);
        WriteUInt32(payload, points);
        WriteUInt32(payload, series);
    }

    /// <summary>One series of a data payload: its index and a column with NaN where there is no point.</summary>
    public static void WriteColumn(
        PooledBuffer payload, int index, long startMs, long stepMs, int points, ReadOnlySpan<long> timestamps, ReadOnlySpan<double> values)
    {
        WriteUInt32(payload, index);
        var column = payload.Take(points * sizeof(double));
        for (var point = 0; point < points; point++)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(column[(point * sizeof(double))..], double.NaN);
        }

        for (var i = 0; i < timestamps.Length; i++)
        {
            var point = (timestamps[i] - startMs) / stepMs;
            if (point >= 0 && point < points)
            {
                BinaryPrimitives.WriteDoubleLittleEndian(column[((int)point * sizeof(double))..], values[i]);
            }
        }
    }

    private static void WriteUInt32(PooledBuffer payload, int value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(payload.Take(sizeof(uint)), (uint)value);
}
