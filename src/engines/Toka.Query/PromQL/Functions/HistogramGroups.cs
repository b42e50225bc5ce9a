using System.Text;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Execution;

namespace Toka.Query.PromQL.Functions;

/// <summary>Computes a number of a histogram of either kind. Thread-safe.</summary>
internal interface IHistogramGroupKernel
{
    /// <summary>Computes it of a native histogram.</summary>
    double OfNative(in HistogramView histogram, int step, string name);

    /// <summary>Computes it of a classic histogram's buckets, which may be changed.</summary>
    double OfClassic(List<Bucket> buckets, int step, string name);
}

/// <summary>
/// A vector's series put together to histograms, once: those that differ in <c>le</c> alone are the buckets of one, and a
/// series without a bound may have native histograms.
/// </summary>
internal sealed class HistogramGroups
{
    private const string BucketLabel = "le";

    private readonly List<Group> _groups = [];

    private HistogramGroups(FunctionCall call, VectorSource input, int argument) => (Call, Input, Argument) = (call, input, argument);

    /// <summary>What the groups are called.</summary>
    public SeriesMeta[] Series { get; private set; } = [];

    public FunctionCall Call { get; }

    /// <summary>The vector.</summary>
    public VectorSource Input { get; }

    /// <summary>Which argument the vector is.</summary>
    public int Argument { get; }

    public Group this[int index] => _groups[index];

    public static HistogramGroups Of(FunctionCall call, VectorSource input, int argument)
    {
        var groups = new HistogramGroups(call, input, argument);
        var ids = new Dictionary<LabelSet, int>();
        var series = new List<SeriesMeta>();
        byte[][] bucketLabel = LabelOperations.Encode([BucketLabel]);
        for (var i = 0; i < input.Series.Length; i++)
        {
            var labels = input.Series[i].Labels;
            var isBucket = TryBound(labels, out var bound);
            var key = isBucket ? call.Context.Labels.Without(labels, bucketLabel) : labels;
            if (!ids.TryGetValue(key, out var id))
            {
                ids.Add(key, id = series.Count);
                series.Add(SeriesNames.Drop(call.Context, key));
                groups._groups.Add(new Group(key[LabelSet.MetricName]));
            }

            if (isBucket)
            {
                groups._groups[id].Buckets.Add((bound, i));
            }
            else
            {
                groups._groups[id].Native = i;
            }
        }

        groups._groups.ForEach(static group => group.Buckets.Sort(static (a, b) => a.UpperBound.CompareTo(b.UpperBound)));
        groups.Series = [.. series];
        return groups;
    }

    /// <summary>Both kinds at one step.</summary>
    public void WarnOfMix(Group group) => Call.Context.Annotations.Warn(
        static name => $"vector contains a mix of classic and native histograms{ForMetric(name)}", group.Name, Place);

    /// <summary>A float without a bound.</summary>
    public void WarnOfBound(Group group)
    {
        if (group.IsBoundTold)
        {
            return;
        }

        group.IsBoundTold = true;
        var bound = Input.Series[group.Native].Labels[BucketLabel];
        Call.Context.Annotations.Warn($"bucket label \"{BucketLabel}\" is missing or has a malformed value of {ExprPrinter.Quote(bound)}{ForMetric(group.Name)}", Place);
    }

    /// <summary>A native histogram in a series that is a classic one's bucket.</summary>
    public void WarnOfBucket(Group group) => Call.Context.Annotations.Warn(
        static name => $"native histograms in series with the label \"{BucketLabel}\" were left out for metric name {ExprPrinter.Quote(name)}", group.Name, Place);

    private PositionRange Place => Call.Arguments[Argument].Position;

    private static string ForMetric(string name) => name.Length == 0 ? "" : $" for metric name {ExprPrinter.Quote(name)}";

    private static bool TryBound(LabelSet labels, out double bound)
    {
        bound = 0;
        return labels.TryGet("le"u8, out var text) && NumberFormat.TryParse(Encoding.UTF8.GetString(text), out bound);
    }

    /// <summary>The series of one histogram.</summary>
    internal sealed class Group(string name)
    {
        public string Name { get; } = name;

        /// <summary>The bucket series, by ascending bound.</summary>
        public List<(double UpperBound, int Index)> Buckets { get; } = [];

        /// <summary>The series without a bound; −1 for none.</summary>
        public int Native { get; set; } = -1;

        /// <summary>Whether the series without a bound was told of. Any thread may be the first, and two say the same.</summary>
        public bool IsBoundTold { get; set; }
    }
}

/// <summary>A number of each histogram: the columns of a histogram's buckets are read together, one histogram at a time.</summary>
internal sealed class HistogramGroupSource(HistogramGroups groups, IHistogramGroupKernel kernel) : VectorSource(groups.Series)
{
    public override void Read(int index, StepColumn into)
    {
        var group = groups[index];
        into.Clear();
        var columns = new StepColumn[group.Buckets.Count + (group.Native < 0 ? 0 : 1)];

        // They are there only for a moment, but all at once: a histogram may have as many buckets as a vector has series.
        var (context, bytes) = (groups.Call.Context, Footprint.OfColumn(into.Length) * columns.Length);
        context.Hold(bytes, groups.Call.Arguments[groups.Argument]);
        try
        {
            for (var i = 0; i < columns.Length; i++)
            {
                columns[i] = new StepColumn(into.Length);
                groups.Input.Read(i < group.Buckets.Count ? group.Buckets[i].Index : group.Native, columns[i]);
            }

            Compute(group, columns, into);
        }
        finally
        {
            foreach (var column in columns)
            {
                column?.Dispose();
            }

            context.Release(bytes);
        }
    }

    private void Compute(HistogramGroups.Group group, StepColumn[] columns, StepColumn into)
    {
        var native = group.Native < 0 ? null : columns[^1];
        var buckets = new List<Bucket>(group.Buckets.Count);
        for (var step = 0; step < into.Length; step++)
        {
            if ((step & StepGrid.CheckMask) == StepGrid.CheckMask)
            {
                groups.Call.Context.CheckCancelled();
            }

            buckets.Clear();
            for (var i = 0; i < group.Buckets.Count; i++)
            {
                var count = columns[i].Floats[step];
                if (!Absent.Is(count))
                {
                    buckets.Add(new Bucket(group.Buckets[i].UpperBound, count));
                }
                else if (columns[i].HistogramAt(step) is not null)
                {
                    groups.WarnOfBucket(group);
                }
            }

            var histogram = native?.HistogramAt(step);
            if (native is not null && !Absent.Is(native.Floats[step]))
            {
                groups.WarnOfBound(group);
            }

            if (histogram is not null && buckets.Count > 0)
            {
                groups.WarnOfMix(group);
            }
            else if (histogram is not null)
            {
                into.SetFloat(step, kernel.OfNative(histogram.View, step, group.Name));
            }
            else if (buckets.Count > 0)
            {
                into.SetFloat(step, kernel.OfClassic(buckets, step, group.Name));
            }
        }
    }
}
