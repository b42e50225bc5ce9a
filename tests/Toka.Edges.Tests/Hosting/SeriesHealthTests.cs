using Toka.Core.Health;
using Toka.Core.Series;
using Toka.Server.Hosting;

namespace Toka.Edges.Tests.Hosting;

public sealed class SeriesHealthTests
{
    [Fact]
    public void Refused_series_degrade_health_with_the_reason_for_five_minutes_after_the_last()
    {
        const long Recent = 300_000;
        var health = new SeriesHealth(5);
        Assert.Equal(new HealthPart("series", HealthState.Healthy, "", 5), health.Judge(null, 10, Recent));

        var degraded = health.Judge(new SeriesRefusal("job \"a\" made 9 new series this hour", 1000), 2000, Recent);
        Assert.Equal((HealthState.Degraded, 1000), (degraded.State, degraded.SinceMs));
        Assert.StartsWith("samples of new series are refused: job \"a\" made 9 new series this hour; toka cardinality", degraded.Reason, StringComparison.Ordinal);

        var later = new SeriesRefusal("again", 200_000);
        Assert.Equal((HealthState.Degraded, 1000), (health.Judge(later, 400_000, Recent).State, health.Judge(later, 400_000, Recent).SinceMs));
        Assert.Equal(new HealthPart("series", HealthState.Healthy, "", 500_000), health.Judge(later, 500_000, Recent));
    }
}
