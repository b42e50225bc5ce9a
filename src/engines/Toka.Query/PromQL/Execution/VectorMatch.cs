using Toka.Core.Labels;
using Toka.Query.PromQL.Ast;

namespace Toka.Query.PromQL.Execution;

/// <summary>
/// An arithmetic operator or a comparison between two vectors. Which series can meet is settled once; which of them do meet
/// is looked up step by step, since series of one signature may take turns.
/// </summary>
internal sealed class VectorMatch
{
    private readonly QueryContext _context;
    private readonly BinaryExpr _binary;
    private readonly VectorMatching _matching;
    private readonly StepGrid _grid;
    private readonly byte[][] _include;
    private readonly byte[][] _labels;
    private readonly Dictionary<SeriesMeta, int> _outputOf = [];
    private readonly List<StepColumn> _outputs = [];
    private readonly List<SeriesMeta> _series = [];

    public VectorMatch(QueryContext context, BinaryExpr binary, StepGrid grid)
    {
        _context = context;
        _binary = binary;
        _matching = binary.Matching!;
        _grid = grid;
        _include = LabelOperations.Encode(_matching.Include);
        _labels = LabelOperations.Encode(_matching.Labels);
    }

    public VectorSource Evaluate(VectorSource left, VectorSource right)
    {
        // From here on "many" may have several series a signature and "one" may not.
        var isSwapped = _matching.Cardinality == MatchCardinality.OneToMany;
        var many = _context.Materialize(isSwapped ? right : left, _grid, _binary);
        var one = _context.Materialize(isSwapped ? left : right, _grid, _binary);
        var signatures = new MatchSignatures(_context, _matching);
        var manyIds = signatures.Of(many.Series);
        var oneIds = signatures.Of(one.Series);
        var manyGroups = MatchSignatures.Group(manyIds, signatures.Count);
        var oneGroups = MatchSignatures.Group(oneIds, signatures.Count);
        var anyMany = _context.AbsentColumn(_grid.Count, _binary).Floats;
        for (var i = 0; i < many.Series.Length; i++)
        {
            MarkPresent(many[i], anyMany);
        }

        var scratch = _context.Column(_grid.Count, _binary);
        var chosen = new int[_grid.Count];
        var taken = new int[_grid.Count];
        for (var id = 0; id < signatures.Count; id++)
        {
            _context.CheckCancelled();
            if (oneGroups[id] is not { } ones)
            {
                continue;
            }

            Choose(one, ones, anyMany, chosen, signatures.Describe, id, isSwapped);
            if (manyGroups[id] is not { } manies)
            {
                continue;
            }

            Array.Fill(taken, -1);
            foreach (var index in manies)
            {
                foreach (var partner in ones)
                {
                    _context.CheckCancelled();
                    Join(many, index, one, partner, chosen, taken, scratch, isSwapped);
                }
            }
        }

        return new ColumnVector([.. _series], [.. _outputs]);
    }

    private static void MarkPresent(StepColumn column, Span<double> marks)
    {
        for (var step = 0; step < column.Length; step++)
        {
            marks[step] = column.IsAbsent(step) ? marks[step] : 1;
        }
    }

    /// <summary>Which series of the one side is there at each step; −1 for none.</summary>
    private void Choose(
        ColumnVector one, List<int> ones, ReadOnlySpan<double> anyMany, int[] chosen, Func<int, string> describe, int id, bool isSwapped)
    {
        Array.Fill(chosen, -1);
        foreach (var index in ones)
        {
            var column = one[index];
            for (var step = 0; step < chosen.Length; step++)
            {
                if (column.IsAbsent(step))
                {
                    continue;
                }

                if (chosen[step] >= 0 && !Absent.Is(anyMany[step]))
                {
                    var first = LabelOperations.Describe(one.Series[chosen[step]].Labels);
                    var second = LabelOperations.Describe(one.Series[index].Labels);
                    throw QueryContext.Fail($"found duplicate series for the match group {describe(id)} on the {(isSwapped ? "left" : "right")} hand-side of the operation: [{first}, {second}];many-to-many matching not allowed: matching labels must be unique on one side", _binary);
                }

                chosen[step] = index;
            }
        }
    }

    private void Join(
        ColumnVector many, int index, ColumnVector one, int partner, int[] chosen, int[] taken, StepColumn scratch, bool isSwapped)
    {
        if (!Array.Exists(chosen, index => index == partner))
        {
            return;
        }

        var left = isSwapped ? one[partner] : many[index];
        var right = isSwapped ? many[index] : one[partner];
        scratch.DropHistograms();
        BinaryKernels.Apply(_binary.Operator, _binary.ReturnsBool ? ComparisonResult.Bool : ComparisonResult.KeepLeft, left.Floats, right.Floats, scratch.Floats);
        var output = -1;
        var hasHistograms = left.HasHistograms || right.HasHistograms;
        var isOneToOne = _matching.Cardinality == MatchCardinality.OneToOne;
        for (var step = 0; step < scratch.Length; step++)
        {
            if (chosen[step] != partner || many[index].IsAbsent(step))
            {
                continue;
            }

            // Two of the many side are one too many even where the comparison lets neither through.
            if (isOneToOne && taken[step] >= 0)
            {
                throw QueryContext.Fail("multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)", _binary);
            }

            taken[step] = index;
            if (hasHistograms)
            {
                HistogramBinary.Apply(_context, _binary, left, right, step, scratch);
            }

            if (scratch.IsAbsent(step))
            {
                continue;
            }

            output = output < 0 ? OutputFor(many.Series[index], one.Series[partner].Labels) : output;
            var column = _outputs[output];
            if (!column.IsAbsent(step))
            {
                throw QueryContext.Fail("multiple matches for labels: grouping labels must ensure unique matches", _binary);
            }

            column.CopyFrom(scratch, step);
        }
    }

    private int OutputFor(SeriesMeta many, LabelSet one)
    {
        var meta = ResultOf(many, one);
        if (!_outputOf.TryGetValue(meta, out var output))
        {
            output = _outputs.Count;
            _outputOf.Add(meta, output);
            _outputs.Add(_context.AbsentColumn(_grid.Count, _binary));
            _series.Add(meta);
        }

        return output;
    }

    private SeriesMeta ResultOf(SeriesMeta many, LabelSet one)
    {
        var labels = _binary.IsComparison ? many.Labels : _context.Labels.WithoutName(many.Labels);
        if (_matching.Cardinality == MatchCardinality.OneToOne)
        {
            labels = _matching.IsOn ? _context.Labels.Keep(labels, _labels) : _context.Labels.Without(labels, _labels);
        }

        labels = _context.Labels.WithFrom(labels, one, _include);
        return _binary.ReturnsBool ? SeriesNames.Drop(_context, labels) : new SeriesMeta(labels, many.DropName && _binary.IsComparison);
    }
}
