using System.Buffers;
using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Protocols.Wire;

namespace Toka.Protocols.RemoteRead;

/// <summary>
/// Puts the answer of type <see cref="ReadResponseType.Samples"/> together: a result for each query, in it a message for each
/// series. All of it is one block, so all of it is in memory; the limits bound that. Not thread-safe.
/// </summary>
/// <param name="samplesMax">The most samples of a query; a histogram is one.</param>
/// <param name="bytesMax">The most bytes of the whole, before packing.</param>
public sealed class SampledResponse(int samplesMax, int bytesMax) : IDisposable
{
    private readonly ProtobufWriter _writer = new();
    private int _query = -1;
    private long _samples;

    /// <summary>Begins the result of the next query.</summary>
    public void BeginQuery()
    {
        EndQuery();
        _query = _writer.Begin(1);
        _samples = 0;
    }

    /// <summary>Adds a series of the query.</summary>
    /// <param name="labels">Its labels.</param>
    /// <param name="floats">Its float samples.</param>
    /// <param name="histograms">Its native histograms.</param>
    /// <exception cref="BadInputException">A limit was reached.</exception>
    public void Add(LabelSet labels, FloatColumn floats, HistogramColumn histograms)
    {
        ArgumentNullException.ThrowIfNull(floats);
        ArgumentNullException.ThrowIfNull(histograms);
        _samples += floats.Count + histograms.Count;
        if (_samples > samplesMax)
        {
            // Prometheus's own words: clients look for them.
            throw new BadInputException($"exceeded sample limit ({samplesMax})");
        }

        var series = _writer.Begin(1);
        SeriesMessage.WriteLabels(_writer, 1, labels);
        for (var i = 0; i < floats.Count; i++)
        {
            SeriesMessage.WriteSample(_writer, 2, floats.Timestamps[i], floats.Values[i]);
            CheckBytes();
        }

        for (var i = 0; i < histograms.Count; i++)
        {
            SeriesMessage.WriteHistogram(_writer, 4, histograms.Timestamps[i], histograms[i]);
            CheckBytes();
        }

        _writer.End(series);
    }

    /// <summary>The whole, packed.</summary>
    /// <returns>The body; the caller disposes it.</returns>
    public IMemoryOwner<byte> Pack()
    {
        EndQuery();
        return SnappyBlock.Pack(_writer.Written);
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    private void EndQuery()
    {
        if (_query >= 0)
        {
            _writer.End(_query);
            _query = -1;
        }
    }

    private void CheckBytes()
    {
        if (_writer.Written.Length > bytesMax)
        {
            throw new BadInputException($"the answer of the remote read has more than {bytesMax} bytes; accept STREAMED_XOR_CHUNKS, or ask for less at a time");
        }
    }
}
