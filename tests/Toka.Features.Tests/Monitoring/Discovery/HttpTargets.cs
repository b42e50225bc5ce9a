using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Toka.Features.Tests.Monitoring.Discovery;

/// <summary>A server of one answer a connection.</summary>
internal sealed class HttpTargets : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    public HttpTargets()
    {
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/targets");
        _loop = LoopAsync();
    }

    public Uri Address { get; }

    public volatile string Head = "";

    public volatile string Answer = "";

    /// <summary>What a good answer looks like.</summary>
    public static string Json(string body, string type = "application/json; charset=utf-8") => $"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task LoopAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                var stream = client.GetStream();
                var head = new StringBuilder();
                var buffer = new byte[1];
                while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(buffer, _stop.Token) == 1)
                {
                    head.Append((char)buffer[0]);
                }

                Head = head.ToString();
                await stream.WriteAsync(Encoding.UTF8.GetBytes(Answer), _stop.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or IOException)
            {
                // The client went away: the next one.
            }
        }
    }
}
