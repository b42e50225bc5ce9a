using Toka.Core.Labels;
using Toka.Query.PromQL.Ast;

namespace Toka.Query.PromQL.Execution;

/// <summary>Drops metric names and joins the series that look the same afterwards.</summary>
internal static class SeriesNames
{
    /// <summary>The series without their names, now or marked for the end of the query.</summary>
    public static SeriesMeta[] Drop(QueryContext context, SeriesMeta[] series)
    {
        var dropped = new SeriesMeta[series.Length];
        for (var i = 0; i < series.Length; i++)
        {
            dropped[i] = Drop(context, series[i].Labels);
        }

        return dropped;
    }

    public static SeriesMeta Drop(QueryContext context, LabelSet labels) =>
        context.Options.DelayedNameRemoval ? new SeriesMeta(labels, true) : new SeriesMeta(context.Labels.WithoutName(labels), false);

    /// <summary>Carries out the drops that were put off.</summary>
    public static VectorSource Finish(QueryContext context, VectorSource source, Expr at)
    {
        var series = source.Series;
        if (!Array.Exists(series, static meta => meta.DropName))
        {
            return JoinSame(context, source, at);
        }

        var finished = Array.ConvertAll(series, meta => new SeriesMeta(meta.DropName ? context.Labels.WithoutName(meta.Labels) : meta.Labels, false));
        return JoinSame(context, new RenamedSource(source, finished, source.AreDistinctWithoutNames), at);
    }

    /// <summary>Joins series of the same labels; it is an error where two of them have a sample at the same step.</summary>
    public static VectorSource JoinSame(QueryContext context, VectorSource source, Expr at)
    {
        if (source.AreDistinctWithoutNames || AreDistinct(source.Series))
        {
            return source;
        }

        var members = new Dictionary<LabelSet, List<int>>(source.Series.Length);
        for (var i = 0; i < source.Series.Length; i++)
        {
            var labels = source.Series[i].Labels;
            if (members.TryGetValue(labels, out var same))
            {
                same.Add(i);
            }
            else
            {
                members.Add(labels, [i]);
            }
        }

        return new JoinedSource(context, source, [.. members.Values], at);
    }

    private static bool AreDistinct(SeriesMeta[] series)
    {
        if (series.Length < 2)
        {
            return true;
        }

        var seen = new HashSet<LabelSet>(series.Length);
        return Array.TrueForAll(series, meta => seen.Add(meta.Labels));
    }

    private sealed class JoinedSource(QueryContext context, VectorSource inner, List<int>[] members, Expr at)
        : VectorSource(Array.ConvertAll(members, same => new SeriesMeta(
            inner.Series[same[0]].Labels, same.Exists(index => inner.Series[index].DropName))))
    {
        public override void Read(int index, StepColumn into)
        {
            var same = members[index];
            inner.Read(same[0], into);
            if (same.Count == 1)
            {
                return;
            }

            using var scratch = context.Rent();
            var other = scratch.Steps;
            other.Resize(into.Length);
            for (var i = 1; i < same.Count; i++)
            {
                inner.Read(same[i], other);
                Join(other, into);
            }
        }

        private void Join(StepColumn other, StepColumn into)
        {
            for (var step = 0; step < into.Length; step++)
            {
                if (other.IsAbsent(step))
                {
                    continue;
                }

                if (!into.IsAbsent(step))
                {
                    throw QueryContext.Fail("vector cannot contain metrics with the same labelset", at);
                }

                into.CopyFrom(other, step);
            }
        }
    }
}

/// <summary>The same columns under other labels.</summary>
internal sealed class RenamedSource(VectorSource inner, SeriesMeta[] series, bool areDistinct) : VectorSource(series)
{
    public override bool AreDistinctWithoutNames => areDistinct;

    public override void Read(int index, StepColumn into) => inner.Read(index, into);
}
