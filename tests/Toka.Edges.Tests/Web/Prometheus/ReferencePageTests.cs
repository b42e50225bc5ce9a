using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Toka.Core.Labels;
using Toka.Web.Prometheus;

namespace Toka.Edges.Tests.Web.Prometheus;

/// <summary>docs/reference/http-api.md and the endpoints say the same.</summary>
public sealed partial class ReferencePageTests
{
    private const string Prefix = "/api/v1/";

    [Fact]
    public async Task The_table_has_every_endpoint_of_Prometheus_API_with_its_methods_and_no_other()
    {
        await using var live = await LiveStore.StartAsync(static s => s with { Facts = new FixedFacts(), Care = new NoCare() });
        var mapped = live.Host.Routes.Where(static r => r.Path.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(static r => $"{r.Path[Prefix.Length..].Replace("{name}", "NAME", StringComparison.Ordinal)}: {string.Join(", ", r.Methods.Order(StringComparer.Ordinal))}");
        var page = await File.ReadAllTextAsync(Path.Combine(Here(), "../../../../docs/reference/http-api.md"), TestContext.Current.CancellationToken);
        var table = page[page.IndexOf("| path | methods |", StringComparison.Ordinal)..];
        table = table[..table.IndexOf("\n\n", StringComparison.Ordinal)];
        Assert.Equal(mapped.Order(StringComparer.Ordinal), Row().Matches(table).Select(static row => $"{row.Groups[1].Value}: {row.Groups[2].Value}").Order(StringComparer.Ordinal));
        Assert.Contains(live.Host.Routes, static r => r.Path == "/federate");
    }

    [GeneratedRegex(@"^\| `([^`]+)` \| ([A-Z, ]+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    private sealed class NoCare : IStoreCare
    {
        public Task<CareBackup> BackupAsync(string? directory, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<long> DeleteSeriesAsync(IReadOnlyList<LabelMatcher> matchers, long fromMs, long toMs, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
