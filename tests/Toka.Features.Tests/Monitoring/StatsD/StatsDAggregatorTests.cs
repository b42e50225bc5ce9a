using System.Net;
using Toka.Monitoring.StatsD;

namespace Toka.Features.Tests.Monitoring.StatsD;

public sealed class StatsDAggregatorTests
{
    [Fact]
    public async Task A_counter_is_a_sum_that_only_grows_and_began_at_zero()
    {
        using var bench = new StatsDBench();
        bench.Add("hits:1|c\nhits:2|c|@0.5\n");
        Assert.Equal(["created hits_total 0.001", "hits_total 0 @0.001", "hits_total 5 @10"], Sorted(await bench.IntervalAsync()));
        bench.Add("hits:1|c");
        Assert.Equal(["hits_total 6 @20"], await bench.IntervalAsync());
        Assert.Equal(["hits_total 6 @30"], await bench.IntervalAsync());
    }

    [Fact]
    public async Task A_gauge_is_its_last_value_and_signed_values_change_it()
    {
        using var bench = new StatsDBench();
        bench.Add("fuel:10|g\nfuel:+5|g\nfuel:-3|g\nother:-1|g");
        Assert.Equal(["fuel 12 @10", "other -1 @10"], await bench.IntervalAsync());
        bench.Add("fuel:4|g");
        Assert.Equal(["fuel 4 @20", "other -1 @20"], await bench.IntervalAsync());
    }

    [Fact]
    public async Task Timers_are_native_histograms_in_seconds_and_histograms_keep_their_unit()
    {
        using var bench = new StatsDBench();
        bench.Add("db:320:180|ms|@0.5|#q:a\nsize:12|h\nsize:-3:0|d");
        Assert.Equal(
            ["created db_seconds{q=\"a\"} 0.001", "created size 0.001", "db_seconds{q=\"a\"} count 0 sum 0 @0.001", "db_seconds{q=\"a\"} count 4 sum 1 @10", "size count 0 sum 0 @0.001", "size count 3 sum 9 @10"],
            Sorted(await bench.IntervalAsync()));
    }

    [Fact]
    public async Task A_set_is_the_number_of_different_members_of_its_interval()
    {
        using var bench = new StatsDBench();
        bench.Add("users:a|s\nusers:b:a|s");
        Assert.Equal(["users 2 @10"], await bench.IntervalAsync());
        bench.Add("users:a|s");
        Assert.Equal(["users 1 @20"], await bench.IntervalAsync());
        Assert.Equal(["users 0 @30"], await bench.IntervalAsync());
    }

    [Fact]
    public async Task A_series_that_gets_no_value_ends_with_a_stale_marker_and_begins_anew_at_zero()
    {
        using var bench = new StatsDBench(new StatsDOptions { Idle = TimeSpan.FromSeconds(15) });
        bench.Add("hits:1|c\nfuel:1|g\ndb:1|h\nu:x|s");
        await bench.IntervalAsync();
        Assert.Equal(["db stale @20", "fuel stale @20", "hits_total stale @20", "u stale @20"], await bench.IntervalAsync());
        Assert.Equal(0, bench.Aggregator.Count);
        bench.Add("hits:7|c");
        Assert.Equal(["created hits_total 20.001", "hits_total 0 @20.001", "hits_total 7 @30"], Sorted(await bench.IntervalAsync()));
    }

    [Fact]
    public async Task What_is_refused_is_counted_by_reason_and_costs_nothing_beside_it()
    {
        using var bench = new StatsDBench(new StatsDOptions { SeriesMax = 2, SetMembersMax = 1 });
        bench.Add("a:1|c\na:-1|c\na:x|c\n_e{1,1}:a|b\n_sc|a|0\nb:1:2|s\nc:1|g\nbad\na:1|c|T1\na_total:1|g\n");
        Assert.Contains("a_total 1 @10", await bench.IntervalAsync());
        foreach (var reason in new[] { "negative_counter", "event", "service_check", "set_members", "series_limit", "timestamp", "type_conflict" })
        {
            Assert.Equal((reason, 1), (reason, bench.Refused(reason)));
        }

        Assert.Equal(2, bench.Refused("malformed"));
        Assert.Equal(1, bench.Metric("toka_ingest_requests_total", ("protocol", "statsd"), ("outcome", "partial")));
    }

