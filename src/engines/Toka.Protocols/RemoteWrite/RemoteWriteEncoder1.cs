using System.Numerics;
using System.Text;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Protocols.Wire;

namespace Toka.Protocols.RemoteWrite;

/// <summary>Writes the message of 1.0. When counters began is not in it.</summary>
internal sealed class RemoteWriteEncoder1() : RemoteWriteEncoder(RemoteWriteVersion.V1)
{
    private readonly List<MetricMetadata> _metadata = [];
    private int _written;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Written => Series.Written;

    private protected override int BytesSoFar => Series.Length;

    /// <inheritdoc/>
    public override void Describe(MetricMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        _metadata.Add(metadata);
    }

    private protected override void BeginRequest()
    {
    }

    private protected override void EndRequest()
    {
    }

    private protected override void WriteMetadata(int samplesMax, int bytesMax)
    {
        for (; _written < _metadata.Count && Metadata < samplesMax && Series.Length < bytesMax; _written++)
        {
            var metadata = _metadata[_written];
            var begun = Series.Begin(3);
            Series.Varint(1, MetadataTypes.NumberOf(metadata.Type));
            Series.Bytes(2, Encoding.UTF8.GetBytes(metadata.Family));
            Series.Bytes(4, Encoding.UTF8.GetBytes(metadata.Help));
            Series.Bytes(5, Encoding.UTF8.GetBytes(metadata.Unit));
            Series.EndShort(begun);
            Metadata++;
        }

        if (_written == _metadata.Count)
        {
            _metadata.Clear();
            _written = 0;
        }
    }

    private protected override int BeginSeries(in RowLabels series)
    {
        var begun = Series.Begin(1);
        WriteLabels(Batch.LabelsOf(series));
        return begun;
    }

    private protected override void EndSeries(int begun, in RowLabels series) => Series.EndShort(begun);

    private protected override void WriteSample(long timestampMs, double value, long createdMs)
    {
        Series.Tag(2, WireTypes.Bytes);
        Series.RawVarint((ulong)(1 + sizeof(double) + 1 + BytesOf((ulong)timestampMs)));
        Series.Double(1, value);
        Series.Varint(2, (ulong)timestampMs);
    }

    private protected override void WriteHistogram(in HistogramRow row, long createdMs) =>
        HistogramWriter.Write(Series, 4, row.TimestampMs, row.Histogram.View, startMs: 0);

    private protected override void WriteExemplar(in ExemplarRow row)
    {
        var begun = Series.Begin(3);
        WriteLabels(Batch.LabelsOf(row.Labels));
        Series.Double(2, row.Value);
        Series.Varint(3, (ulong)row.TimestampMs);
        Series.EndShort(begun);
    }

    private void WriteLabels(ReadOnlySpan<byte> encoded)
    {
        foreach (var label in LabelSet.Enumerate(encoded))
        {
            Series.Tag(1, WireTypes.Bytes);
            Series.RawVarint((ulong)(2 + BytesOf((ulong)label.Name.Length) + label.Name.Length + BytesOf((ulong)label.Value.Length) + label.Value.Length));
            Series.Bytes(1, label.Name);
            Series.Bytes(2, label.Value);
        }
    }

    /// <summary>How many bytes a number has as a varint.</summary>
    private static int BytesOf(ulong number) => (BitOperations.Log2(number | 1) / 7) + 1;
}
