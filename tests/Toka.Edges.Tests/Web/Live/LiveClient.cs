using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Toka.Edges.Tests.Web.Live;

/// <summary>A page's side of the live connection, written from docs/formats/live.md alone.</summary>
internal sealed class LiveClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly byte[] _buffer = new byte[32 * 1024 * 1024];

    public ClientWebSocket Socket { get; } = new();

    public static async Task<LiveClient> ConnectAsync(WebHost host)
    {
        var client = new LiveClient();
        await client.Socket.ConnectAsync(new Uri($"ws://127.0.0.1:{host.Address.Port}/api/toka/v1/live"), CancellationToken.None);
        return client;
    }

    public Task SendAsync(string text) =>
        Socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, CancellationToken.None);

    public Task SubscribeAsync(uint id, string expression, long stepMs = 1000, long rangeMs = 10_000) =>
        SendAsync($$"""{"op":"subscribe","id":{{id}},"expr":"{{expression}}","stepMs":{{stepMs}},"rangeMs":{{rangeMs}}}""");

    /// <summary>The next frame which is not a status.</summary>
    public async Task<Frame> ReadAsync()
    {
        while (true)
        {
            var frame = await ReadAnyAsync();
            if (frame.Kind != 4)
            {
                return frame;
            }
        }
    }

    /// <summary>The next frame; kind 0 is the end of the connection.</summary>
    public async Task<Frame> ReadAnyAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        var length = 0;
        WebSocketReceiveResult part;
        do
        {
            part = await Socket.ReceiveAsync(new ArraySegment<byte>(_buffer, length, _buffer.Length - length), patience.Token);
            length += part.Count;
        }
        while (!part.EndOfMessage);

        if (part.MessageType == WebSocketMessageType.Close)
        {
            return new Frame(0, 0, []);
        }

        Assert.Equal(WebSocketMessageType.Binary, part.MessageType);
        Assert.Equal(1, _buffer[0]);
        Assert.Equal(0, BinaryPrimitives.ReadUInt16LittleEndian(_buffer.AsSpan(2)));
        return new Frame(_buffer[1], BinaryPrimitives.ReadUInt32LittleEndian(_buffer.AsSpan(4)), _buffer.AsSpan(8, length - 8).ToArray());
    }

    public void Dispose() => Socket.Dispose();
}

internal sealed record Frame(byte Kind, uint Id, byte[] Payload)
{
    public JsonElement Json => JsonDocument.Parse(Payload).RootElement;

    public Dictionary<uint, string> Series()
    {
        Assert.Equal(1, Kind);
        var series = new Dictionary<uint, string>();
        var rest = Payload.AsSpan(4);
        for (var count = BinaryPrimitives.ReadUInt32LittleEndian(Payload); count > 0; count--)
        {
            var length = (int)BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
            series.Add(BinaryPrimitives.ReadUInt32LittleEndian(rest), Encoding.UTF8.GetString(rest.Slice(8, length)));
            rest = rest[(8 + length)..];
        }

        Assert.True(rest.IsEmpty);
        return series;
    }

    public DataFrame Data()
    {
        Assert.Equal(2, Kind);
        var points = (int)BinaryPrimitives.ReadUInt32LittleEndian(Payload.AsSpan(12));
        var columns = new Dictionary<uint, double[]>();
        var rest = Payload.AsSpan(20);
        for (var count = BinaryPrimitives.ReadUInt32LittleEndian(Payload.AsSpan(16)); count > 0; count--)
        {
            var column = new double[points];
            for (var i = 0; i < points; i++)
            {
                column[i] = BinaryPrimitives.ReadDoubleLittleEndian(rest[(4 + (8 * i))..]);
            }

            columns.Add(BinaryPrimitives.ReadUInt32LittleEndian(rest), column);
            rest = rest[(4 + (8 * points))..];
        }

        Assert.True(rest.IsEmpty);
        return new DataFrame(
            BinaryPrimitives.ReadInt64LittleEndian(Payload), BinaryPrimitives.ReadUInt32LittleEndian(Payload.AsSpan(8)), points, columns);
    }
}

internal sealed record DataFrame(long StartMs, uint StepMs, int Points, Dictionary<uint, double[]> Columns)
{
    public long EndMs => StartMs + ((Points - 1) * StepMs);
}
