using System.Buffers.Binary;
using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Protocols.Wire;

namespace Toka.Protocols.RemoteWrite;

/// <summary>
/// Decodes remote write requests straight into samples: the message is walked in place, labels are written once, into the
/// batch. No garbage is made for a series or a float sample once the buffers have grown; a native histogram is an object.
/// Reused from request to request; not thread-safe.
/// </summary>
/// <remarks>
/// Source: Prometheus Remote-Write specifications 1.0 and 2.0, prompb/remote.proto, prompb/types.proto and
/// prompb/io/prometheus/write/v2/types.proto. A series that cannot be taken is refused with its samples, and the others are
/// taken; a message that is malformed as protobuf is refused as a whole. What is taken how is written in
/// docs/reference/remote-write.md.
/// </remarks>
public sealed partial class RemoteWriteDecoder
{
    /// <summary>So many buckets take the bytes of one row.</summary>
    private const int BucketsPerRow = 5;

    private readonly RemoteWriteLimits _limits;
    private readonly RefusalTally _refused;
    private readonly RefusalTally _refusedExemplars;
    private readonly RefusalTally _refusedCreated;
    private readonly RefusalTally _refusedMetadata;
    private readonly HistogramMessage _histogram = new();
    private readonly FamilyCache _families = new();
    private readonly LabelSetBuilder _sorter = new();
    private readonly int _labelRoomMax;
    private WriteBatch _batch = null!;
    private string _expected = "";
    private long _series;
    private long _rows;
    private long _labelBytes;
    private long _samples;
    private long _histograms;
    private long _exemplars;
    private long _metadata;

    /// <summary>Makes a decoder.</summary>
    /// <param name="limits">The limits of a request.</param>
    public RemoteWriteDecoder(RemoteWriteLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        _limits = limits;
        _labelRoomMax = limits.LabelsMax * ((2 * sizeof(ushort)) + limits.NameBytesMax + limits.LabelValueBytesMax);
        _refused = new RefusalTally(limits);
        _refusedExemplars = new RefusalTally(limits);
        _refusedCreated = new RefusalTally(limits);
        _refusedMetadata = new RefusalTally(limits);
    }

    /// <summary>Decodes a request.</summary>
    /// <param name="version">Which message it is.</param>
    /// <param name="body">The message, decompressed.</param>
    /// <param name="batch">Gets the samples and the metadata; what is in it already stays.</param>
    /// <returns>What is in the batch, and what was refused and why.</returns>
    /// <exception cref="BadInputException">The message is malformed; clear the batch.</exception>
    /// <exception cref="LimitExceededException">A request of 2.0 has more symbols than are read; clear the batch.</exception>
    public RemoteWriteDecodeResult Decode(RemoteWriteVersion version, ReadOnlySpan<byte> body, WriteBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        _batch = batch;
        _expected = RemoteWriteHeaders.MessageOf(version);
        (_series, _rows, _labelBytes, _samples, _histograms, _exemplars, _metadata) = (0, 0, 0, 0, 0, 0, 0);
        _refused.Clear();
        _refusedExemplars.Clear();
        _refusedCreated.Clear();
        _refusedMetadata.Clear();
        if (version == RemoteWriteVersion.V1)
        {
            ReadRequest1(body);
        }
        else
        {
            ReadRequest2(body);
        }

        return new RemoteWriteDecodeResult(
            _samples, _histograms, _exemplars, _refused.Total, _refusedExemplars.Total,
            _refused.Reasons("sample", "samples") ?? _refusedExemplars.Reasons("exemplar", "exemplars"));
    }

    /// <summary>
    /// Counts what the last request lost. To be called once the request is answered, not when it will be sent again.
    /// </summary>
    /// <param name="drop">Told the reason's name, how many, and the signal: metrics, exemplars, created or metadata.</param>
    public void CountRefusals(Action<string, long, string> drop)
    {
        ArgumentNullException.ThrowIfNull(drop);
        _refused.Publish(drop, "metrics");
        _refusedExemplars.Publish(drop, "exemplars");
        _refusedCreated.Publish(drop, "created");
        _refusedMetadata.Publish(drop, "metadata");
    }

