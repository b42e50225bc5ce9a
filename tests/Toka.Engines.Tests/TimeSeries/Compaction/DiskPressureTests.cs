using Toka.Engines.Tests.TimeSeries.Disk;
using Toka.TimeSeries.Compaction;

namespace Toka.Engines.Tests.TimeSeries.Compaction;

public sealed class DiskPressureTests
{
    private const long Mb = 1024 * 1024;

    private readonly SizedDisk _disk = new() { Free = 1000 * Mb };
    private readonly List<string?> _told = [];

    [Fact]
    public void A_full_disk_makes_the_store_read_only_until_the_reserve_is_free_again()
    {
        var pressure = Pressure(64 * Mb);
        Assert.Equal(0, pressure.Check(500 * Mb, 0, true));
        Assert.False(pressure.IsFull);

        _disk.Free = 0;
        Assert.True(pressure.WriteFailed(new IOException("No space left on device", 28)));
        Assert.True(pressure.WriteFailed(new IOException("No space left on device", 28)));
        Assert.True(pressure.IsFull);
        Assert.Contains("is full", pressure.Finding, StringComparison.Ordinal);
        Assert.Equal(64 * Mb, pressure.Check(1000 * Mb, 0, true));

        // Half of it is deleted and still held by readers: no more is to be deleted for it.
        Assert.Equal(34 * Mb, pressure.Check(970 * Mb, 30 * Mb, true));
        _disk.Free = 63 * Mb;
        Assert.Equal(1 * Mb, pressure.Check(937 * Mb, 0, true));
        Assert.True(pressure.IsFull);
        _disk.Free = 64 * Mb;
        Assert.Equal(0, pressure.Check(936 * Mb, 0, true));
        Assert.False(pressure.IsFull);
        Assert.Null(pressure.Finding);
        Assert.Equal(2, _told.Count);
        Assert.NotNull(_told[0]);
        Assert.Null(_told[1]);
    }

    [Fact]
    public void A_disk_that_others_fill_is_noticed_before_a_write_fails()
    {
        var pressure = Pressure(64 * Mb);
        _disk.Free = 17 * Mb;
        Assert.Equal(0, pressure.Check(1000 * Mb, 0, true));
        _disk.Free = 15 * Mb;
        Assert.Equal(49 * Mb, pressure.Check(1000 * Mb, 0, true));
        Assert.Contains("67108864 are held in reserve", pressure.Finding, StringComparison.Ordinal);
    }

    [Fact]
    public void On_a_small_disk_the_reserve_is_a_tenth_of_what_the_store_could_have()
    {
        var pressure = Pressure(128 * Mb);
        _disk.Free = 3 * Mb;
        Assert.Equal(0, pressure.Check(97 * Mb, 0, true));
        _disk.Free = 2 * Mb;
        Assert.Equal(8 * Mb, pressure.Check(98 * Mb, 0, true));
        Assert.Equal(0, pressure.RoomBytes(98 * Mb));
        _disk.Free = 90 * Mb;
        Assert.Equal(85 * Mb, pressure.RoomBytes(10 * Mb));
    }

    [Fact]
    public void With_nothing_left_to_delete_half_of_the_reserve_is_enough_to_go_on()
    {
        var pressure = Pressure(64 * Mb);
        pressure.WriteFailed(new IOException("No space left on device", 28));
        _disk.Free = 31 * Mb;
        Assert.Equal(33 * Mb, pressure.Check(1000 * Mb, 0, false));
        Assert.True(pressure.IsFull);
        _disk.Free = 32 * Mb;
        Assert.Equal(0, pressure.Check(1000 * Mb, 0, false));
        Assert.False(pressure.IsFull);
    }

    [Fact]
    public void Without_a_reserve_a_failed_write_still_asks_for_some_room()
    {
        var pressure = Pressure(0);
        _disk.Free = 0;
        Assert.Equal(0, pressure.Check(1000 * Mb, 0, true));
        pressure.WriteFailed(new IOException("No space left on device", 28));
        Assert.Equal(DiskPressure.ResumeBytesMin, pressure.Check(1000 * Mb, 0, true));
        _disk.Free = DiskPressure.ResumeBytesMin;
        pressure.Check(1000 * Mb, 0, true);
        Assert.False(pressure.IsFull);
    }

    [Fact]
    public void Other_failures_are_no_full_disk()
    {
        var pressure = Pressure(64 * Mb);
        Assert.False(pressure.WriteFailed(new IOException("Input/output error", 5)));
        Assert.False(pressure.WriteFailed(new UnauthorizedAccessException()));
        Assert.False(pressure.IsFull);
        Assert.Empty(_told);
    }

    private DiskPressure Pressure(long reserve) => new(_disk, "/store", reserve) { Changed = _told.Add };

    private sealed class SizedDisk : PassingDisk
    {
        public long Free { get; set; }

        public override long FreeBytes(string directory) => Free;
    }
}
