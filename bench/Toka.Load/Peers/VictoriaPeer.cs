using System.Globalization;
using System.Text.Json;
using Toka.Core.Labels;
using Toka.Load.Wire;

namespace Toka.Load.Peers;

/// <summary>Debian's victoria-metrics, fed by remote write, or scraping.</summary>
/// <param name="configuration">Its prometheus.yml; null for none.</param>
internal sealed class VictoriaPeer(string? configuration = null) : Peer("victoria-metrics", "victoria-metrics")
{
    protected override IEnumerable<string> Arguments
    {
        get
        {
            List<string> arguments = [$"-storageDataPath={Path.Combine(Data, "vm")}", $"-httpListenAddr=127.0.0.1:{Port}", "-retentionPeriod=100y"];
            if (configuration is not null)
            {
                var file = Path.Combine(Data, "prometheus.yml");
                File.WriteAllText(file, configuration);
                arguments.Add($"-promscrape.config={file}");
            }

            return arguments;
        }
    }

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

    /// <summary>Exports everything and compares it with what was written.</summary>
    /// <returns>Samples that came back, and how many of them have another value.</returns>
    public async Task<(long Samples, long Differing)> ReadBackAsync(IEnumerable<SeriesSamples> written, long fromMs, long toMs)
    {
        var expected = written.ToDictionary(static s => s.Labels);
        var path = string.Create(CultureInfo.InvariantCulture, $"api/v1/export?match[]={{__name__!=\"\"}}&start={(fromMs / 1000) - 1}&end={(toMs / 1000) + 1}");
        using var reader = new StreamReader(await Http.GetStreamAsync(new Uri(path, UriKind.Relative)));
        long samples = 0, differing = 0;
        while (await reader.ReadLineAsync() is { } line)
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            var labels = LabelSet.Of([.. root.GetProperty("metric").EnumerateObject().Select(static p => (p.Name, p.Value.GetString()!))]);
            var (_, times, values) = expected[labels];
            var stamps = root.GetProperty("timestamps").EnumerateArray().Select(static t => t.GetInt64()).ToArray();
            var numbers = root.GetProperty("values").EnumerateArray().Select(ValueOf).ToArray();
            samples += numbers.Length;
            for (var i = 0; i < numbers.Length; i++)
            {
                var at = times.Span.BinarySearch(stamps[i]);
                differing += at < 0 || !values.Span[at].Equals(numbers[i]) ? 1 : 0;
            }
        }

        return (samples, differing);
    }

    private static double ValueOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.String when value.GetString() is { } text && text.Contains("Inf", StringComparison.Ordinal) => text[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity,
        _ => double.NaN,
    };
}
