using System.Text.Json;
using Toka.Load.Wire;

namespace Toka.Load.Peers;

/// <summary>Debian's prometheus, fed by remote write.</summary>
internal sealed class PrometheusPeer() : Peer("prometheus", "prometheus")
{
    protected override IEnumerable<string> Arguments
    {
        get
        {
            var configuration = Path.Combine(Data, "prometheus.yml");
            File.WriteAllText(configuration, "{}\n");
            return
            [
                $"--config.file={configuration}", $"--storage.tsdb.path={Path.Combine(Data, "tsdb")}", $"--web.listen-address=127.0.0.1:{Port}",
                "--web.enable-remote-write-receiver", "--web.enable-admin-api", "--storage.tsdb.retention.time=10y",
            ];
        }
    }

    public override Task WriteAsync(IReadOnlyList<SeriesSamples> series) => RemoteWrite.SendAsync(Http, "api/v1/write", series);

    /// <summary>Writes everything, the head too, as blocks.</summary>
    /// <returns>The bytes of those blocks.</returns>
    public async Task<long> SnapshotBytesAsync()
    {
        using var response = await Http.PostAsync(new Uri("api/v1/admin/tsdb/snapshot?skip_head=false", UriKind.Relative), null);
        response.EnsureSuccessStatusCode();
        using var answer = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync());
        var snapshot = Path.Combine(Data, "tsdb", "snapshots", answer.RootElement.GetProperty("data").GetProperty("name").GetString()!);
        return BytesBelow(snapshot);
    }
}
