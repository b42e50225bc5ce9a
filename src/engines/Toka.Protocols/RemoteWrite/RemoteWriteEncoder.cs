using Snappier;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Protocols.Wire;

namespace Toka.Protocols.RemoteWrite;

/// <summary>
/// Encodes batches as remote write requests, each of no more samples and bytes than asked for. Buffers are kept from request
/// to request, so that none is made once they have grown. Not thread-safe.
/// </summary>
/// <remarks>
/// Use: <see cref="Begin"/> with a batch, then <see cref="Next"/> until it says that nothing is left; after each that says so,
/// <see cref="Packed"/> is a body to be sent. Rows of a series that stand behind each other in the batch become one message,
/// with the exemplars of the series; so the rows of a series must come in the order of their times.
/// </remarks>
public abstract class RemoteWriteEncoder : IDisposable
{
    private readonly SeriesLookup _exemplarsOf = new();
    private readonly SeriesLookup _createdOf = new();
    private byte[] _packed = [];
    private int _packedLength;
    private bool[] _sent = [];
    private int _row;
    private int _histogram;
    private int _exemplar;

    private protected RemoteWriteEncoder(RemoteWriteVersion version) => Version = version;

    /// <summary>Which message it writes.</summary>
    public RemoteWriteVersion Version { get; }

    /// <summary>Float samples of the request at hand.</summary>
    public int Samples { get; private set; }

    /// <summary>Native histograms of the request at hand.</summary>
    public int Histograms { get; private set; }

    /// <summary>Exemplars of the request at hand.</summary>
    public int Exemplars { get; private set; }

    /// <summary>Families described in the request at hand; in 2.0 each series describes its own.</summary>
    public int Metadata { get; private protected set; }

    /// <summary>The request at hand, not compressed. The view ends with the next change of the encoder.</summary>
    public abstract ReadOnlySpan<byte> Written { get; }

    /// <summary>The request at hand as one Snappy block, which is the body to be sent. The view ends with the next change of the encoder.</summary>
    public ReadOnlyMemory<byte> Packed
    {
        get
        {
            if (_packedLength == 0)
            {
                var written = Written;
                var room = Snappy.GetMaxCompressedLength(written.Length);
                if (_packed.Length < room)
                {
                    _packed = new byte[room];
                }

                _packedLength = Snappy.Compress(written, _packed);
            }

            return _packed.AsMemory(0, _packedLength);
        }
    }

    /// <summary>The batch at hand.</summary>
    private protected WriteBatch Batch { get; private set; } = null!;

    /// <summary>Where series are written.</summary>
    private protected ProtobufWriter Series { get; } = new();

    /// <summary>Bytes of the request so far.</summary>
    private protected abstract int BytesSoFar { get; }

    /// <summary>Makes an encoder.</summary>
    /// <param name="version">Which message it writes.</param>
    public static RemoteWriteEncoder Of(RemoteWriteVersion version) => version switch
    {
        RemoteWriteVersion.V1 => new RemoteWriteEncoder1(),
        RemoteWriteVersion.V2 => new RemoteWriteEncoder2(),
        _ => throw new ArgumentOutOfRangeException(nameof(version), version, null),
    };

    /// <summary>
    /// Tells what is known of a family. 1.0 sends it once, behind the samples of the next batch; 2.0 with each series of the
    /// family from now on. The metadata of a batch is taken by <see cref="Begin"/>.
    /// </summary>
    /// <param name="metadata">The metadata.</param>
    public abstract void Describe(MetricMetadata metadata);

    /// <summary>Begins with a batch.</summary>
    /// <param name="batch">What to encode; it must not change until <see cref="Next"/> has said that nothing is left.</param>
    public void Begin(WriteBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Batch = batch;
        (_row, _histogram, _exemplar) = (0, 0, 0);
        foreach (var metadata in batch.Metadata)
        {
            Describe(metadata);
        }

        _exemplarsOf.Fill(batch.Exemplars, static row => row.Series);
        _createdOf.Fill(batch.Created, static row => row.Series);
        if (_sent.Length < batch.Exemplars.Count)
        {
            _sent = new bool[batch.Exemplars.Count];
        }

        Array.Clear(_sent);
    }

    /// <summary>Encodes the next request of the batch.</summary>
    /// <param name="samplesMax">
    /// Samples, native histograms and exemplars of the request, at least 1. Exemplars go with their series, so there may be a
    /// few more.
    /// </param>
    /// <param name="bytesMax">Bytes of the request before compression: it ends with the series or sample that goes beyond, so it has a little more.</param>
    /// <returns>Whether there is a request; false where all of the batch has been encoded.</returns>
    public bool Next(int samplesMax, int bytesMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samplesMax, 1);
        (Samples, Histograms, Exemplars, Metadata, _packedLength) = (0, 0, 0, 0, 0);
        Series.Clear();
        BeginRequest();
        while (_row < Batch.Count && HasRoom(samplesMax, bytesMax))
        {
            WriteRows(samplesMax - Samples - Exemplars, bytesMax);
        }

