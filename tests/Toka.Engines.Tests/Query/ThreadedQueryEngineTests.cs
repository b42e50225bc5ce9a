using System.Collections.Concurrent;
using Toka.Query;
using Toka.Query.Results;
using Toka.Query.Threading;

namespace Toka.Engines.Tests.Query;

/// <summary>Queries on threads of their own.</summary>
public sealed class ThreadedQueryEngineTests
{
    private const long Second = 1000;

    [Fact]
    public async Task No_thread_of_the_pool_evaluates_a_query_and_none_of_these_goes_on_with_the_answer()
    {
        var reader = Heavy();
        var threads = new ConcurrentDictionary<Thread, bool>();
        reader.WhenRead = _ => threads[Thread.CurrentThread] = true;
        var engine = new ThreadedQueryEngine(new QueryEngine(reader, QueryOptions.Default with { ThreadsMax = 4 }, TimeProvider.System));
        await engine.RangeAsync("sum(v)", 0, 999 * Second, Second, CancellationToken.None);

        Assert.NotEmpty(threads);
        Assert.DoesNotContain(threads.Keys, static thread => thread.IsThreadPoolThread);
        Assert.DoesNotContain(Thread.CurrentThread, threads.Keys);
    }

    [Fact]
    public void Shared_work_is_done_when_the_sharing_ends_however_many_helped()
    {
        Parallel.For(0, 50, _ =>
        {
            var (begun, ended) = (0, 0);
            QueryThreads.Share(4, () =>
            {
                Interlocked.Increment(ref begun);
                Thread.Yield();
                Interlocked.Increment(ref ended);
            });
            Assert.InRange(begun, 1, 4);
            Assert.Equal(begun, ended);
        });
    }

    [Fact]
    public async Task Many_queries_that_stand_still_keep_no_other_query_waiting()
    {
        var reader = Heavy();
        using var open = new ManualResetEventSlim();
        reader.WhenRead = _ => open.Wait();
        var engine = new ThreadedQueryEngine(new QueryEngine(reader, QueryOptions.Default, TimeProvider.System));
        var standing = Enumerable.Range(0, 40).Select(_ => engine.RangeAsync("sum(v)", 0, 999 * Second, Second, CancellationToken.None).AsTask()).ToArray();

        var answer = await engine.InstantAsync("1 + 1", 0, CancellationToken.None);
        Assert.Equal(2, Assert.IsType<ScalarValue>(answer.Value).Value);
        Assert.DoesNotContain(standing, static query => query.IsCompleted);
        open.Set();
        await Task.WhenAll(standing);
    }

    [Fact]
    public async Task A_failure_reaches_whoever_asked()
    {
        var engine = new ThreadedQueryEngine(new QueryEngine(Heavy(), QueryOptions.Default, TimeProvider.System));
        var fault = await Assert.ThrowsAsync<QueryException>(async () => await engine.InstantAsync("sum(", 0, CancellationToken.None));
        Assert.Equal(QueryErrorType.BadData, fault.Type);
    }

    /// <summary>Series enough that several threads share them.</summary>
    private static ListReader Heavy()
    {
        var reader = new ListReader();
        for (var i = 0; i < 100; i++)
        {
            reader.Add("v", $"{i}", Second, [.. Enumerable.Range(0, 1000).Select(static n => (double)n)]);
        }

        return reader;
    }
}
