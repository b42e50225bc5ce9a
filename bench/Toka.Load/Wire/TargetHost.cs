using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Toka.Load.Wire;

/// <summary>
/// Targets to be scraped, each at an address of its own of the loopback network. All send the same exposition; from one scrape to
/// the next its values move, so that nothing is spared by their standing still. Thread-safe.
/// </summary>
internal sealed class TargetHost : IDisposable
{
    /// <summary>Bodies with other values, in turn.</summary>
    private const int Bodies = 8;

    /// <summary>The most targets: 127.0.1.1 to 127.0.1.250.</summary>
    private const int TargetsMax = 250;

    private readonly CancellationTokenSource _stop = new();
    private readonly List<TcpListener> _listeners = [];
    private readonly byte[][] _answers;
    private long _served;

    /// <summary>Makes the targets and answers from then on.</summary>
    /// <param name="exposition">Text in the format 0.0.4.</param>
    /// <param name="targets">How many; at most 250.</param>
    public TargetHost(string exposition, int targets)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(targets, TargetsMax);
        var lines = exposition.Split('\n');
        Samples = lines.Count(IsSample);
        _answers = [.. Enumerable.Range(0, Bodies).Select(round => Answer(string.Join('\n', lines.Select((line, i) => Moved(line, i, round)))))];
        var port = 0;
        for (var i = 0; i < targets; i++)
        {
            var listener = new TcpListener(IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"127.0.1.{i + 1}")), port);
            listener.Start();
            port = ((IPEndPoint)listener.LocalEndpoint).Port;
            _listeners.Add(listener);
            _ = AcceptAsync(listener);
        }
    }

    /// <summary>Samples of one body.</summary>
    public int Samples { get; }

    /// <summary>Bodies that were sent whole.</summary>
    public long Served => Interlocked.Read(ref _served);

    /// <summary>The targets' addresses with their port.</summary>
    public IEnumerable<string> Addresses => _listeners.Select(static listener => listener.LocalEndpoint.ToString()!);

    public void Dispose()
    {
        _stop.Cancel();
        _listeners.ForEach(static listener => listener.Dispose());
        _stop.Dispose();
    }

    private static bool IsSample(string line) => line.Length > 0 && line[0] != '#';

    private static string Moved(string line, int at, int round)
    {
        var space = line.LastIndexOf(' ');
        return IsSample(line) && space > 0 && double.TryParse(line.AsSpan(space + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? string.Create(CultureInfo.InvariantCulture, $"{line.AsSpan(0, space)} {value + (at % 3 == 0 ? 0 : round)}")
            : line;
    }

    private static byte[] Answer(string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var head = string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: {bytes.Length}\r\n\r\n");
        return [.. Encoding.ASCII.GetBytes(head), .. bytes];
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await listener.AcceptTcpClientAsync(_stop.Token));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var connection = client;
        connection.NoDelay = true;
        var stream = connection.GetStream();
        var request = new byte[16 * 1024];
        var length = 0;
        try
        {
            while (await stream.ReadAsync(request.AsMemory(length), _stop.Token) is > 0 and var read)
            {
                length += read;
                if (request.AsSpan(0, length).IndexOf("\r\n\r\n"u8) < 0)
                {
                    continue;
                }

                length = 0;
                await stream.WriteAsync(_answers[Served % Bodies], _stop.Token);
                Interlocked.Increment(ref _served);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The scraper has gone.
        }
    }
}
