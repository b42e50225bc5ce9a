using Toka.Core.Series;
using Toka.Protocols.PrometheusTsdb;

namespace Toka.Cli.Importing;

/// <summary>Writes what Prometheus's blocks hold into a store. One series' chunk is in memory at a time.</summary>
/// <param name="store">Where to.</param>
internal sealed class PrometheusImport(ISeriesWriter store) : IDisposable
{
    /// <summary>Samples of one write: large enough that a write's own cost vanishes, small enough to stay in cache.</summary>
    private const int BatchSamples = 32 * 1024;

    private readonly WriteBatch _batch = new();
    private readonly FloatColumn _column = new();
    private readonly PrometheusSeries _series = new();

    /// <summary>What has become of everything read so far.</summary>
    public ImportTally Tally { get; } = new();

    /// <summary>Imports a block. A damaged series or chunk is told in the tally; the rest is imported.</summary>
    /// <exception cref="TsdbFormatException">The block's tables cannot be read.</exception>
    public async Task ImportAsync(PrometheusBlock block, CancellationToken cancellationToken)
    {
        for (var i = 0; i < block.SeriesCount; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!TryReadSeries(block, i))
            {
                continue;
            }

            Tally.Series++;
            for (var chunk = 0; chunk < _series.Chunks.Count; chunk++)
            {
                AddChunk(block, _series.Chunks[chunk]);
                if (_batch.Count >= BatchSamples)
                {
                    await FlushAsync(cancellationToken);
                }
            }
        }

        await FlushAsync(cancellationToken);
    }

    public void Dispose()
    {
        _batch.Dispose();
        _column.Dispose();
    }

    private bool TryReadSeries(PrometheusBlock block, int index)
    {
        try
        {
            block.ReadSeries(index, _series);
            return true;
        }
        catch (TsdbFormatException e)
        {
            Tally.AddFault(e.Message);
        }
        catch (ArgumentException)
        {
            // A name or a value longer than a label set can hold.
            Tally.BadSeries++;
        }

        return false;
    }

    private void AddChunk(PrometheusBlock block, PrometheusChunk chunk)
    {
        _column.Clear();
        try
        {
            if (block.ReadFloats(_series, chunk, _column) != PrometheusChunkKind.Floats)
            {
                Tally.HistogramChunks++;
                return;
            }
        }
        catch (TsdbFormatException e)
        {
            Tally.AddFault(e.Message);
            return;
        }

        Tally.Samples += _column.Count;
        for (var i = 0; i < _column.Count; i++)
        {
            if (i == 0)
            {
                _batch.Add(_series.Labels, _column.Timestamps[0], _column.Values[0]);
            }
            else
            {
                _batch.AddSameSeries(_column.Timestamps[i], _column.Values[i]);
            }
        }
    }

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (_batch.Count > 0)
        {
            Tally.Add(await store.WriteAsync(_batch, cancellationToken));
            _batch.Clear();
        }
    }
}
