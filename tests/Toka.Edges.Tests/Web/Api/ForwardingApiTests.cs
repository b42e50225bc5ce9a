using Toka.Core.Forwarding;

namespace Toka.Edges.Tests.Web.Api;

public sealed class ForwardingApiTests
{
    [Fact]
    public async Task Remotes_are_told_with_what_waits_and_what_went_wrong()
    {
        await using var host = await WebHost.StartAsync(static services => services with { Forwarding = new Feed() });
        using var response = await host.Client.GetAsync(new Uri("/api/toka/v1/forwarding", UriKind.Relative));
        Assert.Equal(
            """{"remotes":[{"name":"cluster","url":"http://store/write","state":"retrying","protocol":"2.0","sent":10,"retried":4,"dropped":{"refused":3},"pending":7,"pendingBytes":99,"lagSeconds":1.5,"shards":2,"lastSentMs":null,"lastErrorMs":1000,"lastError":"it answered 500"}]}""",
            await response.Content.ReadAsStringAsync());
    }

    private sealed class Feed : IForwardingFeed
    {
        public IReadOnlyList<RemoteStatus> Remotes =>
        [
            new("cluster", "http://store/write", RemoteState.Retrying, "2.0", 10, 4, [new("refused", 3)], 7, 99, 1.5, 2) { LastError = "it answered 500", LastErrorMs = 1000 },
        ];
    }
}
