using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;

namespace Toka.Simulation.Mutants;

/// <summary>A store that loses one row in two hundred and says that it has it.</summary>
internal sealed class LosingWriter(ISeriesWriter store, Dice dice) : ISeriesWriter
{
    public async ValueTask<WriteResult> WriteAsync(WriteBatch batch, CancellationToken cancellationToken)
    {
        using var fewer = new WriteBatch();
        var lost = 0;
        for (var i = 0; i < batch.Count; i++)
        {
            if (dice.OneIn(200))
            {
                lost++;
            }
            else
            {
                fewer.Add(LabelSet.FromEncoded(batch.LabelsOf(batch.Rows[i])), batch.Rows[i].TimestampMs, batch.Rows[i].Value);
            }
        }

        var result = await store.WriteAsync(fewer, cancellationToken);
        return result with { Accepted = result.Accepted + lost };
    }
}

/// <summary>How an answer can be wrong.</summary>
internal enum WrongAnswer
{
    /// <summary>A bit of a value changes.</summary>
    Value,

    /// <summary>A sample is left out.</summary>
    Missing,

    /// <summary>A sample is answered twice.</summary>
    Twice,

    /// <summary>A series is left out.</summary>
    Series,
}

/// <summary>A store of which one read in five hundred is wrong.</summary>
internal sealed class WrongReader(ISeriesReader store, WrongAnswer wrong, Dice dice) : ISeriesReader
{
    public async ValueTask<SeriesSet> SelectAsync(SelectRequest request, CancellationToken cancellationToken) =>
        new WrongSet(await store.SelectAsync(request, cancellationToken), wrong, dice);

    public ValueTask<IReadOnlyList<string>> LabelNamesAsync(SelectRequest request, CancellationToken cancellationToken) => store.LabelNamesAsync(request, cancellationToken);

    public ValueTask<IReadOnlyList<string>> LabelValuesAsync(string name, SelectRequest request, CancellationToken cancellationToken) => store.LabelValuesAsync(name, request, cancellationToken);

    public IReadOnlyList<MetricMetadata> Metadata(string? family, int limit) => store.Metadata(family, limit);

    private sealed class WrongSet(SeriesSet set, WrongAnswer wrong, Dice dice) : SeriesSet
    {
        private readonly int _less = wrong == WrongAnswer.Series && set.Count > 0 && dice.OneIn(500) ? 1 : 0;

        public override int Count => set.Count - _less;

        public override IReadOnlyList<string> Warnings => set.Warnings;

        public override LabelSet LabelsOf(int index) => set.LabelsOf(index);

        public override void ReadFloats(int index, FloatColumn into)
        {
            var start = into.Count;
            set.ReadFloats(index, into);
            if (into.Count == start || wrong == WrongAnswer.Series || !dice.OneIn(500))
            {
                return;
            }

            var (time, value) = (into.Timestamps[^1], into.Values[^1]);
            if (wrong != WrongAnswer.Twice)
            {
                into.Truncate(into.Count - 1);
            }

            if (wrong != WrongAnswer.Missing)
            {
                into.Add(time, wrong == WrongAnswer.Value ? BitConverter.UInt64BitsToDouble(BitConverter.DoubleToUInt64Bits(value) ^ 1) : value);
            }
        }

        protected override void Dispose(bool disposing)
        {
            set.Dispose();
            base.Dispose(disposing);
        }
    }
}