    /// <summary>Checks the labels of a series and takes them into the batch.</summary>
    /// <param name="labels">What was read.</param>
    /// <param name="isChecked">Whether its texts are known to be valid UTF-8.</param>
    /// <param name="content">What the series holds.</param>
    /// <param name="taken">The labels of its rows.</param>
    /// <returns>Whether the series is taken.</returns>
    private bool TryTake(scoped ref CanonicalLabels labels, bool isChecked, in SeriesContent content, out RowLabels taken)
    {
        var refusal = labels.Finish(_sorter, isChecked);
        if (refusal == RemoteWriteRefusal.None)
        {
            refusal = !labels.HasName ? RemoteWriteRefusal.NoName
                : ++_series > _limits.SeriesPerRequestMax ? RemoteWriteRefusal.SeriesLimit
                : _rows + content.Samples > _limits.SamplesPerRequestMax ? RemoteWriteRefusal.SamplesLimit
                : _labelBytes + labels.Length > _limits.LabelBytesPerRequestMax ? RemoteWriteRefusal.LabelBytesLimit
                : RemoteWriteRefusal.None;
        }

        if (refusal != RemoteWriteRefusal.None)
        {
            _refused.Add(refusal, labels.Written, content.Samples + content.Histograms);
            _refusedExemplars.Add(refusal, labels.Written, content.Exemplars);
            taken = default;
            return false;
        }

        _labelBytes += labels.Length;
        taken = _batch.TakeLabelRoom(labels.Length);
        return true;
    }

    private void AddSample(in RowLabels series, long timestampMs, double value)
    {
        _rows++;
        _samples++;
        _batch.Add(series, timestampMs, value);
    }

    private void AddHistogram(in RowLabels series, ReadOnlySpan<byte> message, long startMs)
    {
        var histogram = _histogram.Read(message, _expected);
        if (histogram is null)
        {
            _refused.Add(RemoteWriteRefusal.BadHistogram, _batch.LabelsOf(series), 1, _histogram.Fault);
            return;
        }

        var rows = 1 + (histogram.Buckets.Length / BucketsPerRow);
        if (_rows + rows > _limits.SamplesPerRequestMax)
        {
            _refused.Add(RemoteWriteRefusal.SamplesLimit, _batch.LabelsOf(series), 1);
            return;
        }

        _rows += rows;
        _histograms++;
        _batch.AddHistogram(series, _histogram.TimestampMs, histogram);
        AddCreated(series, _histogram.TimestampMs, _histogram.StartMs != 0 ? _histogram.StartMs : startMs);
    }

    /// <summary>Adds when a counter began; a begin at the sample's own time says that the real one is not known, and 0 says nothing.</summary>
    private void AddCreated(in RowLabels series, long timestampMs, long startMs)
    {
        if (startMs == 0 || startMs == timestampMs)
        {
            return;
        }

        if (startMs > timestampMs)
        {
            _refusedCreated.Add(RemoteWriteRefusal.StartAfterTime, _batch.LabelsOf(series), 1);
            return;
        }

        _batch.AddCreated(series, timestampMs, startMs);
    }

