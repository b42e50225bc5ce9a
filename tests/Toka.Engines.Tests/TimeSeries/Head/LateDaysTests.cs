using Toka.Core.Labels;
using Toka.TimeSeries.Head;
using Toka.TimeSeries.Index;
using Toka.TimeSeries.Tiers;

namespace Toka.Engines.Tests.TimeSeries.Head;

public sealed class LateDaysTests : IDisposable
{
    private const long Day = TierLayout.DayMs;

    private readonly SampleHead _head;
    private readonly int _id;

    public LateDaysTests()
    {
        var index = new SeriesIndex();
        _head = new SampleHead(index, long.MaxValue);
        var labels = LabelSet.Of(("__name__", "x"));
        _id = index.Add(labels.Encoded, labels.Hash);
        _head.Add(_id);
        _head.Append(_id, 10 * Day, 0);
    }

    public void Dispose() => _head.Dispose();

    [Fact]
    public void A_day_is_unsealed_until_a_seal_that_began_after_its_last_late_sample_has_ended()
    {
        _head.Append(_id, Day, 0);
        _head.Freeze(long.MaxValue);
        _head.Append(_id, Day + 1, 0);
        _head.Append(_id, 2 * Day, 0);
        Assert.Equal([Day, 2 * Day], Late());

        _head.Forget(long.MaxValue);
        Assert.Equal([Day, 2 * Day], Late());

        _head.Freeze(long.MaxValue);
        Assert.Equal([Day, 2 * Day], Late());
        _head.Forget(long.MaxValue);
        Assert.Empty(Late());
    }

    [Fact]
    public void A_day_whose_seal_failed_stays_unsealed_until_another_one_ends()
    {
        _head.Append(_id, Day, 0);
        _head.Freeze(5 * Day);
        _head.Freeze(6 * Day);
        Assert.Equal([Day], Late());
        _head.Forget(6 * Day);
        Assert.Empty(Late());
    }

    private long[] Late() => [.. _head.Unsealed.Late.Distinct().Order()];
}
