using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Toka.Engines.Tests.Configuration.Http;

/// <summary>A server of one answer a connection: it keeps the heads of requests and answers what it is told.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly SslServerAuthenticationOptions? _tls;
    private readonly Func<string, string> _answer;
    private readonly Task _loop;

    /// <param name="answer">The response for a request's head: status line and headers without those of the end.</param>
    /// <param name="tls">For https.</param>
    public LoopbackServer(Func<string, string> answer, SslServerAuthenticationOptions? tls = null)
    {
        _answer = answer;
        _tls = tls;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _loop = LoopAsync();
    }

    public int Port { get; }

    public Uri Address(string path) => new($"{(_tls is null ? "http" : "https")}://127.0.0.1:{Port}{path}");

    public List<string> Heads { get; } = [];

    public List<X509Certificate?> ClientCertificates { get; } = [];

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
                await ServeAsync(client.GetStream());
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or System.Security.Authentication.AuthenticationException)
            {
                // The client went away or refused the certificate: the next one.
            }
        }
    }

    private async Task ServeAsync(Stream stream)
    {
        if (_tls is not null)
        {
            var ssl = new SslStream(stream);
            await ssl.AuthenticateAsServerAsync(_tls, _stop.Token);
            lock (Heads)
            {
                ClientCertificates.Add(ssl.RemoteCertificate);
            }

            stream = ssl;
        }

        var head = new StringBuilder();
        var buffer = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(buffer, _stop.Token) == 1)
        {
            head.Append((char)buffer[0]);
        }

        lock (Heads)
        {
            Heads.Add(head.ToString());
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {_answer(head.ToString())}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), _stop.Token);
        await stream.FlushAsync(_stop.Token);
    }
}
