using Toka.Core.Series;

namespace Toka.Cli.Importing;

/// <summary>What became of everything that an import read. Samples read = stored + duplicates + refused, by reason.</summary>
internal sealed class ImportTally
{
    /// <summary>Series read; one that is in several blocks is counted in each.</summary>
    public long Series { get; set; }

    /// <summary>Samples read.</summary>
    public long Samples { get; set; }

    public long Accepted { get; private set; }

    public long Duplicates { get; private set; }

    public long Conflicting { get; private set; }

    public long TooOld { get; private set; }

    public long TooFarInFuture { get; private set; }

    public long OverSeriesLimit { get; private set; }

    /// <summary>Chunks of native histograms, which are not imported.</summary>
    public long HistogramChunks { get; set; }

    /// <summary>Series whose labels the store cannot hold.</summary>
    public long BadSeries { get; set; }

    /// <summary>A sentence about the first sample that was refused.</summary>
    public string? FirstReason { get; private set; }

    /// <summary>Damaged places: file, offset, what was wrong.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>Damaged places, also those beyond what <see cref="Faults"/> holds.</summary>
    public long FaultCount { get; private set; }

    /// <summary>Whether everything that was read is in the store now.</summary>
    public bool IsWhole => FaultCount == 0 && Conflicting + TooOld + TooFarInFuture + OverSeriesLimit + HistogramChunks + BadSeries == 0;

    public void Add(in WriteResult result)
    {
        Accepted += result.Accepted;
        Duplicates += result.Duplicates;
        Conflicting += result.Conflicting;
        TooOld += result.TooOld;
        TooFarInFuture += result.TooFarInFuture;
        OverSeriesLimit += result.OverSeriesLimit;
        FirstReason ??= result.FirstReason;
    }

    public void AddFault(string fault)
    {
        // Enough to see what kind of damage it is; a block of which every chunk is damaged must not fill memory.
        const int FaultsKept = 1000;
        FaultCount++;
        if (Faults.Count < FaultsKept)
        {
            Faults.Add(fault);
        }
    }
}
