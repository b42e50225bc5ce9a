using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Telemetry;

namespace Toka.Core.Tests.Telemetry;

public sealed class SelfMetricsTests
{
    [Fact]
    public void The_same_name_and_labels_are_the_same_counter()
    {
        var metrics = new SelfMetrics();
        var first = metrics.Counter("toka_x_total", "X.", ("a", "1"), ("b", "2"));
        Assert.Same(first, metrics.Counter("toka_x_total", "X.", ("b", "2"), ("a", "1")));
        Assert.NotSame(first, metrics.Counter("toka_x_total", "X.", ("a", "2")));
    }

    [Fact]
    public async Task Counts_from_many_threads_are_all_there()
    {
        var metrics = new SelfMetrics();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                metrics.Dropped("metrics", "test").Add();
            }
        })));
        var (labels, value) = Assert.Single(metrics.Read());
        Assert.Equal(80_000, value);
        Assert.Equal("toka_dropped_total{reason=\"test\",signal=\"metrics\"}", labels.ToString());
    }

    [Fact]
    public void A_gauge_is_read_when_asked_and_its_successor_replaces_it()
    {
        var metrics = new SelfMetrics();
        var value = 1.0;
        metrics.Gauge("toka_g", "G.", () => value);
        value = 2;
        Assert.Equal((LabelSet.Of(("__name__", "toka_g")), 2.0), Assert.Single(metrics.Read()));
        metrics.Gauge("toka_g", "G.", static () => 7);
        Assert.Equal(7, Assert.Single(metrics.Read()).Value);
        Assert.Equal(new MetricMetadata("toka_g", MetricType.Gauge, "G.", ""), Assert.Single(metrics.Metadata));
    }
}
