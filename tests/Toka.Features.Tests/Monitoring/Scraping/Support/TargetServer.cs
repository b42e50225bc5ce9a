using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Toka.Features.Tests.Monitoring.Scraping.Support;

/// <summary>A target on a free port of the loopback address that answers as a test wants, byte by byte if need be.</summary>
internal sealed class TargetServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private readonly ConcurrentBag<Task> _serving = [];
    private int _connections;
    private int _isDisposed;

    public TargetServer(Func<Stream, CancellationToken, Task>? answer = null)
    {
        Answer = answer ?? (static (stream, stop) => Task.CompletedTask);
        _listener.Start(1024);
        _accepting = Task.Run(AcceptAsync);
    }

    public static TargetServer Of(string body) => new() { Body = body };

    /// <summary>HOST:PORT.</summary>
    public string Address => _listener.LocalEndpoint.ToString()!;

    /// <summary>What is answered where <see cref="Body"/> is null; the connection is closed afterwards.</summary>
    public Func<Stream, CancellationToken, Task> Answer { get; set; }

    /// <summary>A body of text that is answered; the connection stays open.</summary>
    public string? Body { get; set; }

    /// <summary>The type of <see cref="Body"/>.</summary>
    public string ContentType { get; set; } = "text/plain; version=0.0.4";

    /// <summary>Heads of the requests.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    public int Connections => _connections;

    /// <summary>Set when a request has come.</summary>
    public SemaphoreSlim Asked { get; } = new(0);

    public static string Head(string headers, string type = "text/plain; version=0.0.4") => $"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\n{headers}\r\n";

    public static Task WriteAsync(Stream stream, string text) => stream.WriteAsync(Encoding.UTF8.GetBytes(text)).AsTask();

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_serving);
        _stop.Dispose();
        Asked.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Interlocked.Increment(ref _connections);
                _serving.Add(Task.Run(() => ServeAsync(client)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var _ = client;
        try
        {
            var stream = client.GetStream();
            while (await ReadHeadAsync(stream) is { } head)
            {
                Requests.Enqueue(head);
                Asked.Release();
                if (Body is not { } body)
                {
                    await Answer(stream, _stop.Token);
                    return;
                }

                await WriteAsync(stream, Head(FormattableString.Invariant($"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n"), ContentType) + body);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The other side hung up, or the test is over.
        }
    }

    private async Task<string?> ReadHeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var bytes = new byte[4096];
        while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            var read = await stream.ReadAsync(bytes, _stop.Token);
            if (read == 0)
            {
                return null;
            }

            head.Append(Encoding.ASCII.GetString(bytes, 0, read));
        }

        return head.ToString();
    }
}
