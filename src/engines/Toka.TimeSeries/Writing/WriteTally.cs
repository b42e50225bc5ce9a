using Toka.Core.Labels;
using Toka.Core.Series;

namespace Toka.TimeSeries.Writing;

/// <summary>Counts what becomes of a batch, and words the first refusal.</summary>
internal struct WriteTally
{
    private int _conflicting;
    private int _tooOld;
    private int _tooFarInFuture;
    private int _overSeriesLimit;
    private int _unstorable;
    private int _overMemory;
    private string? _firstReason;

    /// <summary>Goes on from an earlier count.</summary>
    public WriteTally(in WriteResult result)
    {
        (Accepted, Duplicates, _conflicting, _tooOld) = (result.Accepted, result.Duplicates, result.Conflicting, result.TooOld);
        (_tooFarInFuture, _overSeriesLimit, _firstReason) = (result.TooFarInFuture, result.OverSeriesLimit, result.FirstReason);
        (_unstorable, _overMemory, Histograms, Exemplars) = (result.Unstorable, result.OverMemory, result.Histograms, result.Exemplars);
    }

    /// <summary>Samples stored.</summary>
    public int Accepted { get; set; }

    /// <summary>Samples that were there.</summary>
    public int Duplicates { get; set; }

    /// <summary>Native histograms of both.</summary>
    public int Histograms { get; set; }

    /// <summary>Exemplars stored, and those that were there.</summary>
    public int Exemplars { get; set; }

    /// <summary>The counts so far.</summary>
    public readonly WriteResult Result =>
        new(Accepted, Duplicates, _conflicting, _tooOld, _tooFarInFuture, _overSeriesLimit, _firstReason, _unstorable, _overMemory, Histograms, Exemplars);

    /// <summary>Another value stands at its time.</summary>
    public void Conflicting(WriteBatch batch, in WriteRow row) => Refuse(ref _conflicting, batch, row, "another value stands at this time");

    /// <summary>Older than is kept.</summary>
    public void TooOld(WriteBatch batch, in WriteRow row) => Refuse(ref _tooOld, batch, row, "it is older than the store keeps");

    /// <summary>Of a time whose samples were deleted to make room.</summary>
    public void Freed(WriteBatch batch, in WriteRow row) => Refuse(ref _tooOld, batch, row, "samples of its time were deleted because the disk or the size cap was full, and none are taken for it until toka is started again");

    /// <summary>Too far ahead of the clock.</summary>
    public void TooFarInFuture(WriteBatch batch, in WriteRow row) => Refuse(ref _tooFarInFuture, batch, row, "it is further ahead of the clock than the store allows; is the sender's clock right?");

    /// <summary>One series too many.</summary>
    public void OverSeriesLimit(WriteBatch batch, in WriteRow row, string why) => Refuse(ref _overSeriesLimit, batch, row, why);

    /// <summary>No histogram that can be kept.</summary>
    public void Unstorable(WriteBatch batch, in WriteRow row, string why) => Refuse(ref _unstorable, batch, row, why);

    /// <summary>No memory for a histogram.</summary>
    public void OverMemory(WriteBatch batch, in WriteRow row, string why) => Refuse(ref _overMemory, batch, row, why);

    private void Refuse(ref int count, WriteBatch batch, in WriteRow row, string why)
    {
        count++;
        _firstReason ??= $"{LabelSet.FromEncoded(batch.LabelsOf(row))} at {row.TimestampMs} ms: {why}{(why.EndsWith('?') ? "" : ".")}";
    }
}
