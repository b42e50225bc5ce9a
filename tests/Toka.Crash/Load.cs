using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Toka.Tests.Shared;

namespace Toka.Crash;

/// <summary>Senders of points with ascending times, and what the server acknowledged of them.</summary>
/// <param name="startsMs">The first time of each sender.</param>
/// <param name="stepMs">From one point of a sender to its next.</param>
/// <param name="range">What holds all of it, as PromQL writes it.</param>
/// <param name="protocol">How they are sent; OTLP where it is null.</param>
internal sealed class Load(long[] startsMs, long stepMs, string range, TextProtocol? protocol = null)
{
    private const string Name = "crash_value";
    private readonly ConcurrentDictionary<(int Sender, long TimestampMs), double> _acknowledged = new();
    private readonly ConcurrentDictionary<(int Sender, long TimestampMs), double> _sent = new();
    private readonly long[] _nextMs = [.. startsMs];

    public int AcknowledgedCount => _acknowledged.Count;

    /// <summary>Sends from all senders until it is stopped or the server is gone.</summary>
    public Task SendAsync(TokaProcess toka, CancellationToken stop) =>
        Task.WhenAll(Enumerable.Range(0, _nextMs.Length).Select(sender => SendAsync(toka, sender, stop)));

    /// <summary>Everything acknowledged is stored once with its value, and everything stored was sent.</summary>
    public async Task VerifyAsync(TokaProcess toka)
    {
        var stored = new Dictionary<(int Sender, long TimestampMs), double>();
        var data = await toka.QueryAsync($"{Name}[{range}]");
        foreach (var series in data.GetProperty("result").EnumerateArray())
        {
            var sender = int.Parse(series.GetProperty("metric").GetProperty("series").GetString()!, CultureInfo.InvariantCulture);
            foreach (var point in series.GetProperty("values").EnumerateArray())
            {
                var at = (long)Math.Round(point[0].GetDouble() * 1000);
                stored.Add((sender, at), double.Parse(point[1].GetString()!, CultureInfo.InvariantCulture));
            }
        }

        var lost = _acknowledged.Where(sample => !stored.TryGetValue(sample.Key, out var value) || value != sample.Value).ToArray();
        Assert.True(lost.Length == 0, $"{lost.Length} of {_acknowledged.Count} acknowledged samples lost, the first: {lost.FirstOrDefault()}");
        var invented = stored.Where(sample => !_sent.TryGetValue(sample.Key, out var value) || value != sample.Value).ToArray();
        Assert.True(invented.Length == 0, $"{invented.Length} samples were never sent, the first: {invented.FirstOrDefault()}");
    }

    /// <summary>Sends points. Whoever takes some of them takes all: nothing of a load is to be refused.</summary>
    private async Task<bool> IsTakenAsync(TokaProcess toka, OtlpGauge gauge, GaugeSample[] points, CancellationToken stop)
    {
        if (protocol is null)
        {
            var (status, _, body) = await gauge.SendAsync(points, stop);
            Assert.True(status != HttpStatusCode.OK || body == "{}", body);
            return status == HttpStatusCode.OK;
        }

        using var content = new StringContent(string.Concat(points.Select(point => protocol.Line(Name, point))));
        using var response = await toka.Http.PostAsync(new Uri(protocol.Path, UriKind.Relative), content, stop);
        Assert.NotEqual(HttpStatusCode.BadRequest, response.StatusCode);
        return response.StatusCode == HttpStatusCode.NoContent;
    }

    private async Task SendAsync(TokaProcess toka, int sender, CancellationToken stop)
    {
        using var gauge = new OtlpGauge(toka, Name);
        while (!stop.IsCancellationRequested)
        {
            var points = Enumerable.Range(0, 1 + (sender * 5)).Select(_ => new GaugeSample(sender, (_nextMs[sender] += stepMs) - stepMs, Random.Shared.Next())).ToArray();
            foreach (var point in points)
            {
                _sent[(sender, point.At)] = point.Value;
            }

            try
            {
                if (!await IsTakenAsync(toka, gauge, points, stop))
                {
                    continue;
                }
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
            {
                return; // The kill came before the acknowledgement.
            }

            foreach (var point in points)
            {
                _acknowledged[(sender, point.At)] = point.Value;
            }
        }
    }
}
