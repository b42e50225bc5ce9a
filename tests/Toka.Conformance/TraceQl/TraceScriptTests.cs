using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Core.Telemetry;
using Toka.Events;
using Toka.Query.Results;
using Toka.Query.TraceQL;
using Toka.Tests.Events;

namespace Toka.Conformance.TraceQl;

public sealed class TraceScriptTests
{
    public static TheoryData<string> Names => [.. typeof(TraceScriptTests).Assembly.GetManifestResourceNames()
        .Where(name => name.EndsWith(".traces", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Every_query_of_our_scripts_takes_what_it_says_of_spans_in_memory(string name)
    {
        var ring = new SpanRing();
        await CheckAsync(name, ring, ring);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Every_query_of_our_scripts_takes_what_it_says_of_spans_in_the_store(string name)
    {
        var folder = Directory.CreateTempSubdirectory("toka-traceql-").FullName;
        try
        {
            var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds((TraceScript.Epoch / 1_000_000_000) + 60));
            await using var store = EventStore.Open(new EventStoreOptions { Directory = folder }, clock, new SelfMetrics());
            await CheckAsync(name, store.Spans, store.Spans);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task CheckAsync(string name, ISpanWriter writer, ISpanReader spans)
    {
        using var stream = typeof(TraceScriptTests).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        var script = TraceScript.Parse(await reader.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.Equal(script.Spans.Count, (await writer.WriteAsync(SpanBatches.Of(script.Spans), TestContext.Current.CancellationToken)).Accepted);
        var engine = new TraceQlEngine(spans);

        Assert.NotEmpty(script.Checks);
        var faults = new List<string>();
        foreach (var (line, verb, query, expected) in script.Checks)
        {
            var actual = verb switch
            {
                "eval" => await SearchAsync(engine, script, query),
                "fail" => await FailAsync(engine, query, expected),
                "series" => await SeriesAsync(engine, query),
                _ => throw new FormatException(verb),
            };
            if (!actual.SequenceEqual(expected))
            {
                faults.Add($"{name}:{line}: {query}: expected {string.Join(" ; ", expected)}, got {string.Join(" ; ", actual)}");
            }
        }

        Assert.True(faults.Count == 0, string.Join("\n", faults));
    }

    private static async Task<List<string>> SearchAsync(TraceQlEngine engine, TraceScript script, string query)
    {
        var result = await engine.SearchAsync(new TraceQlRequest { Query = query, Range = EventRange.All, SpansPerSet = 100 }, TestContext.Current.CancellationToken);
        Assert.False(result.Cost.IsCut);
        return [.. result.Traces.OrderBy(trace => trace.Summary.TraceId.Value).Select(trace => $"{trace.Summary.TraceId.Value}: " + string.Join(
            " | ", trace.Sets.Select(set => string.Join(' ', set.Spans.Select(span => script.Letters[(span.Span.TraceId, span.Span.SpanId)])))))];
    }

    private static async Task<List<string>> FailAsync(TraceQlEngine engine, string query, List<string> expected)
    {
        try
        {
            await engine.SearchAsync(new TraceQlRequest { Query = query, Range = EventRange.All }, TestContext.Current.CancellationToken);
            return ["no fault"];
        }
        catch (QueryException fault)
        {
            var parts = expected[0].Split(": ", 2);
            return fault.Message.StartsWith(parts[0] + ": ", StringComparison.Ordinal) && fault.Message.Contains(parts[1], StringComparison.Ordinal) ? expected : [fault.Message];
        }
    }

    private static async Task<List<string>> SeriesAsync(TraceQlEngine engine, string text)
    {
        var words = text.Split(' ', 4);
        var request = new TraceQlSeriesRequest
        {
            Query = words[3],
            StepNs = TraceScript.Moment(words[0]) - TraceScript.Epoch,
            Range = new EventRange(TraceScript.Moment(words[1]), TraceScript.Moment(words[2]) - 1),
        };
        var result = await engine.SeriesAsync(request, TestContext.Current.CancellationToken);
        return [.. result.Series.Select(series => $"{{{string.Join(", ", series.Labels.Select(label => $"{label.Key}={TextOf(label.Value)}"))}}} {string.Join(' ', series.Points.Select(TextOf))}")];
    }

    private static string TextOf(AttributeValue value) => value.Kind == AttributeKind.Text ? $"\"{value.Text}\"" : value.Kind == AttributeKind.None ? "nil" : value.ToString();

    private static string TextOf(double point) => double.IsNaN(point) ? "_" : point.ToString("G6", CultureInfo.InvariantCulture);
}
