using Toka.Server.Hosting;

namespace Toka.Edges.Tests.Hosting;

public sealed class ConfigurationFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("toka-files").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Both_files_are_read_anew_and_used_together_or_not_at_all()
    {
        var toka = Path.Combine(_folder, "toka.yaml");
        var prometheus = Path.Combine(_folder, "prometheus.yml");
        File.WriteAllText(toka, "query: {experimental_functions: true}\n");
        File.WriteAllText(prometheus, "scrape_configs: [{job_name: a}]\nrule_files: [r.yml]\n");
        File.WriteAllText(Path.Combine(_folder, "r.yml"), "groups: [{name: g, rules: [{record: a, expr: 'mad_over_time(v[5m])'}]}]\n");
        var file = new ConfigurationFile(toka, prometheus);
        var good = file.Load();
        Assert.Empty(good.Faults);
        Assert.Equal("a", Assert.Single(good.Options.Prometheus.ScrapeJobs).JobName);
        Assert.Single(good.Options.Prometheus.RuleGroups);

        // The rules may use what the query engine takes, and that is an option of the other file.
        File.WriteAllText(toka, "");
        Assert.Contains("experimental", Assert.Single(file.Load().Faults).ToString(), StringComparison.Ordinal);

        File.WriteAllText(prometheus, "scrape_configs: [{job_name: b}, {job_name: b}]\n");
        File.WriteAllText(toka, "quary: {}\n");
        Assert.Equal([toka, prometheus], file.Load().Faults.Select(static fault => fault.Location.Source));
    }

    [Fact]
    public void Without_a_file_of_Prometheus_nothing_is_scraped() => Assert.Empty(new ConfigurationFile(null, null).Load().Options.Prometheus.ScrapeJobs);
}
