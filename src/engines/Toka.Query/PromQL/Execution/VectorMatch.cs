using Toka.Core.Labels;
using Toka.Query.PromQL.Ast;

namespace Toka.Query.PromQL.Execution;

/// <summary>
/// An arithmetic operator or a comparison between two vectors. Which series can meet is settled once; which of them do meet
/// is looked up step by step, since series of one signature may take turns.
/// </summary>
internal sealed class VectorMatch
{
    private static readonly List<int> None = [];

    private readonly QueryContext _context;
    private readonly BinaryExpr _binary;
    private readonly VectorMatching _matching;
    private readonly StepGrid _grid;
    private readonly byte[][] _include;
    private readonly byte[][] _labels;
    private readonly bool _isSwapped;
    private readonly StepColumn _scratch;
    private readonly StepColumn? _fillOfMany;
    private readonly StepColumn? _fillOfOne;
    private readonly int[] _chosen;
    private readonly bool[] _taken;
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

        // From here on "many" may have several series a signature and "one" may not.
        _isSwapped = _matching.Cardinality == MatchCardinality.OneToMany;
        _scratch = context.Column(grid.Count, binary);

        // Prometheus takes fill_left for the many side and fill_right for the one side, group_right's too, though they stand the
        // other way round there.
        _fillOfMany = Fill(_matching.FillLeft);
        _fillOfOne = Fill(_matching.FillRight);
        _chosen = new int[grid.Count];
        _taken = new bool[grid.Count];
    }

    private ColumnVector Materialize(VectorSource side, Expr operand) => _context.Materialize(side, _grid, operand);

    public VectorSource Evaluate(VectorSource left, VectorSource right)
    {
        var (many, one) = _isSwapped ? (Materialize(right, _binary.Right), Materialize(left, _binary.Left)) : (Materialize(left, _binary.Left), Materialize(right, _binary.Right));
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

        for (var id = 0; id < signatures.Count; id++)
        {
            _context.CheckCancelled();
            var ones = oneGroups[id] ?? None;
            var manies = manyGroups[id] ?? None;
            if (ones.Count == 0 && _fillOfOne is null)
            {
                continue;
            }

            Choose(one, ones, anyMany, signatures.Describe, id);
            Array.Fill(_taken, false);
            foreach (var index in manies)
            {
                _context.CheckCancelled();
                foreach (var partner in ones)
                {
                    Join(many[index], many.Series[index], one[partner], one.Series[partner].Labels, partner);
                }

                if (_fillOfOne is not null)
                {
                    Join(many[index], many.Series[index], _fillOfOne, signatures[id], -1);
                }
            }

            foreach (var partner in _fillOfMany is null ? None : ones)
            {
                Join(_fillOfMany!, new SeriesMeta(signatures[id], false), one[partner], one.Series[partner].Labels, partner);
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
    private void Choose(ColumnVector one, List<int> ones, ReadOnlySpan<double> anyMany, Func<int, string> describe, int id)
    {
        var chosen = _chosen;
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

                if (chosen[step] >= 0 && (_fillOfMany is not null || !Absent.Is(anyMany[step])))
                {
                    var first = LabelOperations.Describe(one.Series[chosen[step]].Labels);
                    var second = LabelOperations.Describe(one.Series[index].Labels);
                    throw QueryContext.Fail($"found duplicate series for the match group {describe(id)} on the {(_isSwapped ? "left" : "right")} hand-side of the operation: [{first}, {second}];many-to-many matching not allowed: matching labels must be unique on one side", _binary);
                }

                chosen[step] = index;
            }
        }
    }

    /// <summary>
    /// Joins a series of the many side with one of the other at the steps at which that one is chosen. A series that fills the
    /// many side is joined where no series of it is there.
    /// </summary>
    private void Join(StepColumn many, SeriesMeta manySeries, StepColumn one, LabelSet oneLabels, int partner)
    {
        if (!Array.Exists(_chosen, index => index == partner))
        {
            return;
        }

        var scratch = _scratch;
        var left = _isSwapped ? one : many;
        var right = _isSwapped ? many : one;
        scratch.DropHistograms();
        SlicedKernels.Apply(_context, _binary.Operator, _binary.ReturnsBool ? ComparisonResult.Bool : ComparisonResult.KeepLeft, left.Floats, right.Floats, scratch.Floats);
        HistogramBinary.TellTrims(_context, _binary, left, right);
        var output = -1;
        var hasHistograms = left.HasHistograms || right.HasHistograms;
        var isOneToOne = _matching.Cardinality == MatchCardinality.OneToOne;
        var fillsMany = ReferenceEquals(many, _fillOfMany);
        for (var step = 0; step < scratch.Length; step++)
        {
            if (_chosen[step] != partner || many.IsAbsent(step) || (fillsMany && _taken[step]))
            {
                continue;
            }

            // Two of the many side are one too many even where the comparison lets neither through.
            if (isOneToOne && _taken[step])
            {
                throw QueryContext.Fail("multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)", _binary);
            }

            _taken[step] = true;
            if (hasHistograms)
            {
                HistogramBinary.Apply(_context, _binary, left, right, step, scratch);
            }

            if (scratch.IsAbsent(step))
            {
                continue;
            }

            output = output < 0 ? OutputFor(manySeries, oneLabels) : output;
            var column = _outputs[output];
            if (!column.IsAbsent(step))
            {
                throw QueryContext.Fail("multiple matches for labels: grouping labels must ensure unique matches", _binary);
            }

            column.CopyFrom(scratch, step);
        }
    }

    /// <summary>A column of one value at every step; null for none.</summary>
    private StepColumn? Fill(double? value)
    {
        if (value is not { } number)
        {
            return null;
        }

        var column = _context.AbsentColumn(_grid.Count, _binary);
        column.Floats.Fill(number);
        return column;
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
        var labels = _binary.KeepsName ? many.Labels : _context.Labels.WithoutName(many.Labels);
        if (_matching.Cardinality == MatchCardinality.OneToOne)
        {
            labels = _matching.IsOn ? _context.Labels.Keep(labels, _labels) : _context.Labels.Without(labels, _labels);
        }

        labels = _context.Labels.WithFrom(labels, one, _include);
        return _binary.ReturnsBool ? SeriesNames.Drop(_context, labels) : new SeriesMeta(labels, many.DropName && _binary.KeepsName);
    }
}
