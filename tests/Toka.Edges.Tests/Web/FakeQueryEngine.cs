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

    public async ValueTask<QueryResult> RunAsync(QueryRequest request, CancellationToken cancellationToken)
    {
        if (request.PrefersRaw && Raw is not null)
        {
            return await Raw.RunAsync(request, cancellationToken);
        }

        if (!request.IsRange)
        {
            Instants.Enqueue((request.Expression, request.StartMs));
            return Result(Instant(request.Expression, request.StartMs));
        }

        Ranges.Enqueue((request.Expression, request.StartMs, request.EndMs, request.StepMs));
        return Result(await Range(request.Expression, request.StartMs, request.EndMs, request.StepMs, cancellationToken));
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
