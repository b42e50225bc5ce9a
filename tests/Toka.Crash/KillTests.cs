using Toka.Tests.Shared;

namespace Toka.Crash;

/// <summary><c>kill -9</c> at random moments, under load: what was acknowledged is there afterwards, and nothing else is.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int Senders = 4;

    private static readonly Dictionary<string, Func<TokaProcess, string, IGauge>> Gauges = new()
    {
        ["otlp"] = static (toka, name) => new OtlpGauge(toka, name),
        ["remote write"] = static (toka, name) => new RemoteWriteGauge(toka, name),
        ["text push"] = LineGauge.OfExposition,
        ["influx"] = LineGauge.OfInflux,
    };

    private static readonly int Rounds = TokaProcess.Long ? 50 : 5;

    [Theory]
    [InlineData("otlp")]
    [InlineData("remote write")]
    [InlineData("text push")]
    [InlineData("influx")]
    public async Task Kill_at_a_random_moment_under_load_loses_no_acknowledged_sample(string protocol)
    {
        using var data = new TemporaryDirectory();
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var load = new Load([.. Enumerable.Repeat(DateTimeOffset.UtcNow.AddMinutes(-30).ToUnixTimeMilliseconds(), Senders)], 1, "1h", Gauges[protocol]);
        for (var round = 0; round < Rounds; round++)
        {
            await using var toka = await TokaProcess.StartAsync(data.Path);
            await load.VerifyAsync(toka);

            using var stop = new CancellationTokenSource();
            var acknowledgedBefore = load.AcknowledgedCount;
            var target = acknowledgedBefore + random.Next(20, 400);
            var senders = load.SendAsync(toka, stop.Token);
            await toka.WaitForAsync("acknowledged samples", () => Task.FromResult(load.AcknowledgedCount >= target));
            await toka.KillAsync();
            await stop.CancelAsync();
            await senders;
            output.WriteLine($"round {round}: {load.AcknowledgedCount - acknowledgedBefore} samples acknowledged before the kill");
        }

        await using var last = await TokaProcess.StartAsync(data.Path);
        await load.VerifyAsync(last);
        Assert.True(load.AcknowledgedCount > Rounds * 20);
    }
}
