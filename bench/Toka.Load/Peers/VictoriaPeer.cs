using Toka.Load.Wire;

namespace Toka.Load.Peers;

/// <summary>Debian's victoria-metrics, fed by remote write.</summary>
internal sealed class VictoriaPeer() : Peer("victoria-metrics", "victoria-metrics")
{
    protected override IEnumerable<string> Arguments =>
        [$"-storageDataPath={Path.Combine(Data, "vm")}", $"-httpListenAddr=127.0.0.1:{Port}", "-retentionPeriod=100y"];

    /// <summary>Bytes of samples and index; what it keeps of its caches for the next start is left out.</summary>
    public override long DiskBytes() => BytesBelow(Path.Combine(Data, "vm", "data")) + BytesBelow(Path.Combine(Data, "vm", "indexdb"));

    /// <summary>The package's: Debian builds it without a version of its own.</summary>
    protected override (string Program, string[] Arguments) VersionCommand => ("dpkg-query", ["-W", "-f", "victoria-metrics ${Version}", "victoria-metrics"]);

    public override Task WriteAsync(IReadOnlyList<SeriesSamples> series) => RemoteWrite.SendAsync(Http, "api/v1/write", series);

    /// <summary>Puts everything on the disk and merges it.</summary>
    public async Task CompactAsync()
    {
        (await Http.GetAsync(new Uri("internal/force_flush", UriKind.Relative))).EnsureSuccessStatusCode();
        (await Http.GetAsync(new Uri("internal/force_merge", UriKind.Relative))).EnsureSuccessStatusCode();

        // The merge runs in the background; it is over when the size stands still.
        for (long before = -1, now = DiskBytes(); now != before;)
        {
            await Task.Delay(TimeSpan.FromSeconds(3));
            (before, now) = (now, DiskBytes());
        }
    }
}
