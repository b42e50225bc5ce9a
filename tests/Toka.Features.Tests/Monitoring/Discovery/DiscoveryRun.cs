using System.Net;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Toka.Core.Labels;
using Toka.Core.Telemetry;
using Toka.Monitoring.Discovery;
using Toka.Monitoring.Discovery.Options;

namespace Toka.Features.Tests.Monitoring.Discovery;

/// <summary>A discovery that runs on a clock which the test turns.</summary>
internal sealed class DiscoveryRun : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly Channel<IReadOnlyList<TargetGroup>> _handed = Channel.CreateUnbounded<IReadOnlyList<TargetGroup>>();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _run;

    public DiscoveryRun(DiscoveryOptions options, IReadOnlyList<IPEndPoint>? dnsServers = null)
    {
        Discovery = new DiscoveryTools(Self, Time, NullLogger.Instance, dnsServers).Make(options);
        _run = Task.Run(() => Discovery.RunAsync(groups => _handed.Writer.TryWrite(groups), _stop.Token));
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));

    public SelfMetrics Self { get; } = new();

    public IDiscovery Discovery { get; }

    /// <summary>The groups that are handed over next, as texts.</summary>
    public async Task<string[]> NextAsync()
    {
        var groups = await _handed.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(s_patience);
        return [.. groups.Select(static group => $"{group.Source} {group.Labels} [{string.Join(", ", group.Targets.Select(static target => target.ToString()))}]")];
    }

    /// <summary>Turns the clock until groups are handed over.</summary>
    public async Task<string[]> NextAfterAsync(TimeSpan step)
    {
        await TurnUntilAsync(step, () => _handed.Reader.TryPeek(out _));
        return await NextAsync();
    }

    /// <summary>Turns the clock until something holds.</summary>
    public async Task TurnUntilAsync(TimeSpan step, Func<bool> holds)
    {
        using var deadline = new CancellationTokenSource(s_patience);
        while (!holds())
        {
            deadline.Token.ThrowIfCancellationRequested();
            Time.Advance(step);
            await Task.Yield();
            await Task.Run(static () => { }, deadline.Token);
        }
    }

    public bool HasMore => _handed.Reader.TryPeek(out _);

    public double Value(string name, string kind) =>
        Self.Read().Where(sample => sample.Labels[LabelSet.MetricName] == name && sample.Labels["kind"] == kind).Sum(static sample => sample.Value);

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _run.WaitAsync(s_patience);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }
}
