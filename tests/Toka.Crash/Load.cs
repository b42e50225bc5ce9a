using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Toka.Tests.Shared;

namespace Toka.Crash;

/// <summary>Senders of points with ascending times, and what the server acknowledged of them.</summary>
/// <param name="startsMs">The first time of each sender.</param>
/// <param name="stepMs">From one point of a sender to its next.</param>
/// <param name="range">What holds all of it, as PromQL writes it.</param>
/// <param name="gauge">The protocol; OTLP where none is given.</param>
internal sealed class Load(long[] startsMs, long stepMs, string range, Func<TokaProcess, string, IGauge>? gauge = null)
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

    private async Task SendAsync(TokaProcess toka, int sender, CancellationToken stop)
    {
        using var one = gauge?.Invoke(toka, Name) ?? new OtlpGauge(toka, Name);
        while (!stop.IsCancellationRequested)
        {
            var points = Enumerable.Range(0, 1 + (sender * 5)).Select(_ => new GaugeSample(sender, (_nextMs[sender] += stepMs) - stepMs, Random.Shared.Next())).ToArray();
            foreach (var point in points)
            {
                _sent[(sender, point.At)] = point.Value;
            }

            try
            {
                var (status, _, body) = await one.SendAsync(points, stop);
                if ((int)status is 429 or >= 500)
                {
                    continue;
                }

                Assert.True(one.IsWhole(status, body), $"{(int)status} {body}"); // Nothing of it was refused.
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
