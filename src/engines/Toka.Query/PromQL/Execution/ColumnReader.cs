using System.Runtime.ExceptionServices;
using Toka.Query.Threading;

namespace Toka.Query.PromQL.Execution;

/// <summary>Takes one series' column; called in the order of the series, by one thread at a time.</summary>
internal delegate void ColumnConsumer(int index, StepColumn column);

/// <summary>
/// Reads all series of a vector: columns are computed by several threads where that pays, and consumed in the order of the
/// series, so that the answer is the same to the last bit however many threads there were.
/// </summary>
/// <remarks>
/// The series are cut into runs. A thread takes the next run that nobody has taken, computes its columns and hands them over;
/// whoever hands over the run that is next consumes it, and those behind it that wait already.
/// </remarks>
internal sealed class ColumnReader
{
    /// <summary>Fewer points than this are read by one thread: waking another takes some microseconds.</summary>
    private const long PointsToShare = 20_000;

    /// <summary>What a series costs beside its points, in points: finding and unpacking its samples.</summary>
    private const int PointsASeries = 250;

    /// <summary>The points of a run: 256 KiB of columns, which stay in a core's cache until they are consumed.</summary>
    private const int PointsARun = 32_768;

    private const int SeriesARunMax = 32;

    /// <summary>How many runs may be ahead of the one that is consumed next, for each thread.</summary>
    private const int RunsAheadOfThread = 4;

    private readonly QueryContext _context;
    private readonly VectorSource _source;
    private readonly int _steps;
    private readonly ColumnConsumer _consume;
    private readonly int _runLength;
    private readonly int _runs;
    private readonly StepColumn[]?[] _waiting;
    private readonly Lock _turn = new();
    private readonly Stack<StepColumn[]> _idle = new();
    private ExceptionDispatchInfo? _failure;
    private int _failedRun = int.MaxValue;
    private int _taken;
    private int _consumed;

    private ColumnReader(QueryContext context, VectorSource source, int steps, int threads, ColumnConsumer consume)
    {
        (_context, _source, _steps, _consume) = (context, source, steps, consume);
        _runLength = Math.Clamp(PointsARun / Math.Max(1, steps), 1, SeriesARunMax);
        _runs = (source.Series.Length + _runLength - 1) / _runLength;
        _waiting = new StepColumn[]?[threads * RunsAheadOfThread];
    }

    /// <summary>Reads all series.</summary>
    /// <param name="context">The query.</param>
    /// <param name="source">The vector.</param>
    /// <param name="steps">The length of its grid.</param>
    /// <param name="consume">Takes the columns; it must not keep them.</param>
    public static void ReadAll(QueryContext context, VectorSource source, int steps, ColumnConsumer consume)
    {
        var threads = ThreadsFor(context, source, steps);
        if (threads > 1)
        {
            new ColumnReader(context, source, steps, threads, consume).Run(threads);
            return;
        }

        using var column = new StepColumn(steps);
        for (var i = 0; i < source.Series.Length; i++)
        {
            context.CheckCancelled();
            source.Read(i, column);
            consume(i, column);
        }
    }

    private static int ThreadsFor(QueryContext context, VectorSource source, int steps)
    {
        var points = source.Series.Length * (PointsASeries + (long)steps);
        return source is ColumnVector || source.Series.Length < 2 || points < PointsToShare ? 1 : context.Options.ThreadsMax;
    }

    private void Run(int threads)
    {
        try
        {
            QueryThreads.Share(Math.Min(threads, _runs), Work);
            _failure?.Throw();
        }
        finally
        {
            Free();
        }
    }

    private void Work()
    {
        while (true)
        {
            var run = Interlocked.Increment(ref _taken) - 1;
            if (run >= _runs || !WaitForRoom(run))
            {
                return;
            }

            try
            {
                HandOver(run, Compute(run));
            }
            catch (Exception e)
            {
                Fail(run, e);
                return;
            }
        }
    }

    /// <summary>Waits until not too much is ahead. The run that is consumed next always has room, so somebody always goes on.</summary>
    private bool WaitForRoom(int run)
    {
        var wait = default(SpinWait);
        while (run - Volatile.Read(ref _consumed) >= _waiting.Length)
        {
            if (Volatile.Read(ref _failure) is not null)
            {
                return false;
            }

            wait.SpinOnce();
        }

        return Volatile.Read(ref _failure) is null;
    }

    private StepColumn[] Compute(int run)
    {
        var columns = Columns();
        var first = run * _runLength;
        try
        {
            for (var i = 0; i < _runLength && first + i < _source.Series.Length; i++)
            {
                _context.CheckCancelled();
                columns[i].Resize(_steps);
                _source.Read(first + i, columns[i]);
            }

            return columns;
        }
        catch
        {
            // They are nobody's otherwise, and what is pooled in them would not go back.
            lock (_turn)
            {
                _idle.Push(columns);
            }

            throw;
        }
    }

    private void HandOver(int run, StepColumn[] columns)
    {
        lock (_turn)
        {
            _waiting[run % _waiting.Length] = columns;
            while (_failure is null && _consumed < _runs && _waiting[_consumed % _waiting.Length] is { } next)
            {
                var first = _consumed * _runLength;
                for (var i = 0; i < _runLength && first + i < _source.Series.Length; i++)
                {
                    _consume(first + i, next[i]);
                }

                _waiting[_consumed % _waiting.Length] = null;
                _idle.Push(next);
                Volatile.Write(ref _consumed, _consumed + 1);
            }
        }
    }

    private StepColumn[] Columns()
    {
        lock (_turn)
        {
            if (_idle.TryPop(out var columns))
            {
                return columns;
            }
        }

        var made = new StepColumn[_runLength];
        for (var i = 0; i < made.Length; i++)
        {
            made[i] = new StepColumn(_steps);
        }

        return made;
    }

    /// <summary>Keeps the failure of the earliest run.</summary>
    private void Fail(int run, Exception failure)
    {
        lock (_turn)
        {
            if (run < _failedRun)
            {
                _failedRun = run;
                Volatile.Write(ref _failure, ExceptionDispatchInfo.Capture(failure));
            }
        }
    }

    private void Free()
    {
        foreach (var columns in _idle.Concat(_waiting.OfType<StepColumn[]>()))
        {
            foreach (var column in columns)
            {
                column.Dispose();
            }
        }
    }
}
