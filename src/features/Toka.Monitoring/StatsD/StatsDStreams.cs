using System.Buffers;
using System.Net.Sockets;

namespace Toka.Monitoring.StatsD;

/// <summary>
/// StatsD over TCP: lines of few connections at a time. Who sends a line that does not end, or sends nothing for long, is cut
/// off, and so is who comes when all places are taken. No fault ends more than the connection that it comes from.
/// </summary>
internal sealed class StatsDStreams(StatsDOptions options, StatsDAggregator aggregator, StatsDHealth health, TimeProvider time)
{
    private int _count;

    /// <summary>Open connections.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Accepts connections until it is stopped, and waits for their ends.</summary>
    public async Task AcceptAsync(Socket listener, CancellationToken stop)
    {
#pragma warning disable CA1031 // Whatever it is: the next connection may fare better, and the fault is counted, logged and shown.
        var open = new HashSet<Task>();
        while (!stop.IsCancellationRequested)
        {
            Socket connection;
            try
            {
                connection = await listener.AcceptAsync(stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                // It went before it was accepted, or the process has no handle left: the next may fare better.
                aggregator.Tally.Request("error");
                if (e is not SocketException)
                {
                    health.Fault("a connection could not be accepted", e);
                }

                await Task.Delay(TimeSpan.FromMilliseconds(100), time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                continue;
            }
#pragma warning restore CA1031

            open.RemoveWhere(static task => task.IsCompleted);
            if (Count >= options.ConnectionsMax)
            {
                aggregator.Tally.Request("busy");
                connection.Dispose();
                continue;
            }

            Interlocked.Increment(ref _count);
            open.Add(ServeAsync(connection, stop));
        }

        await Task.WhenAll(open);
    }

    private async Task ServeAsync(Socket connection, CancellationToken stop)
    {
        // One byte more than a line, so that one that does not end is seen.
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Max(16 * 1024, options.Limits.LineBytesMax + 1));
        try
        {
            await ReadAsync(connection, buffer, stop);
        }
#pragma warning disable CA1031 // As above: only this connection ends.
        catch (Exception e)
        {
            aggregator.Tally.Request("error");
            health.Fault("what came over a connection could not be taken", e);
        }
#pragma warning restore CA1031
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            connection.Dispose();
            Interlocked.Decrement(ref _count);
        }
    }

    private async Task ReadAsync(Socket connection, byte[] buffer, CancellationToken stop)
    {
        var length = 0;
        var begun = time.GetTimestamp();
        while (true)
        {
            // A line has its time as a whole: who sends it byte by byte gains none.
            var left = length == 0 ? options.ConnectionIdleMax : options.LineTimeMax - time.GetElapsedTime(begun);
            int read;
            try
            {
                read = left > TimeSpan.Zero ? await ReceiveAsync(connection, buffer.AsMemory(length), left, stop) : -1;
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // The sender has gone without a word, or toka stops: a line that has begun may be cut in the middle of a number.
                if (length > 0)
                {
                    aggregator.Refuse("cut");
                }

                return;
            }

            if (read < 0)
            {
                aggregator.Tally.Request("too_slow");
                if (length > 0)
                {
                    aggregator.Refuse("too_slow");
                }

                return;
            }

            if (read == 0)
            {
                // The last line may have no line feed.
                if (length > 0)
                {
                    aggregator.Add(buffer.AsSpan(0, length));
                }

                return;
            }

            var isBeginning = length == 0;
            length += read;
            var end = buffer.AsSpan(0, length).LastIndexOf((byte)'\n') + 1;
            if (end > 0)
            {
                aggregator.Add(buffer.AsSpan(0, end));
                buffer.AsSpan(end, length - end).CopyTo(buffer);
                length -= end;
            }

            if (length > options.Limits.LineBytesMax)
            {
                aggregator.Tally.Request("too_large");
                aggregator.Refuse("limit");
                return;
            }

            begun = isBeginning || end > 0 ? time.GetTimestamp() : begun;
        }
    }

    /// <summary>Receives what there is; −1 where nothing came in time.</summary>
    private async ValueTask<int> ReceiveAsync(Socket connection, Memory<byte> into, TimeSpan patience, CancellationToken stop)
    {
        using var late = new CancellationTokenSource(patience, time);
        using var lateOrStopped = CancellationTokenSource.CreateLinkedTokenSource(late.Token, stop);
        try
        {
            return await connection.ReceiveAsync(into, SocketFlags.None, lateOrStopped.Token);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            return -1;
        }
    }
}
