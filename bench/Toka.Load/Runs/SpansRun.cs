using System.Diagnostics;
using System.Globalization;
using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Core.Telemetry;
using Toka.Events;

namespace Toka.Load.Runs;

/// <summary>Writes spans into the store of spans and logs and asks for them: spans per second of processor time, bytes, memory, times of searches.</summary>
internal static class SpansRun
{
    private const int Senders = 4;
    private const int TracesPerBatch = 64;

    public static async Task<int> PrintAsync(int count, int rate, string? kept)
    {
        var directory = kept ?? Directory.CreateTempSubdirectory("toka-spans-").FullName;
        var metrics = new SelfMetrics();
        var options = new EventStoreOptions { Directory = directory, SizeMaxBytes = 100L << 30 };
        var store = EventStore.Open(options, TimeProvider.System, metrics);
        SpanSource[] sources = [.. Enumerable.Range(1, Senders).Select(static seed => new SpanSource(seed))];
        if (kept is null || !Directory.Exists(Path.Combine(kept, "spans")))
        {
            var alone = Generate(count);
            var (cpu, watch) = (Cpu(), Stopwatch.StartNew());
            await Task.WhenAll(sources.Select(source => Task.Run(() => SendAsync(store, source, count / Senders, rate / (double)Senders, watch))));
            var (written, writtenCpu) = (watch.Elapsed, Cpu() - cpu);
            await store.SealAsync(CancellationToken.None);
            foreach (var (labels, value) in metrics.Read().Where(static one => one.Labels.ToString().Contains("seconds_", StringComparison.Ordinal) && !one.Labels.ToString().Contains("bucket", StringComparison.Ordinal)))
            {
                Line($"{labels} {value:F2}");
            }

            Print(count, written, writtenCpu - alone, watch.Elapsed, Cpu() - cpu - alone, directory);
        }

        var stored = (await store.Spans.AggregateAsync(new EventAggregation { Range = EventRange.All }, CancellationToken.None)).Groups.Sum(static group => group.Count);
        Line($"stored {stored} of {count}{(stored == count ? ": none lost" : ": LOST")}");
        await SearchAsync(store, sources);
        Line($"memory at most {Status("VmHWM")} MiB, now {Status("VmRSS")} MiB");
        await store.DisposeAsync();
        if (kept is null)
        {
            Directory.Delete(directory, recursive: true);
        }

        return stored == count ? 0 : 1;
    }

    private static async Task SendAsync(EventStore store, SpanSource source, int count, double rate, Stopwatch watch)
    {
        var batch = new SpanBatch();
        for (var sent = 0; sent < count;)
        {
            var traces = Math.Min(TracesPerBatch, (count - sent) / SpanSource.SpansPerTrace);
            source.Fill(batch, traces, NowNs());
            var result = await store.Spans.WriteAsync(batch, CancellationToken.None);
            if (result.Accepted != batch.Count)
            {
                throw new InvalidOperationException(result.FirstReason);
            }

            sent += batch.Count;
            var due = rate > 0 ? TimeSpan.FromSeconds(sent / rate) - watch.Elapsed : TimeSpan.Zero;
            if (due > TimeSpan.Zero)
            {
                await Task.Delay(due);
            }
        }
    }

    /// <summary>What making the spans takes by itself.</summary>
    private static TimeSpan Generate(int count)
    {
        var (cpu, source, batch) = (Cpu(), new SpanSource(1), new SpanBatch());
        for (var made = 0; made < count; made += batch.Count)
        {
            source.Fill(batch, TracesPerBatch, NowNs());
        }

        return Cpu() - cpu;
    }

    private static void Print(int count, TimeSpan written, TimeSpan writtenCpu, TimeSpan all, TimeSpan allCpu, string directory)
    {
        Line($"written {count} spans in {written.TotalSeconds:F1} s, {writtenCpu.TotalSeconds:F1} s of processor time: {count / writtenCpu.TotalSeconds:N0} spans/s/core");
        Line($"written and sealed in {all.TotalSeconds:F1} s, {allCpu.TotalSeconds:F1} s of processor time: {count / allCpu.TotalSeconds:N0} spans/s/core");
        var files = new DirectoryInfo(Path.Combine(directory, "spans")).GetFiles();
        var (parquet, index) = (files.Where(static file => file.Extension == ".parquet").Sum(static file => file.Length), files.Where(static file => file.Extension == ".idx").Sum(static file => file.Length));
        const double ids = (16.0 / SpanSource.SpansPerTrace) + 8 + 8;
        Line($"{files.Length / 2} files: {parquet / (double)count:F1} B a span, index {index / (double)count:F1} B; without its random ids ({ids:F0} B) {((parquet + index) / (double)count) - ids:F1} B");
        Line($"memory at most {Status("VmHWM")} MiB");
    }

