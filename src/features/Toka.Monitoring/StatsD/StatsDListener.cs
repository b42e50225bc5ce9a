using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Toka.Core.Errors;
using Toka.Core.Health;
using Toka.Core.Series;
using Toka.Core.Telemetry;

namespace Toka.Monitoring.StatsD;

/// <summary>
/// Receives StatsD over UDP and TCP on one port, and has it written at its interval. What waits is in the kernel's buffers,
/// which are bounded; what the kernel dropped for want of room is counted where it can be read.
/// </summary>
public sealed class StatsDListener : IHealthSource, IAsyncDisposable
{
    /// <summary>Bytes of the kernel's buffer for datagrams that are asked for: 4 MiB, some thousand; net.core.rmem_max may cut it.</summary>
    public const int ReceiveBufferBytes = 4 * 1024 * 1024;

    /// <summary>The largest datagram that there is.</summary>
    private const int DatagramBytesMax = 64 * 1024;

    /// <summary>How long the last write may take when the process stops.</summary>
    private static readonly TimeSpan s_lastWriteMax = TimeSpan.FromSeconds(5);

    private readonly StatsDOptions _options;
    private readonly StatsDAggregator _aggregator;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Socket _udp;
    private readonly Socket _tcp;
    private readonly StatsDStreams _streams;
    private readonly StatsDHealth _health;
    private readonly CancellationTokenSource _stop = new();
    private readonly string _procFile;
    private long _socketDrops;
    private Task _running = Task.CompletedTask;

    /// <summary>Takes the port. Nothing is received before <see cref="Start"/>.</summary>
    /// <param name="options">Interval and limits.</param>
    /// <param name="endPoint">Where to listen; port 0 for any that is free.</param>
    /// <param name="writer">Where samples go.</param>
    /// <param name="metrics">Toka's own metrics.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Where faults are told.</param>
    /// <exception cref="BadInputException">The port cannot be had.</exception>
    public StatsDListener(StatsDOptions options, IPEndPoint endPoint, ISeriesWriter writer, SelfMetrics metrics, TimeProvider time, ILogger log)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(endPoint);
        ArgumentNullException.ThrowIfNull(metrics);
        (_options, _time, _log) = (options, time, log);
        _aggregator = new StatsDAggregator(options, writer, metrics, time);
        _health = new StatsDHealth(time, log);
        _udp = new Socket(endPoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = ReceiveBufferBytes };
        _tcp = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _udp.Bind(endPoint);
            EndPoint = (IPEndPoint)_udp.LocalEndPoint!;
            _tcp.Bind(EndPoint);
            _tcp.Listen(options.ConnectionsMax);
        }
        catch (SocketException e)
        {
            _udp.Dispose();
            _tcp.Dispose();
            throw new BadInputException($"cannot receive StatsD on {endPoint}: {e.Message.TrimEnd('.')}; stop what listens there or choose another port with --statsd");
        }

        _streams = new StatsDStreams(options, _aggregator, _health, time);
        _procFile = endPoint.AddressFamily == AddressFamily.InterNetworkV6 ? "/proc/net/udp6" : "/proc/net/udp";
        metrics.ObservedCounter("toka_statsd_socket_drops_total", "StatsD datagrams that the kernel dropped as the socket's buffer was full; read at each write, where /proc has it.", () => Interlocked.Read(ref _socketDrops));
        metrics.Gauge("toka_statsd_connections", "Connections over which StatsD comes by TCP.", () => _streams.Count);
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; }

    /// <inheritdoc/>
    /// <remarks>The part <c>statsd</c>: degraded while values cannot be stored, and for five minutes after a fault of Toka's own.</remarks>
    public IEnumerable<HealthPart> Parts => [_health.Part];

    /// <summary>Begins to receive and to write.</summary>
    public void Start() => _running = Task.WhenAll(
        Task.Run(() => ReceiveAsync(_stop.Token)),
        Task.Run(() => _streams.AcceptAsync(_tcp, _stop.Token)),
        Task.Run(() => WriteAsync(_stop.Token)));

    /// <summary>Stops receiving, and writes what came since the last write.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _udp.Dispose();
        _tcp.Dispose();
        using var deadline = new CancellationTokenSource(s_lastWriteMax, _time);
        try
        {
            if (await _aggregator.WriteAsync(deadline.Token) is { } failure)
            {
                _log.LogError(failure is IOException ? null : failure, "StatsD: the last values could not be written: {Reason}", failure.Message);
            }
        }
        catch (OperationCanceledException)
        {
            _log.LogWarning("StatsD: the last values could not be written in {Seconds} s", s_lastWriteMax.TotalSeconds);
        }

        _aggregator.Dispose();
        _stop.Dispose();
    }

    private async Task ReceiveAsync(CancellationToken stop)
    {
        var buffer = new byte[DatagramBytesMax];
#pragma warning disable CA1031 // Whatever it is: the next datagram is received, and the fault is counted, logged and shown.
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var length = await _udp.ReceiveAsync(buffer, SocketFlags.None, stop);
                _aggregator.Add(buffer.AsSpan(0, length));
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (SocketException e)
            {
                // One datagram's fault, such as a report of the network about an earlier one.
                _aggregator.Tally.Request("error");
                _log.LogDebug(e, "StatsD: a datagram could not be received");
                await Task.Delay(TimeSpan.FromMilliseconds(10), _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception e)
            {
                _aggregator.Tally.Request("error");
                _health.Fault("a datagram could not be taken", e);
                await Task.Delay(TimeSpan.FromMilliseconds(10), _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
#pragma warning restore CA1031
    }

    private async Task WriteAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(_options.Interval, _time);
        while (true)
        {
#pragma warning disable CA1031 // Whatever it is: the next interval is written, and the fault is logged and shown.
            try
            {
                if (!await timer.WaitForNextTickAsync(stop))
                {
                    return;
                }

                _health.Written(await _aggregator.WriteAsync(stop));
                ReadSocketDrops();
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return; // The last write is DisposeAsync's.
            }
            catch (Exception e)
            {
                _health.Fault("an interval could not be written", e);
            }
#pragma warning restore CA1031
        }
    }

    private void ReadSocketDrops()
    {
        try
        {
            if (OperatingSystem.IsLinux() && SocketDrops.Find(File.ReadAllText(_procFile), EndPoint) is { } drops)
            {
                Interlocked.Exchange(ref _socketDrops, drops);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not to be read here: the count stays at what it was.
            _log.LogDebug(e, "StatsD: {File} cannot be read", _procFile);
        }
    }
}
