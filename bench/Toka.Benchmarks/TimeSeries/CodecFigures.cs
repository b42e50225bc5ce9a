using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.TimeSeries;
using Toka.TimeSeries.Codecs;

namespace Toka.Benchmarks.TimeSeries;

/// <summary>What the column codecs make of a stopped server's store: bytes a sample by form, and how fast.</summary>
internal sealed class CodecFigures
{
    private const int Rounds = 10;

    private static readonly TimeSpan s_round = TimeSpan.FromMilliseconds(50);

    private readonly Dictionary<string, Share> _shares = [];
    private readonly List<(byte[] Times, int Count)> _times = [];
    private readonly List<(byte[] Values, int Count, string Form)> _values = [];

    public static async Task PrintAsync(string directory, int every, int columnSamples, bool list)
    {
        var columns = new List<(string Labels, long[] Times, double[] Values)>();
        await using (var store = MetricStore.Open(new MetricStoreOptions { Directory = directory, ReadOnly = true }, TimeProvider.System, new SelfMetrics()))
        {
            using var set = await store.SelectAsync(new SelectRequest { Matchers = [], FromMs = 0, ToMs = long.MaxValue }, default);
            using var column = new FloatColumn();
            for (var i = 0; i < set.Count; i++)
            {
                column.Clear();
                set.ReadFloats(i, column);
                Cut(set.LabelsOf(i).ToString(), column, every, columnSamples, columns);
            }
        }

        new CodecFigures().Measure(columns, list);
    }

    private static void Cut(string labels, FloatColumn column, int every, int columnSamples, List<(string, long[], double[])> into)
    {
        var count = (column.Count + every - 1) / every;
        for (var start = 0; start < count; start += columnSamples)
        {
            var length = Math.Min(columnSamples, count - start);
            var (times, values) = (new long[length], new double[length]);
            for (var i = 0; i < length; i++)
            {
                times[i] = column.Timestamps[(start + i) * every];
                values[i] = column.Values[(start + i) * every];
            }

            into.Add((labels, times, values));
        }
    }

    private void Measure(List<(string Labels, long[] Times, double[] Values)> columns, bool list)
    {
        long samples = columns.Sum(static c => (long)c.Times.Length);
        var distinct = new HashSet<string>();
        var buffer = new ArrayBufferWriter<byte>(1 << 17);
        long timeBytes = 0, valueBytes = 0;
        foreach (var (labels, times, values) in columns)
        {
            buffer.ResetWrittenCount();
            TimeColumn.Encode(times, buffer);
            if (distinct.Add(Convert.ToHexString(buffer.WrittenSpan)))
            {
                timeBytes += buffer.WrittenCount;
                Add("times " + Name(buffer.WrittenSpan[0]), times.Length, buffer.WrittenCount);
                _times.Add((buffer.WrittenSpan.ToArray(), times.Length));
            }

            buffer.ResetWrittenCount();
            ValueColumn.Encode(values, buffer);
            valueBytes += buffer.WrittenCount;
            var form = Name(buffer.WrittenSpan[0]);
            Add(form, values.Length, buffer.WrittenCount);
            _values.Add((buffer.WrittenSpan.ToArray(), values.Length, form));
            if (list)
            {
                Say($"{buffer.WrittenCount} B {buffer.WrittenCount / (double)values.Length:F3} B/sample {form} {values.Length} {labels}");
            }
        }

        Say($"{columns.Count} columns of {samples} samples; {_times.Count} different columns of times");
        Say($"{(timeBytes + valueBytes) / (double)samples:F4} B/sample: values {valueBytes / (double)samples:F4}, times {timeBytes / (double)samples:F4}");
        foreach (var (form, share) in _shares.OrderByDescending(static s => s.Value.Bytes))
        {
            Say($"  {form,-20} {share.Columns,6} columns {share.Samples,9} samples {share.Bytes,9} B {share.Bytes / (double)share.Samples,8:F4} B/sample");
        }

        Rates(columns, samples);
        Integers();
    }

    /// <summary>Full columns in cache: counters with even noise, which are packed, and with noise that decays, which are coded.</summary>
    private static void Integers()
    {
        var random = new Random(1);
        foreach (var range in (ReadOnlySpan<int>)[16, 256, 65_536])
        {
            Integers($"even steps below {range}", () => random.Next(range));
            Integers($"decaying steps around {range}", () => (int)(-Math.Log(1 - random.NextDouble()) * range));
        }
    }

    private static void Integers(string name, Func<int> step)
    {
        var (total, values) = (0L, new long[8192]);
        foreach (ref var value in values.AsSpan())
        {
            value = total += step();
        }

        var buffer = new ArrayBufferWriter<byte>(1 << 17);
        IntColumn.Encode(values, buffer);
        var bytes = buffer.WrittenMemory;
        var integers = Best(() => IntColumn.Decode(bytes.Span, values));
        var floats = new double[values.Length];
        buffer = new ArrayBufferWriter<byte>(1 << 17);
        ValueColumn.Encode([.. values.Select(static v => v / 100.0)], buffer);
        var floatBytes = buffer.WrittenMemory;
        var decimals = Best(() => ValueColumn.Decode(floatBytes.Span, floats));
        Say($"{name}, {Name(bytes.Span[0])}, {bytes.Length * 8.0 / values.Length:F2} bits: integers {8192 / integers / 1e6:F0}, hundredths {8192 / decimals / 1e6:F0} million samples/s");
    }

    private void Rates(List<(string Labels, long[] Times, double[] Values)> columns, long samples)
    {
        var buffer = new ArrayBufferWriter<byte>(1 << 17);
        var encode = Best(() =>
        {
            foreach (var column in columns)
            {
                buffer.ResetWrittenCount();
                ValueColumn.Encode(column.Values, buffer);
            }
        });
        Say($"encode values: {samples / encode / 1e6:F0} million samples per second of processor time");
        foreach (var group in _values.GroupBy(static v => v.Form).Append(_values.GroupBy(static _ => "all").Single()).ToList())
        {
            var room = new double[group.Max(static v => v.Count)];
            var some = group.ToArray();
            var seconds = Best(() =>
            {
                foreach (var (bytes, count, _) in some)
                {
                    ValueColumn.Decode(bytes, room.AsSpan(0, count));
                }
            });
            Say($"decode {group.Key}: {some.Sum(static v => (long)v.Count) / seconds / 1e6:F0} million samples per second of processor time");
        }
    }

    /// <summary>A pass in the best of some rounds, in seconds of processor time, which others on the machine take least of.</summary>
    private static double Best(Action pass)
    {
        var best = double.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var start = Environment.CpuUsage.TotalTime;
            var spent = TimeSpan.Zero;
            var passes = 0;
            for (; passes == 0 || spent < s_round; passes++)
            {
                pass();
                spent = Environment.CpuUsage.TotalTime - start;
            }

            best = Math.Min(best, spent.TotalSeconds / passes);
        }

        return best;
    }

    private void Add(string form, int samples, int bytes)
    {
        ref var share = ref CollectionsMarshal.GetValueRefOrAddDefault(_shares, form, out _);
        share = new Share(share.Columns + 1, share.Samples + samples, share.Bytes + bytes);
    }

    private static string Name(byte first) => $"{(ValueShape)(first >> 4)} {(IntForm)(first & 15)}";

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    private readonly record struct Share(int Columns, long Samples, long Bytes);
}
