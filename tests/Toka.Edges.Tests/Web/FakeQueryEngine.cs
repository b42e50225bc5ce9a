using System.Collections.Concurrent;
using Toka.Query;
using Toka.Query.Results;

namespace Toka.Edges.Tests.Web;

/// <summary>Answers with what a test gives it, and remembers what it was asked.</summary>
internal sealed class FakeQueryEngine : IQueryEngine
{
    public Func<string, long, QueryValue> Instant { get; set; } = static (_, _) => new VectorValue([]);

    public Func<string, long, long, long, CancellationToken, ValueTask<QueryValue>> Range { get; set; } = static (_, start, end, step, _) => new(Ramp(start, end, step));

    public IReadOnlyList<string> Warnings { get; set; } = [];

    public IReadOnlyList<string> Infos { get; set; } = [];

    public ConcurrentQueue<(string Expression, long TimeMs)> Instants { get; } = new();

    public ConcurrentQueue<(string Expression, long StartMs, long EndMs, long StepMs)> Ranges { get; } = new();

    /// <summary>What answers where raw samples are wanted; this engine while a test gives none.</summary>
    public FakeQueryEngine? Raw { get; set; }

    public IQueryEngine PreferringRaw => Raw ?? this;

    public ValueTask<QueryResult> InstantAsync(string expression, long timeMs, CancellationToken cancellationToken)
    {
        Instants.Enqueue((expression, timeMs));
        return new(Result(Instant(expression, timeMs)));
    }

    public async ValueTask<QueryResult> RangeAsync(string expression, long startMs, long endMs, long stepMs, CancellationToken cancellationToken)
    {
        Ranges.Enqueue((expression, startMs, endMs, stepMs));
        return Result(await Range(expression, startMs, endMs, stepMs, cancellationToken));
    }

    /// <summary>One series whose value at each step is the step's time in seconds.</summary>
    public static MatrixValue Ramp(long startMs, long endMs, long stepMs, string name = "ramp")
    {
        var times = new List<long>();
        for (var t = startMs; t <= endMs; t += stepMs)
        {
            times.Add(t);
        }

        return new MatrixValue([new MatrixSeries(
            Core.Labels.LabelSet.Of(("__name__", name)), times.ToArray(), times.Select(static t => t / 1000.0).ToArray())]);
    }

    private QueryResult Result(QueryValue value) => new(value, Warnings, Infos, new QueryStatistics(0, 0, TimeSpan.Zero));
}
