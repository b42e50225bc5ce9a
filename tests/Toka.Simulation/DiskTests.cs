using System.Text;
using Toka.Simulation.Disk;

namespace Toka.Simulation;

/// <summary>The simulated disk keeps its own word.</summary>
public sealed class DiskTests
{
    private const string Root = "/simulated";

    [Fact]
    public void A_power_cut_keeps_what_was_synced_and_any_of_the_rest()
    {
        var contents = new HashSet<string>();
        for (var seed = 1; seed <= 200; seed++)
        {
            var disk = New(seed);
            var session = Process(disk);
            using (var file = session.Create($"{Root}/a"))
            {
                session.SyncDirectory(Root);
                file.Write("synced"u8, 0);
                file.Sync();
                file.Write(new byte[2000], 6);
            }

            disk.CutPower();
            var after = Process(disk);
            using var read = after.Open($"{Root}/a", toWrite: false);
            var bytes = new byte[4000];
            var length = read.Read(bytes, 0);
            Assert.InRange(length, 6, 2006);
            Assert.Equal("synced", Encoding.ASCII.GetString(bytes, 0, 6));
            contents.Add(length.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        Assert.True(contents.Count > 3, $"only {contents.Count} outcomes");
    }

    [Fact]
    public void A_name_is_durable_when_its_directory_was_synced()
    {
        var (kept, lost) = (0, 0);
        for (var seed = 1; seed <= 100; seed++)
        {
            var disk = New(seed);
            var session = Process(disk);
            session.Create($"{Root}/a").Dispose();
            session.SyncDirectory(Root);
            session.Create($"{Root}/b").Dispose();
            session.Rename($"{Root}/a", $"{Root}/c");
            disk.CutPower();
            var after = Process(disk);
            Assert.True(after.Exists($"{Root}/a") != after.Exists($"{Root}/c"), "a renamed file has exactly one of its names");
            _ = after.Exists($"{Root}/b") ? kept++ : lost++;
        }

        Assert.True(kept > 0 && lost > 0, $"{kept} kept, {lost} lost");
    }

    [Fact]
    public void The_death_of_a_process_loses_nothing_and_stops_it()
    {
        var disk = New(1);
        var session = new DiskSession(disk, Root);
        var file = session.Create($"{Root}/a");
        file.Write("written"u8, 0);
        session.Kill();
        Assert.Throws<SimulatedCrashException>(() => file.Write("more"u8, 7));
        disk.KillProcess();
        var after = Process(disk);
        Assert.Equal(7, after.LengthOf($"{Root}/a"));
    }

    [Fact]
    public void A_full_disk_takes_what_fits_and_frees_what_nobody_names_or_holds()
    {
        var disk = New(1);
        disk.Capacity = 10;
        var session = Process(disk);
        var file = session.Create($"{Root}/a");
        Assert.Throws<IOException>(() => file.Write(new byte[16], 0));
        Assert.Equal(10, file.Length);
        Assert.Equal(0, session.FreeBytes(Root));
        session.Delete($"{Root}/a");
        Assert.Equal(0, session.FreeBytes(Root));
        file.Dispose();
        Assert.Equal(10, session.FreeBytes(Root));
    }

    [Fact]
    public void A_sync_that_forgets_never_puts_down_what_it_was_for()
    {
        var lost = 0;
        for (var seed = 1; seed <= 100; seed++)
        {
            var disk = New(seed);
            var session = Process(disk);
            var file = session.Create($"{Root}/a");
            session.SyncDirectory(Root);
            file.Write(new byte[1], 0);
            file.Write([7], 600);
            file.Write([8], 1100);
            disk.Rates = new FaultRates(Errors: 1, ShortReads: 0, ReadErrors: 0);
            Assert.ThrowsAny<Exception>(file.Sync);
            disk.Rates = default;
            file.Write([9], 1500);
            file.Sync();
            disk.CutPower();
            using var read = Process(disk).Open($"{Root}/a", toWrite: false);
            var bytes = new byte[1501];
            Assert.Equal(1501, read.Read(bytes, 0));
            Assert.Equal(9, bytes[1500]);
            lost += bytes[600] == 0 ? 1 : 0;
        }

        Assert.InRange(lost, 5, 95);
    }

    [Fact]
    public void A_flipped_bit_does_not_heal_where_a_failed_sync_had_put_down_the_sector_and_not_the_length()
    {
        for (var seed = 1; seed <= 100; seed++)
        {
            var disk = New(seed);
            var session = Process(disk);
            var file = session.Create($"{Root}/a");
            session.SyncDirectory(Root);
            var written = new byte[1000];
            written.AsSpan().Fill(0xff);
            file.Write(written, 0);
            disk.Rates = new FaultRates(Errors: 1, ShortReads: 0, ReadErrors: 0);
            Assert.ThrowsAny<Exception>(file.Sync);
            disk.Rates = default;
            var flipped = int.Parse(Assert.Single(disk.FlipBits(1)).AsSpan("a:".Length), System.Globalization.CultureInfo.InvariantCulture);
            file.Sync();
            disk.CutPower();
            using var read = Process(disk).Open($"{Root}/a", toWrite: false);
            var bytes = new byte[1000];
            _ = read.Read(bytes, 0);
            Assert.NotEqual(0xff, bytes[flipped]);
        }
    }

    private static DiskSession Process(SimulatedDisk disk) => new(disk, Root);

    private static SimulatedDisk New(int seed)
    {
        var disk = new SimulatedDisk();
        disk.Dice.Reset((ulong)seed, 0, 0);
        return disk;
    }
}
