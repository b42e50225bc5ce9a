using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.TimeSeries.Codecs;

namespace Toka.TimeSeries.Columns;

/// <summary>
/// Native histograms of one series as columns: times, layouts told once each, count, zero count, sum, and one column for each
/// bucket. Lossless to the bit. The boxes are in docs/formats/samples.md.
/// </summary>
/// <remarks>
/// A histogram that counts up has whole numbers that rise in each bucket, mostly not at all: such a column takes a few bytes
/// (<see cref="ValueColumn"/> codes whole numbers as integers, and their steps).
/// </remarks>
internal static class HistogramPayload
{
    /// <summary>The most samples of a payload.</summary>
    public const int SamplesMax = 1024;

    /// <summary>The most bucket counts of a payload, 2 MiB decoded; one sample has at most 8 192.</summary>
    public const int ValuesMax = 1 << 18;

    private const int SpanFieldMax = 1 << 24;

    [ThreadStatic]
    private static PayloadOutput? t_output;

    /// <summary>Encodes samples until a payload is full.</summary>
    /// <param name="column">Histograms that keep <see cref="HistogramRule"/>.</param>
    /// <param name="start">The first one to take.</param>
    /// <param name="payload">The payload; valid until this thread encodes the next one.</param>
    /// <returns>How many were taken, 1 or more.</returns>
    public static int Encode(HistogramColumn column, int start, out ReadOnlySpan<byte> payload)
    {
        var count = Math.Min(SamplesMax, column.Count - start);
        var layouts = new List<HistogramLayout>();
        var layoutOf = new long[count];
        var groups = Take(column, start, count, layouts, layoutOf);
        while (ValuesOf(groups, layoutOf.AsSpan(0, count)) > ValuesMax && count > 1)
        {
            count /= 2;
            groups = Take(column, start, count, layouts, layoutOf);
        }

        var output = t_output ??= new PayloadOutput();
        output.Begin(count);
        output.Times(column.Timestamps.Slice(start, count));
        output.Varint((uint)layouts.Count);
        foreach (var layout in layouts)
        {
            WriteLayout(output, layout);
        }

        if (layouts.Count > 1)
        {
            output.Numbers(layoutOf.AsSpan(0, count));
        }

        WriteTotals(output, column, start, count);
        for (var group = 0; group < groups.Count; group++)
        {
            WriteBuckets(output, column, start, groups, group, layoutOf.AsSpan(0, count));
        }

        payload = output.Written;
        return count;
    }

    /// <summary>Decodes a payload.</summary>
    /// <param name="payload">The whole payload.</param>
    /// <param name="fromMs">The first moment wanted, inclusive.</param>
    /// <param name="toMs">The last moment wanted, inclusive.</param>
    /// <param name="into">Appended to; unchanged where the payload is damaged.</param>
    /// <exception cref="CodecException">The payload is damaged.</exception>
    public static void Decode(ReadOnlySpan<byte> payload, long fromMs, long toMs, HistogramColumn into)
    {
        var input = new PayloadInput(payload, SamplesMax);
        var count = input.Count;
        Span<long> times = stackalloc long[SamplesMax];
        times = times[..count];
        input.Times(times, isStrict: true);
        var layouts = ReadLayouts(ref input, count);
        var layoutOf = ReadLayoutsOf(ref input, count, layouts.Count);
        var groups = new LayoutGroups(layouts);
        var all = ValuesOf(groups, layoutOf);
        if (all > Math.Max(ValuesMax, HistogramLayout.BucketsMax))
        {
            throw new CodecException($"The payload has {all} bucket counts, which is above {ValuesMax}.");
        }

        var hints = new long[count];
        input.Numbers(hints);
        using var totals = new Rented<double>(3 * count);
        for (var i = 0; i < 3; i++)
        {
            input.Values(totals.Span.Slice(i * count, count));
        }

        using var buckets = new Rented<double>((int)all);
        var starts = new int[groups.Count];
        var sizes = SizesOf(groups, layoutOf);
        var next = 0;
        for (var group = 0; group < groups.Count; group++)
        {
            starts[group] = next;
            for (var column = 0; column < groups.WidthOf(group); column++, next += sizes[group])
            {
                input.Values(buckets.Span.Slice(next, sizes[group]));
            }
        }

        input.End();
        CheckHints(hints);
        var rows = new int[groups.Count];
        for (var i = 0; i < count; i++)
        {
            var layout = (int)layoutOf[i];
            var group = groups.GroupOf(layout);
            var row = rows[group]++;
            if (times[i] < fromMs || times[i] > toMs)
            {
                continue;
            }

            var counts = into.Add(
                times[i], layouts[layout], (HistogramResetHint)hints[i], totals.Span[count + i], totals.Span[i], totals.Span[(2 * count) + i]);
            var columns = groups.ColumnsOf(layout);
            for (var j = 0; j < counts.Length; j++)
            {
                counts[j] = buckets.Span[starts[group] + (columns[j] * sizes[group]) + row];
            }
        }
    }

    private static LayoutGroups Take(HistogramColumn column, int start, int count, List<HistogramLayout> layouts, long[] layoutOf)
    {
        var known = new Dictionary<HistogramLayout, int>();
        layouts.Clear();
        for (var i = 0; i < count; i++)
        {
            var layout = column[start + i].Layout;
            if (i > 0 && ReferenceEquals(layout, column[start + i - 1].Layout))
            {
                layoutOf[i] = layoutOf[i - 1];
                continue;
            }

            if (!known.TryGetValue(layout, out var at))
            {
                known.Add(layout, at = layouts.Count);
                layouts.Add(layout);
            }

            layoutOf[i] = at;
        }

        return new LayoutGroups(layouts);
    }

