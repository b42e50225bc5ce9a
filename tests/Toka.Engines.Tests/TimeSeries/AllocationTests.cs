using Toka.Core.Labels;
using Toka.Core.Series;

namespace Toka.Engines.Tests.TimeSeries;

public sealed class AllocationTests : IDisposable
{
    private readonly Fixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_batch_of_known_series_allocates_nothing(bool onDisk)
    {
        await using var store = onDisk ? _fixture.OnDisk() : _fixture.InMemory();
        var series = Enumerable.Range(0, 500).Select(static i => Fixture.Labels("m", "i", i.ToString())).ToArray();
        using var batch = new WriteBatch();
        var allocated = 0L;

        // A new block or page of chunks is the data's own memory, not garbage: 40 samples of each series need none after the first.
        for (var round = 0; round < 40; round++)
        {
            Fill(batch, series, round);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var write = store.WriteAsync(batch, CancellationToken.None);
            var after = GC.GetAllocatedBytesForCurrentThread();
            Assert.True(write.IsCompletedSuccessfully);
            Assert.Equal(series.Length, (await write).Accepted);
            allocated += round < 20 ? 0 : after - before;
        }

        Assert.Equal(0, allocated);
    }

    private void Fill(WriteBatch batch, LabelSet[] series, int round)
    {
        batch.Clear();
        for (var i = 0; i < series.Length; i++)
        {
            batch.Add(series[i], _fixture.NowMs + (1000 * round), i % 4 == 0 ? round * i : i);
        }
    }
}