    private static async Task SearchAsync(EventStore store, SpanSource[] sources)
    {
        var some = (await store.Spans.FindAsync(new SpanQuery { Range = EventRange.All, Limit = 2000 }, CancellationToken.None)).Spans;
        var random = new Random(7);
        var ids = some.Select(static span => span.TraceId).Distinct().OrderBy(_ => random.Next()).Take(20).ToArray();
        await TimeAsync("by id", ids.Length, async i => (await store.Spans.TracesAsync([ids[i]], EventRange.All, 100, CancellationToken.None)).Spans.Count);
        await FindAsync(store, "service and duration", i => Service(i) & Compare(new Field(FieldKind.Duration), Comparison.Greater, AttributeValue.Of(400_000_000L)));
        await FindAsync(store, "service and rare duration", i => Service(i) & Compare(new Field(FieldKind.Duration), Comparison.Greater, AttributeValue.Of(485_150_000L)));
        await FindAsync(store, "attribute of 20 values", i => Compare(Field.Attribute("http.route"), Comparison.TextEqual, AttributeValue.Of($"/api/v1/resource{i % 20}")));
        await FindAsync(store, "attribute of 10,000 values", i => Compare(Field.Attribute("user.id"), Comparison.TextEqual, AttributeValue.Of($"user-{i * 37}")));
        await FindAsync(store, "attribute of unique values", i => Compare(Field.Attribute("order.id"), Comparison.TextEqual, some[i].TraceId == default ? sources[0].SomeOrder() : OrderOf(some[i])));
        await FindAsync(store, "attribute that no span has", i => Compare(Field.Attribute("order.id"), Comparison.TextEqual, AttributeValue.Of(-1L - i)));
        await FindAsync(store, "two rare attributes", i => Compare(Field.Attribute("user.id"), Comparison.TextEqual, AttributeValue.Of($"user-{i * 37}")) & Compare(Field.Attribute("session.id"), Comparison.TextEqual, AttributeValue.Of($"{i * 41:x8}")));
        await TimeAsync("latency by service", 3, async _ => (await store.Spans.AggregateAsync(
            new EventAggregation { Range = EventRange.All, By = [new Field(FieldKind.Service)], Measure = new Field(FieldKind.Duration), WithBuckets = true }, CancellationToken.None)).Groups.Count);
    }

    private static AttributeValue OrderOf(SpanRecord span) => AttributeJson.TryFind(span.Attributes.Span, "order.id"u8, out var value) ? value : default;

    private static Condition.Compare Service(int i) => Compare(new Field(FieldKind.Service), Comparison.Equal, AttributeValue.Of($"service-{i % SpanSource.Services}"));

    private static Condition.Compare Compare(Field field, Comparison comparison, AttributeValue value) => new(field, comparison, value);

    private static Task FindAsync(EventStore store, string name, Func<int, Condition> condition) => TimeAsync(name, 12, async i =>
        (await store.Spans.FindAsync(new SpanQuery { Range = EventRange.All, Condition = condition(i), Limit = 20 }, CancellationToken.None)).Spans.Count);

    private static async Task TimeAsync(string name, int times, Func<int, Task<int>> search)
    {
        var (took, found, cpu) = (new List<double>(), 0, Cpu());
        for (var i = 0; i < times; i++)
        {
            var watch = Stopwatch.StartNew();
            found += await search(i);
            took.Add(watch.Elapsed.TotalMilliseconds);
        }

        var each = (Cpu() - cpu).TotalMilliseconds / times;
        var first = took[0];
        took.Sort();
        Line($"{name}: median {took[took.Count / 2]:F1} ms, first {first:F1}, worst {took[^1]:F1}, {each:F1} ms of processor time each ({found} found in {times})");
    }

    private static long NowNs() => (DateTimeOffset.UtcNow.UtcTicks - DateTime.UnixEpoch.Ticks) * 100;

    private static TimeSpan Cpu() => Process.GetCurrentProcess().TotalProcessorTime;

    private static long Status(string what) => long.Parse(
        File.ReadLines("/proc/self/status").First(line => line.StartsWith(what, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) >> 10;

    private static void Line(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
