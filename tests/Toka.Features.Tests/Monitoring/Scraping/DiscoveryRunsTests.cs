using Toka.Configuration.Binding;
using Toka.Features.Tests.Monitoring.Scraping.Support;
using Toka.Monitoring.Discovery;
using Toka.Monitoring.Discovery.Options;
using Toka.Monitoring.Scraping.Loops;

namespace Toka.Features.Tests.Monitoring.Scraping;

public sealed class DiscoveryRunsTests : IAsyncDisposable
{
    private readonly Dictionary<DiscoveryOptions, Places> _made = [];
    private readonly DiscoveryRuns _runs;
    private int _changes;

    public DiscoveryRunsTests() => _runs = new DiscoveryRuns(
        options => _made[options] = new Places(),
        () => _changes++);

    private string[] Found => [.. _runs.Groups.Select(static group => group.Targets[0]["__address__"])];

    public ValueTask DisposeAsync() => _runs.DisposeAsync();

    [Fact]
    public async Task A_reload_leaves_alone_what_stays_and_keeps_what_was_found_until_the_new_ones_have_found_something()
    {
        var (kept, before, after) = (Options("kept"), Options("before"), Options("after"));
        await _runs.ApplyAsync([kept, before]);
        _made[kept].Replace!([ScrapeBench.Group("a:1")]);
        _made[before].Replace!([ScrapeBench.Group("b:1")]);
        Assert.Equal(["a:1", "b:1"], Found);
        Assert.Equal(2, _changes);

        var same = _made[kept];
        await _runs.ApplyAsync([kept, after]);
        Assert.Same(same, _made[kept]);
        Assert.Equal((false, true), (same.IsStopped, _made[before].IsStopped));
        Assert.Equal(["a:1", "b:1"], Found);
        _made[after].Replace!([ScrapeBench.Group("c:1")]);
        Assert.Equal(["a:1", "c:1"], Found);

        await _runs.ApplyAsync([]);
        Assert.Empty(Found);
        Assert.True(same.IsStopped);
    }

    [Fact]
    public async Task What_a_discovery_finds_after_it_was_replaced_is_not_taken()
    {
        var options = Options("a");
        await _runs.ApplyAsync([options]);
        await _runs.ApplyAsync([]);
        _made[options].Replace!([ScrapeBench.Group("a:1")]);
        Assert.Empty(Found);
        Assert.Equal(0, _changes);
    }

    [Fact]
    public async Task Faults_of_all_discoveries_are_told()
    {
        var options = Options("a");
        await _runs.ApplyAsync([options]);
        _made[options].Faults = ["the file is gone"];
        Assert.Equal(["the file is gone"], _runs.Faults);
    }

    private static FileDiscoveryOptions Options(string file) => new([file], TimeSpan.FromMinutes(5));

    private sealed class Places : IDiscovery
    {
        public Action<IReadOnlyList<TargetGroup>>? Replace { get; private set; }

        public bool IsStopped { get; private set; }

        public IReadOnlyList<string> Faults { get; set; } = [];

        public async Task RunAsync(Action<IReadOnlyList<TargetGroup>> replace, CancellationToken cancellationToken)
        {
            Replace = replace;
            try
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                IsStopped = true;
            }
        }
    }
}
