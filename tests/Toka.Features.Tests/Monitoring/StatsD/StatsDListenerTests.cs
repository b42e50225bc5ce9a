using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Toka.Core.Errors;
using Toka.Core.Health;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Monitoring.StatsD;

namespace Toka.Features.Tests.Monitoring.StatsD;

public sealed class StatsDListenerTests
{
    [Fact]
    public async Task Datagrams_and_lines_of_streams_are_taken_and_a_clean_stop_loses_nothing()
    {
        var (bench, listener) = Start();
        using (var udp = new UdpClient())
        {
            await udp.SendAsync("hits:1|c\nhits:1|c"u8.ToArray(), listener.EndPoint);
            await UntilAsync(() => bench.Metric("toka_ingest_requests_total", ("outcome", "ok")) >= 1);
        }

        using (var tcp = await ConnectAsync(listener))
        {
            await tcp.SendAsync("hi"u8.ToArray());
            await tcp.SendAsync("ts:2|c\nhits:3|c"u8.ToArray()); // The last line has no line feed.
            tcp.Shutdown(SocketShutdown.Send);
            Assert.Equal(0, await tcp.ReceiveAsync(new byte[1]));
        }

        await listener.DisposeAsync();
        Assert.Equal(7, bench.Last);
    }

    [Fact]
    public async Task A_line_that_does_not_end_is_cut_off_and_counted()
    {
        var (bench, listener) = Start();
        await using (listener)
        {
            using var tcp = await ConnectAsync(listener);
            await EndsAsync(tcp, Encoding.UTF8.GetBytes(new string('x', 40_000)));
            Assert.Equal(1, bench.Metric("toka_ingest_requests_total", ("outcome", "too_large")));
        }
    }

    [Fact]
    public async Task A_slow_line_is_cut_off_when_its_time_is_over()
    {
        var (bench, listener) = Start();
        await using (listener)
        {
            using var tcp = await ConnectAsync(listener);
            await tcp.SendAsync("hits:"u8.ToArray());
            var end = tcp.ReceiveAsync(new byte[1]);
            while (!end.IsCompleted)
            {
                bench.Time.Advance(TimeSpan.FromSeconds(1));
                await Task.Yield();
            }

            Assert.Equal(1, bench.Metric("toka_ingest_requests_total", ("outcome", "too_slow")));
        }
    }

    [Fact]
    public async Task Connections_beyond_the_limit_are_closed_and_a_place_is_free_again_afterwards()
    {
        var (bench, listener) = Start(new StatsDOptions { ConnectionsMax = 1 });
        await using (listener)
        {
            using (await ConnectAsync(listener))
            {
                await UntilAsync(() => bench.Metric("toka_statsd_connections") == 1);
                using var second = await ConnectAsync(listener);
                Assert.Equal(0, await ReceiveAsync(second));
                Assert.Equal(1, bench.Metric("toka_ingest_requests_total", ("outcome", "busy")));
            }

            await UntilAsync(() => bench.Metric("toka_statsd_connections") == 0);
        }
    }

    [Fact]
    public async Task A_fault_of_the_store_is_shown_and_writing_goes_on()
    {
        var (bench, listener) = Start();
        await using (listener)
        {
            Assert.Equal(HealthState.Healthy, StateOf(listener));
            bench.Fault = new InvalidOperationException("broken");
            using var udp = new UdpClient();
            await udp.SendAsync("hits:1|c"u8.ToArray(), listener.EndPoint);
            await UntilAsync(() => bench.Passes(10) && bench.Metric("toka_ingest_refused_total", ("reason", "write_failed")) > 0 && StateOf(listener) == HealthState.Degraded);
            Assert.Contains("broken", Assert.Single(listener.Parts).Reason, StringComparison.Ordinal);
            bench.Fault = null;
            await UntilAsync(() => bench.Passes(10) && StateOf(listener) == HealthState.Healthy);
            Assert.True(bench.Metric("toka_ingest_samples_total") > 0);
        }
    }

    [Fact]
    public async Task A_fault_of_a_datagram_is_counted_and_shown_and_the_next_one_is_taken()
    {
        var (bench, listener) = Start();
        await using (listener)
        {
            bench.Time.FailNext();
            using var udp = new UdpClient();
            await udp.SendAsync("hits:1|c"u8.ToArray(), listener.EndPoint);
            await UntilAsync(() => bench.Metric("toka_ingest_requests_total", ("outcome", "error")) == 1);
            await UntilAsync(() => StateOf(listener) == HealthState.Degraded);
            await udp.SendAsync("hits:1|c"u8.ToArray(), listener.EndPoint);
            await UntilAsync(() => bench.Passes(1) && bench.Metric("toka_ingest_requests_total", ("outcome", "ok")) == 1);
            await UntilAsync(() => bench.Passes(300) && StateOf(listener) == HealthState.Healthy);
        }
    }

