using Microsoft.Extensions.Logging;
using Toka.Core.Alerts;
using Toka.Core.Health;
using Toka.Web.Http;

namespace Toka.Web.Api;

/// <summary>
/// Makes the overview when somebody asks, at most once a second, and shares it among all who do. Thread-safe.
/// </summary>
internal sealed class OverviewSource(TokaWebServices services) : IDisposable
{
    /// <summary>How long one overview is given out: the page shows seconds.</summary>
    internal const long FreshMs = 900;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly HostReader _host = new(services);
    private readonly SelfReader _self = new(services);
    private volatile Made? _made;
    private string? _queryFault;
    private long _queryFaultSinceMs;

    /// <summary>The overview as UTF-8 JSON.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> JsonAsync(CancellationToken cancellationToken)
    {
        if (_made is { } made && IsFresh(made))
        {
            return made.Json;
        }

        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_made is { } meanwhile && IsFresh(meanwhile))
            {
                return meanwhile.Json;
            }

            var overview = await BuildAsync(cancellationToken);
            using var buffer = new PooledBuffer();
            await using (var json = JsonResponse.WriterTo(buffer))
            {
                ApiJson.WriteOverview(json, overview, services);
            }

            var fresh = new Made(overview.NowMs, buffer.Written.ToArray());
            _made = fresh;
            return fresh.Json;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private bool IsFresh(Made made)
    {
        var age = NowMs() - made.AtMs;
        return age is >= 0 and < FreshMs;
    }

    private long NowMs() => services.Time.GetUtcNow().ToUnixTimeMilliseconds();

    private async ValueTask<Overview> BuildAsync(CancellationToken cancellationToken)
    {
        var nowMs = NowMs();
        var parts = new List<HealthPart>();
        foreach (var source in services.Health)
        {
            parts.AddRange(source.Parts);
        }

        if (services.NotReady() is { } reason)
        {
            parts.Add(new HealthPart("start", HealthState.Degraded, reason, services.StartedAtMs));
        }

        var host = await ReadHostAsync(nowMs, cancellationToken);
        if (_queryFault is { } fault)
        {
            parts.Add(new HealthPart("query", HealthState.Degraded, fault, _queryFaultSinceMs));
        }

        IReadOnlyList<Alert> alerts = services.Alerts?.Current ?? [];
        if (AlertHealth.Of(alerts) is { } judged)
        {
            parts.Add(judged);
        }

        return new Overview(
            nowMs, HealthStates.Worst(parts), HealthSentence.Of(parts, alerts, host), parts, host, alerts, _self.Read());
    }

    /// <summary>A failing query costs the figures it gives, not the overview.</summary>
    private async ValueTask<HostFacts> ReadHostAsync(long nowMs, CancellationToken cancellationToken)
    {
        try
        {
            var host = await _host.ReadAsync(nowMs, cancellationToken);
            _queryFault = null;
            return host;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            if (_queryFault is null)
            {
                _queryFaultSinceMs = nowMs;
                services.Log.LogWarning(e, "The overview's queries fail");
            }

            _queryFault = $"The overview's queries fail: {e.Message}";
            return new HostFacts(
                System.Environment.MachineName, System.Environment.OSVersion.VersionString, System.Environment.OSVersion.Platform.ToString(),
                System.Environment.ProcessorCount, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, nowMs - System.Environment.TickCount64,
                double.NaN, double.NaN);
        }
    }

    private sealed record Made(long AtMs, ReadOnlyMemory<byte> Json);
}
