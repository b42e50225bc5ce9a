using Toka.Query.PromQL.Ast;

namespace Toka.Query.PromQL.Execution;

/// <summary><c>and</c>, <c>or</c>, <c>unless</c>: a series stays or goes, step by step, by whether its match has a sample.</summary>
internal static class SetOperation
{
    public static VectorSource Evaluate(QueryContext context, BinaryExpr binary, VectorSource left, VectorSource right, StepGrid grid)
    {
        var signatures = new MatchSignatures(context, binary.Matching!);
        var leftIds = signatures.Of(left.Series);
        var rightIds = signatures.Of(right.Series);
        if (binary.Operator != BinaryOperator.Or)
        {
            var present = Presence(context, right, rightIds, signatures.Count, grid, binary);
            return new MaskedSource(left, leftIds, present, binary.Operator == BinaryOperator.And);
        }

        var kept = context.Materialize(left, grid, binary.Left);
        var taken = Presence(context, kept, leftIds, signatures.Count, grid, binary);
        var both = new UnionSource(kept, new MaskedSource(right, rightIds, taken, false));
        return SeriesNames.JoinSame(context, both, binary);
    }

    /// <summary>For each signature the steps at which any of its series has a sample, as ones; null where none ever has.</summary>
    private static StepColumn?[] Presence(QueryContext context, VectorSource source, int[] ids, int count, StepGrid grid, Expr at)
    {
        var present = new StepColumn?[count];
        ColumnReader.ReadAll(context, source, grid.Count, (i, column) =>
        {
            var marks = (present[ids[i]] ??= context.AbsentColumn(grid.Count, at)).Floats;
            for (var step = 0; step < marks.Length; step++)
            {
                marks[step] = column.IsAbsent(step) ? marks[step] : 1;
            }
        });
        return present;
    }

    /// <summary>Keeps the steps at which the signature is present, or those at which it is not.</summary>
    private sealed class MaskedSource(VectorSource inner, int[] ids, StepColumn?[] present, bool keepPresent) : VectorSource(inner.Series)
    {
        public override bool AreDistinctWithoutNames => inner.AreDistinctWithoutNames;

        public override void Read(int index, StepColumn into)
        {
            var marks = present[ids[index]];
            if (marks is null && keepPresent)
            {
                into.Clear();
                return;
            }

            inner.Read(index, into);
            if (marks is null)
            {
                return;
            }

            for (var step = 0; step < marks.Length; step++)
            {
                if (Absent.Is(marks.Floats[step]) == keepPresent)
                {
                    into.Remove(step);
                }
            }
        }
    }

    private sealed class UnionSource(VectorSource left, VectorSource right) : VectorSource([.. left.Series, .. right.Series])
    {
        public override void Read(int index, StepColumn into)
        {
            if (index < left.Series.Length)
            {
                left.Read(index, into);
            }
            else
            {
                right.Read(index - left.Series.Length, into);
            }
        }
    }
}