    [Fact]
    public async Task A_fault_of_a_connection_ends_it_alone()
    {
        var (bench, listener) = Start();
        await using (listener)
        {
            bench.Time.FailNext();
            using (var first = await ConnectAsync(listener))
            {
                await EndsAsync(first, "hits:1|c\n"u8.ToArray());
            }

            Assert.Equal(HealthState.Degraded, StateOf(listener));
            using var second = await ConnectAsync(listener);
            await second.SendAsync("hits:1|c\n"u8.ToArray());
            await UntilAsync(() => bench.Metric("toka_ingest_requests_total", ("outcome", "ok")) == 1);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_line_that_a_reset_or_the_stop_cuts_is_counted(bool isReset)
    {
        var (bench, listener) = Start();
        using (var tcp = await ConnectAsync(listener))
        {
            await tcp.SendAsync("hits:1|c\nhits:2"u8.ToArray());
            await UntilAsync(() => bench.Metric("toka_ingest_requests_total", ("outcome", "ok")) == 1);
            if (isReset)
            {
                tcp.LingerState = new LingerOption(true, 0);
                tcp.Close();
                await UntilAsync(() => bench.Metric("toka_statsd_connections") == 0);
            }

            await listener.DisposeAsync();
        }

        Assert.Equal(1, bench.Metric("toka_ingest_refused_total", ("reason", "cut")));
        Assert.Equal(1, bench.Last);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named()
    {
        var (_, listener) = Start();
        await using (listener)
        {
            var e = Assert.Throws<BadInputException>(() => new StatsDListener(
                new StatsDOptions(), listener.EndPoint, new Bench(), new SelfMetrics(), TimeProvider.System, NullLogger.Instance));
            Assert.Contains("--statsd", e.Message, StringComparison.Ordinal);
        }
    }

    private static (Bench Bench, StatsDListener Listener) Start(StatsDOptions? options = null)
    {
        for (var attempt = 0; ; attempt++)
        {
            var bench = new Bench();
            try
            {
                var listener = new StatsDListener(options ?? new StatsDOptions(), new IPEndPoint(IPAddress.Loopback, 0), bench, bench.Self, bench.Time, NullLogger.Instance);
                listener.Start();
                return (bench, listener);
            }
            catch (BadInputException) when (attempt < 20)
            {
                // The port that was free for datagrams is taken for streams.
            }
        }
    }

    private static HealthState StateOf(StatsDListener listener) => Assert.Single(listener.Parts).State;

    private static async Task<Socket> ConnectAsync(StatsDListener listener)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(listener.EndPoint);
        return socket;
    }

    /// <summary>Sends, and waits until the other side has closed; a reset is an end too.</summary>
    private static async Task EndsAsync(Socket socket, byte[] bytes)
    {
        try
        {
            await socket.SendAsync(bytes);
        }
        catch (SocketException)
        {
            return;
        }

        Assert.Equal(0, await ReceiveAsync(socket));
    }

    private static async Task<int> ReceiveAsync(Socket socket)
    {
        try
        {
            return await socket.ReceiveAsync(new byte[1]);
        }
        catch (SocketException)
        {
            return 0;
        }
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(1));
        while (!holds())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private sealed class Bench : ISeriesWriter
    {
        public FaultyTime Time { get; } = new();

        public Exception? Fault { get; set; }

        public SelfMetrics Self { get; } = new();

        public double Last { get; private set; }

        public double Metric(string name, params (string Name, string Value)[] labels) => Self.Read()
            .Where(m => m.Labels["__name__"] == name && labels.All(l => m.Labels[l.Name] == l.Value)).Sum(m => m.Value);

        /// <summary>Lets seconds pass; true, to stand in a condition.</summary>
        public bool Passes(int seconds)
        {
            Time.Advance(TimeSpan.FromSeconds(seconds));
            return true;
        }

        public ValueTask<WriteResult> WriteAsync(WriteBatch batch, CancellationToken cancellationToken)
        {
            if (Fault is { } fault)
            {
                throw fault;
            }

            Last = batch.Count > 0 ? batch.Rows[^1].Value : Last;
            return ValueTask.FromResult(new WriteResult(batch.Count));
        }
    }

    /// <summary>A clock that can fail once, in the place of any fault of the code that asks it.</summary>
    private sealed class FaultyTime : FakeTimeProvider
    {
        private int _fails;

        public void FailNext() => Interlocked.Exchange(ref _fails, 1);

        public override DateTimeOffset GetUtcNow() =>
            Interlocked.Exchange(ref _fails, 0) == 1 ? throw new InvalidOperationException("the clock is broken") : base.GetUtcNow();
    }
}
