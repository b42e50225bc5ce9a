using Microsoft.Extensions.Time.Testing;
using Toka.Core.Limits;

namespace Toka.Core.Tests.Limits;

public sealed class MemoryBudgetTests
{
    private readonly FakeTimeProvider _time = new();
    private long _used;
    private int _reclaims;

    [Fact]
    public async Task Garbage_is_collected_before_new_series_are_refused()
    {
        var budget = Budget();
        _used = 850;
        Assert.Equal(MemoryLevel.Ample, budget.Level);
        await budget.Reclaiming;

        Assert.Equal(1, _reclaims);
        _used = 500;
        Assert.Equal(MemoryLevel.Ample, Later(budget));
    }

    [Fact]
    public async Task What_stays_after_a_collection_makes_it_tight_and_it_ends_a_little_below_where_it_began()
    {
        var budget = Budget();
        _used = 810;
        Assert.Equal(MemoryLevel.Ample, budget.Level);
        await budget.Reclaiming;
        Assert.Equal(MemoryLevel.Tight, Later(budget));
        Assert.Equal("memory is at 81 % of 0 MiB", budget.ToString());

        _used = 790;
        Assert.Equal(MemoryLevel.Tight, Later(budget));
        _used = 740;
        Assert.Equal(MemoryLevel.Ample, Later(budget));
    }

    [Fact]
    public void Nearly_all_used_is_critical_at_once()
    {
        var budget = Budget();
        _used = 925;
        Assert.Equal(MemoryLevel.Critical, budget.Level);
        _used = 880;
        Assert.Equal(MemoryLevel.Critical, Later(budget));
        _used = 860;
        Assert.Equal(MemoryLevel.Tight, Later(budget));
    }

    [Fact]
    public async Task What_was_critical_for_garbage_alone_ends_with_a_collection()
    {
        var budget = new MemoryBudget(1000, () => _used, () => { _reclaims++; _used = 300; }, _time);
        _used = 1500;
        Assert.Equal(MemoryLevel.Critical, budget.Level);
        await budget.Reclaiming;
        Assert.Equal(MemoryLevel.Ample, Later(budget));
        Assert.Equal(1, _reclaims);
    }

    [Fact]
    public async Task Collections_go_on_while_it_is_critical_and_more_seldom_where_they_do_not_help()
    {
        var budget = Budget();
        _used = 1500;
        for (var second = 0; second < 600; second++)
        {
            Assert.Equal(MemoryLevel.Critical, Later(budget));
            await budget.Reclaiming;
        }

        Assert.InRange(_reclaims, 4, 6);
        _used = 300;
        Assert.Equal(MemoryLevel.Ample, Later(budget));
    }

    [Fact]
    public void One_measurement_serves_a_second()
    {
        var measured = 0;
        var budget = new MemoryBudget(1000, () => ++measured, static () => { }, _time);
        for (var i = 0; i < 10; i++)
        {
            _ = budget.Level;
        }

        Assert.Equal(1, measured);
        _ = Later(budget);
        Assert.Equal(2, measured);
    }

    [Theory]
    [InlineData(typeof(IOException))]
    [InlineData(typeof(UnauthorizedAccessException))]
    public void Where_memory_cannot_be_measured_the_last_measurement_stands(Type failure)
    {
        var fails = false;
        var budget = new MemoryBudget(1000, () => fails ? throw (Exception)Activator.CreateInstance(failure)! : _used, () => _reclaims++, _time);
        _used = 950;
        Assert.Equal(MemoryLevel.Critical, budget.Level);
        fails = true;
        Assert.Equal((MemoryLevel.Critical, 950), (Later(budget), budget.UsedBytes));
        fails = false;
        _used = 100;
        Assert.Equal((MemoryLevel.Ample, 100), (Later(budget), budget.UsedBytes));
    }

    [Fact]
    public void The_process_itself_is_measured()
    {
        var before = ProcessMemory.AnonymousBytes();
        var held = new byte[64 * 1024 * 1024];
        held.AsSpan().Fill(1);
        var after = ProcessMemory.AnonymousBytes();
        Assert.InRange(after - before, 32L * 1024 * 1024, 512L * 1024 * 1024);
        GC.KeepAlive(held);
    }

    private MemoryBudget Budget() => new(1000, () => _used, () => _reclaims++, _time);

    /// <summary>The level at the next measurement.</summary>
    private MemoryLevel Later(MemoryBudget budget)
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        return budget.Level;
    }
}
