using System.Diagnostics;
using System.Text.Unicode;
using Toka.Core.Labels;
using Toka.Protocols.Exposition;
using Toka.Protocols.Exposition.Checks;

namespace Toka.Benchmarks.Protocols;

/// <summary>
/// How quickly expositions are read: going over the entries alone, as a scraper does that knows the series from their bytes;
/// with the labels read as well; and the whole check. Beside them the floor: finding the lines' ends and checking UTF-8.
/// </summary>
internal static class ExpositionFigures
{
    public static void Print(string[] files, double seconds, string? only)
    {
        Say($"{"",-28}{"MB/s",10}{"samples/s",14}{"ns/sample",12}{"bytes/sample",14}");
        foreach (var file in files)
        {
            var body = File.ReadAllBytes(file);
            // By the name: a file of text may end as one of OpenMetrics does, so that both can read it.
            var isOpenMetrics = Path.GetFileName(file).Contains(".om.", StringComparison.Ordinal);
            var builder = new LabelSetBuilder();
            var samples = Read(body, isOpenMetrics, null);
            Say($"{Path.GetFileName(file)}: {body.Length} bytes, {samples} samples");
            (string What, Func<int> Read)[] ways =
            [
                ("floor", () => (Utf8.IsValid(body) ? 1 : 0) + Lines(body)),
                ("entries", () => Read(body, isOpenMetrics, null)),
                ("labels", () => Read(body, isOpenMetrics, builder)),
                ("check", () => (isOpenMetrics ? OpenMetricsChecker.Check(body) : TextChecker.Check(body)).Samples),
            ];
            foreach (var (what, read) in ways.Where(way => only is null || only == way.What))
            {
                Measure("  " + what, body, samples, seconds, read);
            }
        }
    }

    private static int Lines(ReadOnlySpan<byte> body)
    {
        var lines = 0;
        while (body.IndexOf((byte)'\n') is >= 0 and var end)
        {
            body = body[(end + 1)..];
            lines++;
        }

        return lines;
    }

    private static int Read(byte[] body, bool isOpenMetrics, LabelSetBuilder? builder)
    {
        var samples = 0;
        var reader = new ExpositionTextReader(body, isOpenMetrics);
        while (reader.Next())
        {
            if (reader.Entry is ExpositionEntry.Sample or ExpositionEntry.Created)
            {
                samples++;
                if (builder is not null)
                {
                    builder.Clear();
                    reader.ReadLabels(builder);
                }
            }
        }

        return samples;
    }

    private static void Measure(string what, byte[] body, int samples, double seconds, Func<int> read)
    {
        for (var warm = Stopwatch.StartNew(); warm.Elapsed.TotalSeconds < seconds / 4;)
        {
            read();
        }

        // The best of several rounds: others share the processor.
        var best = double.MaxValue;
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var passes = 0;
        for (var all = Stopwatch.StartNew(); all.Elapsed.TotalSeconds < seconds;)
        {
            var round = Math.Max(1, 4_000_000 / body.Length);
            var watch = Stopwatch.StartNew();
            for (var i = 0; i < round; i++)
            {
                read();
            }

            best = Math.Min(best, watch.Elapsed.TotalSeconds / round);
            passes += round;
        }

        allocated = (GC.GetAllocatedBytesForCurrentThread() - allocated) / passes;
        Say($"{what,-28}{body.Length / best / 1e6,10:F0}{samples / best,14:F0}{best * 1e9 / samples,12:F1}{(double)allocated / samples,14:F1}");
    }

    private static void Say(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));
}