    [Fact]
    public async Task What_could_not_be_written_goes_with_the_next_write()
    {
        using var bench = new StatsDBench { Fails = true };
        bench.Add("hits:1|c");
        Assert.Empty(await bench.IntervalAsync());
        Assert.Equal(1, bench.Metric("toka_dropped_total", ("reason", "write_failed")) / 2); // Its zero too.
        bench.Fails = false;
        bench.Add("hits:1|c");
        Assert.Equal(["created hits_total 0.001", "hits_total 0 @0.001", "hits_total 2 @20"], Sorted(await bench.IntervalAsync()));
    }

    [Fact]
    public async Task The_end_of_a_series_is_written_later_where_it_could_not_be_and_with_its_own_time()
    {
        using var bench = new StatsDBench(new StatsDOptions { Idle = TimeSpan.FromSeconds(15) });
        bench.Add("hits:1|c\ndb:1|h");
        await bench.IntervalAsync();
        bench.Fails = true;
        Assert.Empty(await bench.IntervalAsync());
        Assert.Equal(2, bench.Aggregator.Count);
        bench.Fails = false;
        bench.Add("hits:7|c");
        Assert.Equal(
            ["created hits_total 20.001", "db stale @20", "hits_total 0 @20.001", "hits_total 7 @30", "hits_total stale @20"], await bench.IntervalAsync());
        Assert.Equal(1, bench.Aggregator.Count);
        Assert.Equal(["hits_total stale @40"], await bench.IntervalAsync());
        Assert.Equal(0, bench.Aggregator.Count);
    }

    [Fact]
    public async Task A_series_does_not_end_before_its_last_values_are_written()
    {
        using var bench = new StatsDBench(new StatsDOptions { Idle = TimeSpan.FromSeconds(15) }) { Fails = true };
        bench.Add("hits:1|c");
        await bench.IntervalAsync();
        await bench.IntervalAsync();
        await bench.IntervalAsync();
        bench.Fails = false;
        Assert.Equal(["created hits_total 0.001", "hits_total 0 @0.001", "hits_total 1 @40"], await bench.IntervalAsync());
        Assert.Equal(["hits_total stale @50"], await bench.IntervalAsync());
    }

    [Fact]
    public async Task Whatever_a_store_throws_is_counted_and_handed_on()
    {
        using var bench = new StatsDBench { Fails = true, Failure = new InvalidOperationException("broken") };
        bench.Add("fuel:1|g");
        Assert.Same(bench.Failure, await bench.Aggregator.WriteAsync(CancellationToken.None));
        Assert.Equal(1, bench.Refused("write_failed"));
        bench.Fails = false;
        Assert.Equal(["fuel 1 @10"], await bench.IntervalAsync());
    }

    [Fact]
    public async Task The_number_of_series_is_bounded_and_idle_ones_make_room()
    {
        using var bench = new StatsDBench(new StatsDOptions { SeriesMax = 100, Idle = TimeSpan.FromSeconds(5) });
        for (var i = 0; i < 1000; i++)
        {
            bench.Add($"s{i}:1|g");
        }

        Assert.Equal(100, bench.Aggregator.Count);
        await bench.IntervalAsync();
        await bench.IntervalAsync();
        Assert.Equal((0, 900), (bench.Aggregator.Count, bench.Refused("series_limit")));
    }

    [Fact]
    public void Drops_of_a_socket_are_found_by_its_address()
    {
        const string Table = """
               sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
               12: 0100007F:1FBD 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0000000000000000 17
               13: 0100007F:1FBE 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0000000000000000 3
            """;
        Assert.Equal(17, SocketDrops.Find(Table, new IPEndPoint(IPAddress.Loopback, 8125)));
        Assert.Null(SocketDrops.Find(Table, new IPEndPoint(IPAddress.Loopback, 8127)));
        Assert.Equal(4, SocketDrops.Find("  1: 00000000000000000000000001000000:1FBD x 4", new IPEndPoint(IPAddress.IPv6Loopback, 8125)));
    }

    private static List<string> Sorted(List<string> lines) => [.. lines.Order(StringComparer.Ordinal)];
}
