using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Toka.Tests.Shared;

/// <summary>Sends samples of a gauge as a Prometheus would: remote write 1.0, in a Snappy block that is written by hand.</summary>
internal sealed class RemoteWriteGauge(TokaProcess toka, string name) : IGauge
{
    /// <summary>Bytes of a literal of a Snappy block whose length takes two bytes.</summary>
    private const int LiteralMax = 65_536;

    private readonly HttpClient _client = new() { BaseAddress = new Uri(toka.Url), Timeout = TimeSpan.FromSeconds(60) };

    /// <inheritdoc/>
    public async Task<(HttpStatusCode Status, bool SaysWhen, string Body)> SendAsync(IEnumerable<GaugeSample> samples, CancellationToken stop = default)
    {
        using var content = new ByteArrayContent(Snappy(Request(samples)));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
        content.Headers.ContentEncoding.Add("snappy");
        content.Headers.Add("X-Prometheus-Remote-Write-Version", "0.1.0");
        using var response = await _client.PostAsync("/api/v1/write", content, stop);
        return (response.StatusCode, response.Headers.RetryAfter is not null, await response.Content.ReadAsStringAsync(stop));
    }

    /// <inheritdoc/>
    public bool IsWhole(HttpStatusCode status, string body) => status == HttpStatusCode.NoContent;

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private byte[] Request(IEnumerable<GaugeSample> samples)
    {
        var request = new List<byte>();
        foreach (var group in samples.GroupBy(static sample => sample.Series))
        {
            var series = new List<byte>();
            Append(series, 1, Label("__name__", name));
            Append(series, 1, Label("series", group.Key.ToString(CultureInfo.InvariantCulture)));
            foreach (var (_, at, value) in group)
            {
                var sample = new byte[9];
                sample[0] = (1 << 3) | 1;
                BinaryPrimitives.WriteDoubleLittleEndian(sample.AsSpan(1), value);
                Append(series, 2, [.. sample, 2 << 3, .. Varint((ulong)at)]);
            }

            Append(request, 1, series);
        }

        return [.. request];
    }

    private static List<byte> Label(string label, string value)
    {
        var bytes = new List<byte>();
        Append(bytes, 1, Encoding.UTF8.GetBytes(label));
        Append(bytes, 2, Encoding.UTF8.GetBytes(value));
        return bytes;
    }

    private static void Append(List<byte> bytes, int field, ICollection<byte> message)
    {
        bytes.Add((byte)((field << 3) | 2));
        bytes.AddRange(Varint((ulong)message.Count));
        bytes.AddRange(message);
    }

    private static IEnumerable<byte> Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            yield return (byte)(value | 0x80);
        }

        yield return (byte)value;
    }

    /// <summary>A block of literals only.</summary>
    private static byte[] Snappy(byte[] bytes)
    {
        var block = new List<byte>(Varint((ulong)bytes.Length));
        foreach (var literal in bytes.Chunk(LiteralMax))
        {
            block.AddRange([61 << 2, (byte)(literal.Length - 1), (byte)((literal.Length - 1) >> 8)]);
            block.AddRange(literal);
        }

        return [.. block];
    }
}