    /// <summary>Adds an exemplar whose labels are read.</summary>
    private void AddExemplar(in RowLabels series, scoped ref CanonicalLabels labels, bool isChecked, long timestampMs, double value)
    {
        var refusal = labels.Finish(_sorter, isChecked);
        if (refusal == RemoteWriteRefusal.None)
        {
            refusal = labels.Length > _limits.ExemplarLabelBytesMax ? RemoteWriteRefusal.ExemplarBytesLimit
                : _labelBytes + labels.Length > _limits.LabelBytesPerRequestMax ? RemoteWriteRefusal.LabelBytesLimit
                : _rows + 1 > _limits.SamplesPerRequestMax ? RemoteWriteRefusal.SamplesLimit
                : RemoteWriteRefusal.None;
        }

        if (refusal != RemoteWriteRefusal.None)
        {
            _refusedExemplars.Add(refusal, _batch.LabelsOf(series), 1);
            return;
        }

        _rows++;
        _exemplars++;
        _labelBytes += labels.Length;
        _batch.AddExemplar(series, _batch.TakeLabelRoom(labels.Length), timestampMs, value);
    }

    private void AddMetadata(ReadOnlySpan<byte> family, ulong type, ReadOnlySpan<byte> help, ReadOnlySpan<byte> unit)
    {
        var bytes = family.Length + help.Length + unit.Length;
        if (family.IsEmpty)
        {
            _refusedMetadata.Add(RemoteWriteRefusal.NoName, default, 1);
            return;
        }

        var refusal = bytes > _limits.MetadataBytesMax ? RemoteWriteRefusal.MetadataBytesLimit
            : _metadata == _limits.MetadataPerRequestMax ? RemoteWriteRefusal.MetadataLimit
            : _labelBytes + bytes > _limits.LabelBytesPerRequestMax ? RemoteWriteRefusal.LabelBytesLimit
            : RemoteWriteRefusal.None;
        var metadata = refusal == RemoteWriteRefusal.None ? _families.Find(family, MetadataTypes.Of(type), help, unit) : null;
        if (metadata is null)
        {
            _refusedMetadata.Add(refusal == RemoteWriteRefusal.None ? RemoteWriteRefusal.BadUtf8 : refusal, default, 1);
            return;
        }

        _metadata++;
        _labelBytes += bytes;
        _batch.AddMetadata(metadata);
    }

    /// <summary>Reads a sample: value, time, and in later drafts of 2.0 when its counter began.</summary>
    private void ReadSample(ReadOnlySpan<byte> message, out long timestampMs, out double value, out long startMs)
    {
        // The shapes that senders write: the value, which is left out where it is 0, and the time.
        (timestampMs, value, startMs) = (0, 0, 0);
        var at = 0;
        if (message.Length > 9 && message[0] == ((1 << 3) | WireTypes.Fixed64))
        {
            value = BinaryPrimitives.ReadDoubleLittleEndian(message[1..]);
            at = 9;
        }

        if (message.Length == at + 7 && message[at] == ((2 << 3) | WireTypes.Varint) && message[^1] < 0x80)
        {
            // Times of this century have six bytes.
            var packed = BinaryPrimitives.ReadUInt32LittleEndian(message[(at + 1)..]);
            if ((packed & 0x8080_8080) == 0x8080_8080 && message[^2] >= 0x80)
            {
                timestampMs = (packed & 0x7f) | ((packed >> 1) & 0x3f80) | ((packed >> 2) & 0x1f_c000) | ((packed >> 3) & 0xfe0_0000)
                    | ((long)(message[^2] & 0x7f) << 28) | ((long)message[^1] << 35);
                return;
            }
        }

        ReadAnySample(message, out timestampMs, out value, out startMs);
    }

    private void ReadAnySample(ReadOnlySpan<byte> message, out long timestampMs, out double value, out long startMs)
    {
        (timestampMs, value, startMs) = (0, 0, 0);
        var reader = new ProtobufReader(message, _expected);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case (1 << 3) | WireTypes.Fixed64:
                    value = reader.Double();
                    break;
                case (2 << 3) | WireTypes.Varint:
                    timestampMs = (long)reader.Varint();
                    break;
                case (3 << 3) | WireTypes.Varint:
                    startMs = (long)reader.Varint();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    /// <summary>What a series holds.</summary>
    private record struct SeriesContent(int Samples, int Histograms, int Exemplars);
}
