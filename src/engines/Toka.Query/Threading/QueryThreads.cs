namespace Toka.Query.Threading;

/// <summary>
/// The threads that evaluate queries, apart from the thread pool. A heavy query computes for seconds; on the pool, of which
/// there are as many threads as processors, a few of them would keep everything else of the process waiting: requests for
/// health, the collection of the host, timers. Threads of their own share the processors with the pool instead. Thread-safe.
/// </summary>
internal static class QueryThreads
{
    /// <summary>The most threads; further work waits. Callers are bounded far below this, by <c>query.concurrency_max</c> and by the count of rule groups.</summary>
    private const int Max = 128;

    /// <summary>How long a thread waits for more to do before it ends.</summary>
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(20);

    /// <summary>A second thread for the same query pays while a processor is idle: so many at once for all queries together.</summary>
    private static readonly int s_helpersMax = Math.Max(1, Environment.ProcessorCount);

    private static readonly object s_gate = new();
    private static readonly Queue<Action> s_waiting = new();
    private static int s_threads;
    private static int s_idleThreads;
    private static int s_helpers;

    /// <summary>
    /// Runs work on this thread, and the same work on some more beside it as long as not too many help already. Ends when all
    /// have ended.
    /// </summary>
    /// <param name="threads">The most threads, this one among them; from 1.</param>
    /// <param name="work">Shares the work out by itself; throws nothing.</param>
    public static void Share(int threads, Action work)
    {
        var helpers = new Helpers();
        for (var i = 1; i < threads && TryHelp(); i++)
        {
            helpers.Begin();
            Post(() =>
            {
                try
                {
                    work();
                }
                finally
                {
                    Interlocked.Decrement(ref s_helpers);
                    helpers.End();
                }
            });
        }

        work();
        helpers.Wait();
    }

    /// <summary>Runs work on one of the threads, in the order of asking.</summary>
    /// <param name="work">Throws nothing.</param>
    public static void Post(Action work)
    {
        lock (s_gate)
        {
            s_waiting.Enqueue(work);
            if (s_idleThreads >= s_waiting.Count)
            {
                Monitor.Pulse(s_gate);
            }
            else if (s_threads < Max)
            {
                s_threads++;
                new Thread(Run) { IsBackground = true, Name = "toka query" }.Start();
            }
        }
    }

    private static bool TryHelp()
    {
        if (Interlocked.Increment(ref s_helpers) <= s_helpersMax)
        {
            return true;
        }

        Interlocked.Decrement(ref s_helpers);
        return false;
    }

    private static void Run()
    {
        while (Take() is { } work)
        {
            work();
        }
    }

    private static Action? Take()
    {
        lock (s_gate)
        {
            while (s_waiting.Count == 0)
            {
                s_idleThreads++;
                var isWoken = Monitor.Wait(s_gate, s_idle);
                s_idleThreads--;
                if (!isWoken && s_waiting.Count == 0)
                {
                    s_threads--;
                    return null;
                }
            }

            return s_waiting.Dequeue();
        }
    }

    /// <summary>Those who help one query.</summary>
    private sealed class Helpers
    {
        private readonly object _gate = new();
        private int _busy;

        public void Begin()
        {
            lock (_gate)
            {
                _busy++;
            }
        }

        public void End()
        {
            lock (_gate)
            {
                _busy--;
                Monitor.Pulse(_gate);
            }
        }

        public void Wait()
        {
            lock (_gate)
            {
                while (_busy > 0)
                {
                    Monitor.Wait(_gate);
                }
            }
        }
    }
}
