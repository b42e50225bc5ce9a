using System.Globalization;
using Toka.Web.Prometheus;

namespace Toka.Server.Hosting;

/// <summary>What the server says about itself to clients of Prometheus's API. Thread-safe.</summary>
internal sealed class ServerFacts(ServerParts parts, Listeners listeners, ConfigurationFile file) : IServerFacts
{
    private volatile Reload _reload = new(true, parts.Time.GetUtcNow().ToUnixTimeMilliseconds());

    /// <inheritdoc/>
    public string ConfigurationFile => file.Path;

    /// <inheritdoc/>
    /// <remarks>Options that Prometheus has too are under the names of its flags, where clients look for them.</remarks>
    public IReadOnlyDictionary<string, string> Flags => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["config.file"] = file.Path,
        ["otlp.grpc-listen-address"] = listeners.OtlpGrpc.ToString(),
        ["otlp.http-listen-address"] = listeners.OtlpHttp.ToString(),
        ["query.lookback-delta"] = Text(parts.Language.LookbackDelta),
        ["query.max-samples"] = parts.Language.SamplesMax.ToString(CultureInfo.InvariantCulture),
        ["query.timeout"] = Text(parts.Language.Timeout),
        ["storage.tsdb.path"] = parts.DataPath,
        ["storage.tsdb.retention.time"] = Text(parts.Options.Storage.Retention),
        ["web.listen-address"] = listeners.Http.ToString(),
    };

    /// <inheritdoc/>
    public RuntimeFacts Runtime
    {
        get
        {
            var reload = _reload;
            return new RuntimeFacts(Environment.CurrentDirectory, reload.Succeeded, reload.LastGoodMs, parts.Memory.Bytes, Text(parts.Options.Storage.Retention));
        }
    }

    /// <inheritdoc/>
    public StoreFacts Store => new(parts.Store.DamagedBlocks.Count + parts.Store.SetAsideBlocks.Count, parts.Store.ReplayedPercent);

    /// <summary>Takes note of how a reading of the configuration went.</summary>
    public void NoteReload(bool succeeded) =>
        _reload = succeeded ? new Reload(true, parts.Time.GetUtcNow().ToUnixTimeMilliseconds()) : _reload with { Succeeded = false };

    /// <summary>A duration as Prometheus writes it, in its largest whole units.</summary>
    private static string Text(TimeSpan duration)
    {
        if (duration.Ticks % TimeSpan.TicksPerSecond != 0)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{(long)duration.TotalMilliseconds}ms");
        }

        var seconds = (long)duration.TotalSeconds;
        return seconds switch
        {
            _ when seconds > 0 && seconds % 86_400 == 0 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 86_400}d"),
            _ when seconds > 0 && seconds % 3600 == 0 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600}h"),
            _ when seconds > 0 && seconds % 60 == 0 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60}m"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{seconds}s"),
        };
    }

    private sealed record Reload(bool Succeeded, long LastGoodMs);
}
