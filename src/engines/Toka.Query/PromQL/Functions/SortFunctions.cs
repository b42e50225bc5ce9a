using Toka.Query.PromQL.Execution;

namespace Toka.Query.PromQL.Functions;

/// <summary>sort and its kin: they order the series of an instant query; a range query's answer is ordered by labels.</summary>
internal static class SortFunctions
{
    public static EvalValue ByValue(FunctionCall call, bool isDescending)
    {
        if (IsIneffective(call, out var source))
        {
            return new FloatsOnly(source);
        }

        var input = call.Context.Materialize(source, call.Grid, call.Arguments[0]);
        return Reorder(call, input, (one, other) =>
        {
            var (a, b) = (input[one].Floats[0], input[other].Floats[0]);
            return (double.IsNaN(a), double.IsNaN(b)) switch
            {
                (true, true) => 0,
                (true, false) => 1,
                (false, true) => -1,
                _ => isDescending ? b.CompareTo(a) : a.CompareTo(b),
            };
        }, static column => !Absent.Is(column.Floats[0]));
    }

    public static EvalValue ByLabel(FunctionCall call, bool isDescending)
    {
        if (IsIneffective(call, out var source))
        {
            return source;
        }

        var names = new string[call.Arguments.Count - 1];
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = call.Text(i + 1);
        }

        var keys = Array.ConvertAll(source.Series, meta => Array.ConvertAll(names, name => meta.Labels[name]));
        return Reorder(call, call.Context.Materialize(source, call.Grid, call.Arguments[0]), (one, other) =>
        {
            var order = 0;
            for (var i = 0; i < names.Length && order == 0; i++)
            {
                order = NaturalOrder.Compare(keys[one][i], keys[other][i]);
            }

            order = order != 0 ? order : source.Series[one].Labels.CompareTo(source.Series[other].Labels);
            return isDescending ? -order : order;
        }, static column => !column.IsAbsent(0));
    }

    private static bool IsIneffective(FunctionCall call, out VectorSource source)
    {
        source = call.Vector(0);
        if (call.Context.Plan.IsRange)
        {
            call.Context.Annotations.Warn("sort is ineffective for range queries since results are always ordered by labels", call.Call.Position);
        }

        return call.Grid.Count != 1;
    }

    private static ColumnVector Reorder(FunctionCall call, ColumnVector input, Comparison<int> compare, Predicate<StepColumn> keeps)
    {
        var order = new List<int>();
        for (var i = 0; i < input.Series.Length; i++)
        {
            if (keeps(input[i]))
            {
                order.Add(i);
            }
        }

        Finishing.Sort(call.Context, order, (one, other) => compare(one, other) is var by and not 0 ? by : one.CompareTo(other));
        var sorted = order.ToArray();
        var columns = new StepColumn[sorted.Length];
        for (var i = 0; i < sorted.Length; i++)
        {
            columns[i] = call.Context.Column(1, call.Call);
            input.Read(sorted[i], columns[i]);
        }

        return new ColumnVector(Array.ConvertAll(sorted, i => input.Series[i]), columns);
    }

    /// <summary>A vector without its native histograms, which have no place in the order of numbers.</summary>
    private sealed class FloatsOnly(VectorSource inner) : VectorSource(inner.Series)
    {
        public override bool AreDistinctWithoutNames => inner.AreDistinctWithoutNames;

        public override void Read(int index, StepColumn into)
        {
            inner.Read(index, into);
            into.DropHistograms();
        }
    }
}

/// <summary>Orders texts with the numbers in them by value: <c>cpu9</c> before <c>cpu10</c>.</summary>
internal static class NaturalOrder
{
    public static int Compare(string one, string other)
    {
        ReadOnlySpan<char> a = one, b = other;
        while (!a.IsEmpty && !b.IsEmpty)
        {
            var partA = Part(a);
            var partB = Part(b);
            var areNumbers = char.IsAsciiDigit(partA[0]) && char.IsAsciiDigit(partB[0]);
            var order = areNumbers ? CompareNumbers(partA, partB) : partA.SequenceCompareTo(partB);
            if (order != 0)
            {
                return order;
            }

            a = a[partA.Length..];
            b = b[partB.Length..];
        }

        var rest = a.Length.CompareTo(b.Length);
        return rest != 0 ? rest : string.CompareOrdinal(one, other);
    }

    private static ReadOnlySpan<char> Part(ReadOnlySpan<char> text)
    {
        var end = char.IsAsciiDigit(text[0]) ? text.IndexOfAnyExceptInRange('0', '9') : text.IndexOfAnyInRange('0', '9');
        return end < 0 ? text : text[..end];
    }

    private static int CompareNumbers(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        a = a.TrimStart('0');
        b = b.TrimStart('0');
        return a.Length != b.Length ? a.Length.CompareTo(b.Length) : a.SequenceCompareTo(b);
    }
}