        while (_histogram < Batch.Histograms.Count && HasRoom(samplesMax, bytesMax))
        {
            WriteHistograms(samplesMax - Samples - Histograms - Exemplars, bytesMax);
        }

        while (_exemplar < Batch.Exemplars.Count && HasRoom(samplesMax, bytesMax))
        {
            if (!_sent[_exemplar])
            {
                // Of a series that has no sample here.
                var series = Batch.Exemplars[_exemplar].Series;
                var begun = BeginSeries(series);
                WriteExemplarsOf(series);
                EndSeries(begun, series);
            }

            _exemplar++;
        }

        var isAll = _row == Batch.Count && _histogram == Batch.Histograms.Count && _exemplar == Batch.Exemplars.Count;
        if (isAll)
        {
            WriteMetadata(samplesMax, bytesMax);
        }

        EndRequest();
        return Samples + Histograms + Exemplars + Metadata > 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the buffers back.</summary>
    /// <param name="disposing">Always true.</param>
    protected virtual void Dispose(bool disposing) => Series.Dispose();

    private protected abstract void BeginRequest();

    /// <summary>Writes the metadata that goes apart, once all samples are in this request or those before.</summary>
    private protected abstract void WriteMetadata(int samplesMax, int bytesMax);

    private protected abstract void EndRequest();

    /// <summary>Begins a series with its labels.</summary>
    private protected abstract int BeginSeries(in RowLabels series);

    private protected abstract void EndSeries(int begun, in RowLabels series);

    private protected abstract void WriteSample(long timestampMs, double value, long createdMs);

    private protected abstract void WriteHistogram(in HistogramRow row, long createdMs);

    private protected abstract void WriteExemplar(in ExemplarRow row);

    /// <summary>A request takes at least one: the table of symbols alone has bytes, and a request without any would say that nothing is left.</summary>
    private bool HasRoom(int samplesMax, int bytesMax) =>
        Samples + Histograms + Exemplars is var taken && (taken == 0 || (taken < samplesMax && BytesSoFar < bytesMax));

    private void WriteRows(int samplesMax, int bytesMax)
    {
        var rows = Batch.Rows;
        ref readonly var first = ref rows[_row];
        var series = new RowLabels(first.LabelsStart, first.LabelsLength, first.Hash);
        var begun = BeginSeries(series);
        for (var count = 0; _row < rows.Length && (count == 0 || (IsSame(rows[_row], series) && count < samplesMax && BytesSoFar < bytesMax)); count++)
        {
            ref readonly var row = ref rows[_row++];
            WriteSample(row.TimestampMs, row.Value, CreatedOf(series, row.TimestampMs));
            Samples++;
        }

        WriteExemplarsOf(series);
        EndSeries(begun, series);
    }

    private void WriteHistograms(int samplesMax, int bytesMax)
    {
        var rows = Batch.Histograms;
        var series = rows[_histogram].Series;
        var begun = BeginSeries(series);
        for (var count = 0; _histogram < rows.Count && (count == 0 || (rows[_histogram].Series == series && count < samplesMax && BytesSoFar < bytesMax)); count++)
        {
            var row = rows[_histogram++];
            WriteHistogram(row, CreatedOf(series, row.TimestampMs));
            Histograms++;
        }

        WriteExemplarsOf(series);
        EndSeries(begun, series);
    }

    private void WriteExemplarsOf(in RowLabels series)
    {
        if (_exemplarsOf.IsEmpty)
        {
            return;
        }

        foreach (var (_, at) in _exemplarsOf.Find(series.Hash))
        {
            var row = Batch.Exemplars[at];
            if (!_sent[at] && Batch.LabelsOf(row.Series).SequenceEqual(Batch.LabelsOf(series)))
            {
                WriteExemplar(row);
                _sent[at] = true;
                Exemplars++;
            }
        }
    }

    private long CreatedOf(in RowLabels series, long timestampMs)
    {
        if (_createdOf.IsEmpty)
        {
            return 0;
        }

        foreach (var (_, at) in _createdOf.Find(series.Hash))
        {
            var row = Batch.Created[at];
            if (row.TimestampMs == timestampMs && Batch.LabelsOf(row.Series).SequenceEqual(Batch.LabelsOf(series)))
            {
                return row.CreatedMs;
            }
        }

        return 0;
    }

    /// <summary>Whether a row has the same labels: the same bytes in the same place, as decoders write them, or elsewhere.</summary>
    private bool IsSame(in WriteRow row, in RowLabels series) =>
        row.Hash == series.Hash && (row.LabelsStart == series.Start || Batch.LabelsOf(row).SequenceEqual(Batch.LabelsOf(series)));
}
