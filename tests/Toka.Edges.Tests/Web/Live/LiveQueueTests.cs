using Toka.Web.Live;

namespace Toka.Edges.Tests.Web.Live;

public sealed class LiveQueueTests
{
    [Fact]
    public void Errors_that_nobody_reads_have_a_bound()
    {
        var queue = new LiveQueue(1024);
        for (var i = 0; i < LiveQueue.ErrorsMax; i++)
        {
            Assert.False(queue.IsFullOfErrors);
            Assert.True(queue.Add(LiveFrames.Error(0, "bad_data", "wrong"), subscription: null));
        }

        Assert.True(queue.IsFullOfErrors);
        Assert.True(queue.TryTake(out var first));
        first.Return();
        Assert.False(queue.IsFullOfErrors);
        queue.Close();
    }
}