    private static long ValuesOf(LayoutGroups groups, ReadOnlySpan<long> layoutOf)
    {
        var values = 0L;
        foreach (var layout in layoutOf)
        {
            values += groups.WidthOf(groups.GroupOf((int)layout));
        }

        return values;
    }

    private static int[] SizesOf(LayoutGroups groups, ReadOnlySpan<long> layoutOf)
    {
        var sizes = new int[groups.Count];
        foreach (var layout in layoutOf)
        {
            sizes[groups.GroupOf((int)layout)]++;
        }

        return sizes;
    }

    private static void WriteTotals(PayloadOutput output, HistogramColumn column, int start, int count)
    {
        var hints = new long[count];
        using var values = new Rented<double>(3 * count);
        for (var i = 0; i < count; i++)
        {
            var histogram = column[start + i];
            hints[i] = (long)histogram.ResetHint;
            values.Span[i] = histogram.Count;
            values.Span[count + i] = histogram.ZeroCount;
            values.Span[(2 * count) + i] = histogram.Sum;
        }

        output.Numbers(hints);
        for (var i = 0; i < 3; i++)
        {
            output.Values(values.Span.Slice(i * count, count));
        }
    }

    /// <summary>One column after the other; where a sample has not the bucket, its column goes on as before, which costs least.</summary>
    private static void WriteBuckets(PayloadOutput output, HistogramColumn column, int start, LayoutGroups groups, int group, ReadOnlySpan<long> layoutOf)
    {
        var size = SizesOf(groups, layoutOf)[group];
        var width = groups.WidthOf(group);
        using var rented = new Rented<double>(size * width);
        var values = rented.Span;
        values.Clear();
        var row = 0;
        for (var i = 0; i < layoutOf.Length; i++)
        {
            if (groups.GroupOf((int)layoutOf[i]) != group)
            {
                continue;
            }

            for (var j = 0; j < width && row > 0; j++)
            {
                values[(j * size) + row] = values[(j * size) + row - 1];
            }

            var counts = column[start + i].Buckets;
            var columns = groups.ColumnsOf((int)layoutOf[i]);
            for (var j = 0; j < counts.Length; j++)
            {
                values[(columns[j] * size) + row] = counts[j];
            }

            row++;
        }

        for (var j = 0; j < width; j++)
        {
            output.Values(values.Slice(j * size, size));
        }
    }

    private static void WriteLayout(PayloadOutput output, HistogramLayout layout)
    {
        output.ZigZag(layout.Schema);
        output.Double(layout.ZeroThreshold);
        output.Varint((uint)layout.CustomValues.Length);
        foreach (var value in layout.CustomValues)
        {
            output.Double(value);
        }

        WriteSpans(output, layout.PositiveSpans);
        WriteSpans(output, layout.NegativeSpans);
    }

    private static void WriteSpans(PayloadOutput output, ReadOnlySpan<HistogramSpan> spans)
    {
        output.Varint((uint)spans.Length);
        foreach (var span in spans)
        {
            output.ZigZag(span.Offset);
            output.Varint((uint)span.Length);
        }
    }

    private static List<HistogramLayout> ReadLayouts(ref PayloadInput input, int count)
    {
        var number = input.Varint(count, "The number of layouts");
        var layouts = new List<HistogramLayout>();
        long buckets = 0;
        for (var i = 0; i < number; i++)
        {
            var schema = (int)Math.Clamp(input.ZigZag(), int.MinValue, int.MaxValue);
            var threshold = input.Double();
            var custom = new double[input.Varint(HistogramLayout.BucketsMax, "The number of custom bounds")];
            for (var j = 0; j < custom.Length; j++)
            {
                custom[j] = input.Double();
            }

            var positive = ReadSpans(ref input);
            var negative = ReadSpans(ref input);
            var layout = new HistogramLayout(schema, threshold, positive, negative, custom);
            var fault = HistogramRule.Check(layout);
            buckets += layout.BucketCount;
            if (fault != HistogramFault.None || buckets > ValuesMax)
            {
                throw new CodecException($"Layout {i} of the payload: {(fault == HistogramFault.None ? "too many buckets in all" : HistogramRule.Sentence(fault))}.");
            }

            layouts.Add(layout);
        }

        return layouts.Count > 0 ? layouts : throw new CodecException("The payload has no layout.");
    }

    private static HistogramSpan[] ReadSpans(ref PayloadInput input)
    {
        var spans = new HistogramSpan[input.Varint(HistogramLayout.BucketsMax, "The number of spans")];
        for (var i = 0; i < spans.Length; i++)
        {
            var offset = input.ZigZag();
            var length = input.Varint(HistogramLayout.BucketsMax, "A span's length");
            spans[i] = offset is >= -SpanFieldMax and <= SpanFieldMax
                ? new HistogramSpan((int)offset, length)
                : throw new CodecException($"A span's offset is {offset}.");
        }

        return spans;
    }

    private static long[] ReadLayoutsOf(ref PayloadInput input, int count, int layouts)
    {
        var layoutOf = new long[count];
        if (layouts > 1)
        {
            input.Numbers(layoutOf);
        }

        foreach (var layout in layoutOf)
        {
            if (layout < 0 || layout >= layouts)
            {
                throw new CodecException($"A sample has layout {layout} of {layouts}.");
            }
        }

        return layoutOf;
    }

    private static void CheckHints(ReadOnlySpan<long> hints)
    {
        foreach (var hint in hints)
        {
            if (hint is < 0 or > (long)HistogramResetHint.Gauge)
            {
                throw new CodecException($"A sample has reset hint {hint}.");
            }
        }
    }
}
