using Microsoft.Extensions.Time.Testing;
using Toka.Conformance.Differential.Answers;
using Toka.Conformance.Differential.Data;
using Toka.Conformance.Differential.Queries;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Query;
using Toka.Query.PromQL.Functions;
using Toka.Query.Results;
using Toka.TimeSeries;

namespace Toka.Conformance.Differential.Peers;

/// <summary>Our engine on a real store: the first part of the data lies in a block, the rest in memory.</summary>
internal sealed class TokaStore : IAsyncDisposable
{
    /// <summary>Where the block ends: not on anything's grid.</summary>
    private const long SealedUntilMs = DataSet.StartMs + (DataSet.SpanMs * 5 / 9) + 123;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("toka-differential-");
    private readonly MetricStore _store;
    private readonly QueryEngine _engine;
    private readonly FunctionRegistry _functions;

    private TokaStore(FunctionRegistry functions)
    {
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(DataSet.StartMs + DataSet.SpanMs));
        _store = MetricStore.Open(new MetricStoreOptions { Directory = _directory.FullName, IsManual = true, SealsAtStop = false }, clock, new SelfMetrics());
        _functions = functions;
        _engine = new QueryEngine(_store, Options(functions), TimeProvider.System);
    }

    /// <summary>Opens a store and writes the data to it.</summary>
    public static Task<TokaStore> OpenAsync(DataSet data, CancellationToken cancellationToken) => OpenAsync(data, OldRules.Functions, cancellationToken);

    /// <summary>The same for an engine of other functions.</summary>
    public static async Task<TokaStore> OpenAsync(DataSet data, FunctionRegistry functions, CancellationToken cancellationToken)
    {
        var toka = new TokaStore(functions);
        try
        {
            await toka.WriteAsync(data, static time => time <= SealedUntilMs, cancellationToken);
            Assert.True(toka._store.Seal());
            await toka.WriteAsync(data, static time => time > SealedUntilMs, cancellationToken);
            return toka;
        }
        catch
        {
            await toka.DisposeAsync();
            throw;
        }
    }

    /// <summary>What it answers.</summary>
    public Task<Answer> AskAsync(Question query, CancellationToken cancellationToken) => AskAsync(query, Dialect.Toka, cancellationToken);

    /// <summary>What it answers to the query in another dialect.</summary>
    public async Task<Answer> AskAsync(Question query, Dialect dialect, CancellationToken cancellationToken)
    {
        var text = query.Root.Text(dialect);
        var engine = dialect.Nudge == 0 ? _engine : new QueryEngine(_store, Options(OldRules.Nudging(_functions, dialect.Nudge)) with { ThreadsMax = 1 }, TimeProvider.System);
        try
        {
            var result = await engine.RunAsync(
                query.IsRange ? QueryRequest.Range(text, query.StartMs, query.EndMs, query.StepMs) : QueryRequest.Instant(text, query.StartMs), cancellationToken);
            return Answer.Of(result.Value);
        }
        catch (QueryException e)
        {
            return Answer.Failure(e.Type == QueryErrorType.BadData ? "bad_data" : "execution", e.Message);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    private static QueryOptions Options(FunctionRegistry functions) =>
        QueryOptions.Default with { ExperimentalFunctions = true, PrefersRaw = true, Functions = functions };

    private async Task WriteAsync(DataSet data, Func<long, bool> includes, CancellationToken cancellationToken)
    {
        using var batch = new WriteBatch();
        var wanted = 0;
        foreach (var (labels, times, values) in data.Series)
        {
            for (var i = 0; i < times.Length; i++)
            {
                if (includes(times.Span[i]))
                {
                    batch.Add(labels, times.Span[i], values.Span[i]);
                    wanted++;
                }
            }
        }

        var result = await _store.WriteAsync(batch, cancellationToken);
        Assert.Equal(wanted, result.Accepted);
    }
}
