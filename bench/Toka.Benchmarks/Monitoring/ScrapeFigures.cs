using System.Diagnostics;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Monitoring.Scraping.Appending;
using Toka.Protocols.Exposition;

namespace Toka.Benchmarks.Monitoring;

/// <summary>
/// How quickly a body becomes a batch, on one core: of a target that is known, whose series are found by their bytes; in another
/// order each time, so that each is looked up; and of a target that is scraped for the first time. No network, no store.
/// </summary>
internal static class ScrapeFigures
{
    public static void Print(string[] files, double seconds)
    {
        Say($"{"",-28}{"MB/s",10}{"samples/s",14}{"ns/sample",12}{"bytes/sample",14}");
        foreach (var file in files)
        {
            var body = File.ReadAllBytes(file);
            var name = Path.GetFileName(file);
            var format = name.Contains(".om.", StringComparison.Ordinal) ? ExpositionFormat.OpenMetrics : ExpositionFormat.Text;
            var target = LabelSet.Of(("job", "bench"), ("instance", "10.0.0.1:9100"));
            var rules = new ScrapeRules { HonorTimestamps = false };
            using var batch = new WriteBatch();
            var known = new ScrapeAppender(rules, target);
            var samples = Read(known, body, format, batch);
            Say($"{name}: {body.Length} bytes, {samples} samples");
            Measure("  known", body.Length, samples, seconds, () => Read(known, body, format, batch));
            var (turned, even) = (Turned(body, format), false);
            Measure("  known, in another order", body.Length, samples, seconds, () => Read(known, (even = !even) ? turned : body, format, batch));
            Measure("  new", body.Length, samples, seconds, () => Read(new ScrapeAppender(rules, target), body, format, batch));
        }
    }

    private static int Read(ScrapeAppender appender, byte[] body, ExpositionFormat format, WriteBatch batch)
    {
        batch.Clear();
        var reading = appender.Read(body, format, 1_767_225_600_000, batch);
        appender.Written();
        return reading.IsUp ? reading.Kept : throw new InvalidOperationException(reading.Message);
    }

    /// <summary>The same families in the opposite order.</summary>
    private static byte[] Turned(byte[] body, ExpositionFormat format)
    {
        var text = System.Text.Encoding.UTF8.GetString(body).Replace("# EOF\n", "", StringComparison.Ordinal);
        var families = text.Split("\n# HELP ");
        families[0] = families[0].StartsWith("# HELP ", StringComparison.Ordinal) ? families[0]["# HELP ".Length..] : families[0];
        Array.Reverse(families);
        return System.Text.Encoding.UTF8.GetBytes(
            "# HELP " + string.Join("\n# HELP ", families.Select(static family => family.TrimEnd('\n'))) + "\n" + (format == ExpositionFormat.OpenMetrics ? "# EOF\n" : ""));
    }

    private static void Measure(string what, int bytes, int samples, double seconds, Func<int> read)
    {
        for (var warm = Stopwatch.StartNew(); warm.Elapsed.TotalSeconds < seconds / 2;)
        {
            read();
        }

        // The best of several rounds: others share the processor.
        var best = double.MaxValue;
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var passes = 0;
        for (var all = Stopwatch.StartNew(); all.Elapsed.TotalSeconds < seconds;)
        {
            var round = Math.Max(2, 1_000_000 / bytes);
            var watch = Stopwatch.StartNew();
            for (var i = 0; i < round; i++)
            {
                read();
            }

            best = Math.Min(best, watch.Elapsed.TotalSeconds / round);
            passes += round;
        }

        allocated = (GC.GetAllocatedBytesForCurrentThread() - allocated) / passes;
        Say($"{what,-28}{bytes / best / 1e6,10:F0}{samples / best,14:F0}{best * 1e9 / samples,12:F1}{(double)allocated / samples,14:F2}");
    }

    private static void Say(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));
}
