using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Toka.Features.Tests.Monitoring.Discovery;

/// <summary>A DNS server of one socket: it answers each question with the records that the test gives. Source: RFC 1035, 4.1.</summary>
internal sealed class DnsServer : IAsyncDisposable
{
    private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<string, ushort, (int Code, IReadOnlyList<(ushort Type, byte[] Data)> Records)> _answer;
    private readonly Task _loop;

    public DnsServer(Func<string, ushort, (int Code, IReadOnlyList<(ushort Type, byte[] Data)> Records)> answer)
    {
        _answer = answer;
        _loop = LoopAsync();
    }

    public IPEndPoint EndPoint => (IPEndPoint)_socket.Client.LocalEndPoint!;

    public static byte[] Name(string name) =>
        [.. name.Split('.', StringSplitOptions.RemoveEmptyEntries).SelectMany(static part => (byte[])[(byte)part.Length, .. Encoding.ASCII.GetBytes(part)]), 0];

    public static byte[] Number(int number) => [(byte)(number >> 8), (byte)number];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _socket.Dispose();
        _stop.Dispose();
    }

    private async Task LoopAsync()
    {
        try
        {
            while (true)
            {
                var question = await _socket.ReceiveAsync(_stop.Token);
                await _socket.SendAsync(Answer(question.Buffer), question.RemoteEndPoint, _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The test ended.
        }
    }

    private byte[] Answer(byte[] question)
    {
        var at = 12;
        var name = "";
        while (question[at] != 0)
        {
            name += Encoding.ASCII.GetString(question, at + 1, question[at]) + ".";
            at += question[at] + 1;
        }

        var type = BinaryPrimitives.ReadUInt16BigEndian(question.AsSpan(at + 1));
        var (code, records) = _answer(name, type);
        List<byte> answer = [question[0], question[1], 0x81, (byte)(0x80 | code), 0, 1, .. Number(records.Count), 0, 0, 0, 0, .. question[12..(at + 5)]];
        foreach (var (recordType, data) in records)
        {
            answer.AddRange([0xc0, 0x0c, .. Number(recordType), 0, 1, 0, 0, 0, 5, .. Number(data.Length), .. data]);
        }

        return [.. answer];
    }
}
