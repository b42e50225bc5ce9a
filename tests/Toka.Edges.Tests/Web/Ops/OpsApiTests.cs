using System.Net;

namespace Toka.Edges.Tests.Web.Ops;

public sealed class OpsApiTests
{
    [Fact]
    public async Task Metrics_are_grouped_by_family_with_help_and_type_and_escaped()
    {
        await using var host = await WebHost.StartAsync();
        host.Services.Self.Counter("a_test_total", "Back\\slash,\n\"line\".", ("path", "c:\\x\n\"y\""), ("ü", "é")).Add(3);
        host.Services.Self.Counter("a_test_total", "ignored", ("path", "z")).Add(4);
        host.Services.Self.Gauge("a_test", "A gauge.", static () => double.PositiveInfinity);
        using var response = await host.Client.GetAsync("metrics");
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        var body = await response.Content.ReadAsStringAsync();
        Assert.StartsWith(
            """
            # HELP a_test A gauge.
            # TYPE a_test gauge
            a_test +Inf
            # HELP a_test_total Back\\slash,\n"line".
            # TYPE a_test_total counter
            a_test_total{path="c:\\x\n\"y\"",ü="é"} 3
            a_test_total{path="z"} 4

            """, body, StringComparison.Ordinal);
        Assert.EndsWith("\n", body, StringComparison.Ordinal);
        var families = body.Split('\n').Where(static l => l.StartsWith("# TYPE", StringComparison.Ordinal)).ToList();
        Assert.Equal(families.Distinct(), families);
    }

    [Fact]
    public async Task Healthy_is_always_said_and_ready_only_once_it_is_true()
    {
        string? reason = "reading the log";
        await using var host = await WebHost.StartAsync(s => s with { NotReady = () => reason });
        Assert.Equal(HttpStatusCode.OK, (await host.GetAsync("-/healthy")).Status);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Toka is not ready: reading the log\n"), await host.GetAsync("-/ready"));
        reason = null;
        Assert.Equal((HttpStatusCode.OK, "Toka is ready.\n"), await host.GetAsync("-/ready"));
    }

    [Fact]
    public async Task A_reload_answers_with_the_faults_or_that_it_was_done()
    {
        IReadOnlyList<string> faults = ["toka.yaml:3:5: monitoring.x: unknown key", "toka.yaml:4:1: y: wrong"];
        await using var host = await WebHost.StartAsync(s => s with { Reload = _ => new(faults) });
        using (var refused = await host.Client.PostAsync("-/reload", null))
        {
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.Equal(string.Join('\n', faults) + "\n", await refused.Content.ReadAsStringAsync());
        }

        faults = [];
        using var applied = await host.Client.PostAsync("-/reload", null);
        Assert.Equal(HttpStatusCode.OK, applied.StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await host.GetAsync("-/reload")).Status);
    }
}
