using Toka.Core.Series;
using Toka.Protocols.Wire;

namespace Toka.Protocols.RemoteWrite;

/// <content>The message of 1.0, <c>prometheus.WriteRequest</c>.</content>
public sealed partial class RemoteWriteDecoder
{
    private const uint Labels1 = (1 << 3) | WireTypes.Bytes;
    private const uint Samples1 = (2 << 3) | WireTypes.Bytes;
    private const uint Exemplars1 = (3 << 3) | WireTypes.Bytes;
    private const uint Histograms1 = (4 << 3) | WireTypes.Bytes;

    private void ReadRequest1(ReadOnlySpan<byte> body)
    {
        var reader = new ProtobufReader(body, _expected);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case (1 << 3) | WireTypes.Bytes:
                    ReadSeries1(reader.Bytes());
                    break;
                case (3 << 3) | WireTypes.Bytes:
                    ReadMetadata1(reader.Bytes());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    private void ReadSeries1(ReadOnlySpan<byte> message)
    {
        // A label's message is longer than its canonical form.
        var labels = new CanonicalLabels(_batch.LabelRoom(Math.Min(message.Length, _labelRoomMax)), _limits);
        var rest = message[labels.AddUsual(message)..];
        if (rest.Length is > 2 and < 0x80 && rest[0] == Samples1 && rest[1] == rest.Length - 2)
        {
            // One sample, and nothing else: what a scrape brings.
            if (TryTake(ref labels, isChecked: false, new SeriesContent(1, 0, 0), out var scraped))
            {
                ReadSample(rest[2..], out var at, out var scrapedValue, out _);
                AddSample(scraped, at, scrapedValue);
            }

            return;
        }

        ReadSeries1(message, rest, ref labels);
    }

    /// <summary>Reads a series of any shape.</summary>
    /// <param name="message">All of it.</param>
    /// <param name="rest">What is not read of it.</param>
    /// <param name="labels">Its labels so far.</param>
    private void ReadSeries1(ReadOnlySpan<byte> message, ReadOnlySpan<byte> rest, scoped ref CanonicalLabels labels)
    {
        var content = new SeriesContent();
        var reader = new ProtobufReader(rest, _expected);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case Labels1:
                    ReadLabel1(reader.Bytes(), out var name, out var value);
                    labels.Add(name, value);
                    break;
                case Samples1:
                    reader.Skip();
                    content.Samples++;
                    break;
                case Exemplars1:
                    reader.Skip();
                    content.Exemplars++;
                    break;
                case Histograms1:
                    reader.Skip();
                    content.Histograms++;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (TryTake(ref labels, isChecked: false, content, out var series))
        {
            ReadContent1(message, series);
        }
    }

    private void ReadContent1(ReadOnlySpan<byte> message, in RowLabels series)
    {
        var latest = 0L;
        var reader = new ProtobufReader(message, _expected);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case Samples1:
                    ReadSample(reader.Bytes(), out var timestamp, out var value, out _);
                    AddSample(series, timestamp, value);
                    latest = timestamp;
                    break;
                case Histograms1:
                    AddHistogram(series, reader.Bytes(), startMs: 0);
                    latest = _histogram.TimestampMs;
                    break;
                case Exemplars1:
                    ReadExemplar1(series, reader.Bytes(), latest);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    private void ReadExemplar1(in RowLabels series, ReadOnlySpan<byte> message, long latestMs)
    {
        var value = 0.0;
        var timestamp = 0L;
        var labels = new CanonicalLabels(_batch.LabelRoom(Math.Min(message.Length, _labelRoomMax)), _limits);
        var reader = new ProtobufReader(message, _expected);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case (1 << 3) | WireTypes.Bytes:
                    ReadLabel1(reader.Bytes(), out var name, out var text);
                    labels.Add(name, text);
                    break;
                case (2 << 3) | WireTypes.Fixed64:
                    value = reader.Double();
                    break;
                case (3 << 3) | WireTypes.Varint:
                    timestamp = (long)reader.Varint();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        AddExemplar(series, ref labels, isChecked: false, timestamp == 0 ? latestMs : timestamp, value);
    }

    private void ReadLabel1(ReadOnlySpan<byte> message, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        // The shape that every sender writes: the name, the value, each shorter than 128 bytes.
        if (message.Length >= 4 && message[0] == ((1 << 3) | WireTypes.Bytes))
        {
            int names = message[1];
            if (names < 0x80 && names + 4 <= message.Length && message[names + 2] == ((2 << 3) | WireTypes.Bytes) && message[names + 3] < 0x80
                && message.Length == names + 4 + message[names + 3])
            {
                name = message.Slice(2, names);
                value = message[(names + 4)..];
                return;
            }
        }

        name = value = default;
        var reader = new ProtobufReader(message, _expected);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case (1 << 3) | WireTypes.Bytes:
                    name = reader.Bytes();
                    break;
                case (2 << 3) | WireTypes.Bytes:
                    value = reader.Bytes();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    private void ReadMetadata1(ReadOnlySpan<byte> message)
    {
        ulong type = 0;
        ReadOnlySpan<byte> family = default, help = default, unit = default;
        var reader = new ProtobufReader(message, _expected);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case (1 << 3) | WireTypes.Varint:
                    type = reader.Varint();
                    break;
                case (2 << 3) | WireTypes.Bytes:
                    family = reader.Bytes();
                    break;
                case (4 << 3) | WireTypes.Bytes:
                    help = reader.Bytes();
                    break;
                case (5 << 3) | WireTypes.Bytes:
                    unit = reader.Bytes();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        AddMetadata(family, type, help, unit);
    }
}
