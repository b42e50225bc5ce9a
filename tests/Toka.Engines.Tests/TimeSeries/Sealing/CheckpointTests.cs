using Toka.Core.Codecs;
using Toka.Core.Errors;
using Toka.Core.Samples;
using Toka.TimeSeries.Disk;
using Toka.TimeSeries.Sealing;

namespace Toka.Engines.Tests.TimeSeries.Sealing;

public sealed class CheckpointTests : IDisposable
{
    private readonly Fixture _fixture = new();
    private readonly StoreDisk _disk = new();

    public void Dispose() => _fixture.Dispose();

    private string File => Path.Combine(_fixture.Path, "checkpoint");

    [Fact]
    public void What_is_written_is_read_and_damage_of_any_byte_is_noticed()
    {
        Assert.Null(Checkpoint.Read(_disk, _fixture.Path, out var fault));
        Assert.Null(fault);
        var checkpoint = new Checkpoint(17, [new SealedLog(3, 4000), new SealedLog(9, -5)], [new MetricMetadata("up", MetricType.Gauge, "whether it is up", "s")]);
        checkpoint.Write(_disk, _fixture.Path);
        checkpoint.Write(_disk, _fixture.Path);
        var read = Checkpoint.Read(_disk, _fixture.Path, out fault)!;
        Assert.Null(fault);
        Assert.Equal(17, read.SteadyMs);
        Assert.Equal(checkpoint.Sealed, read.Sealed);
        Assert.Equal(checkpoint.Metadata, read.Metadata);

        var bytes = System.IO.File.ReadAllBytes(File);
        for (var i = 0; i < bytes.Length; i++)
        {
            var damaged = bytes.ToArray();
            damaged[i] ^= 4;
            System.IO.File.WriteAllBytes(File, damaged);
            Assert.Null(Checkpoint.Read(_disk, _fixture.Path, out fault));
            Assert.Contains(File, fault, StringComparison.Ordinal);
            System.IO.File.WriteAllBytes(File, bytes[..i]);
            Assert.Null(Checkpoint.Read(_disk, _fixture.Path, out fault));
            Assert.NotNull(fault);
        }
    }

    [Theory]
    [InlineData(16, -1)]
    [InlineData(16, int.MaxValue)]
    [InlineData(20, -1)]
    [InlineData(20, int.MaxValue)]
    public void Counts_that_nothing_can_hold_are_damage_also_under_a_right_checksum(int offset, int count)
    {
        new Checkpoint(17, [], []).Write(_disk, _fixture.Path);
        var bytes = System.IO.File.ReadAllBytes(File);
        BitConverter.TryWriteBytes(bytes.AsSpan(offset), count);
        BitConverter.TryWriteBytes(bytes.AsSpan(bytes.Length - 4), Crc32C.Of(bytes.AsSpan(0, bytes.Length - 4)));
        System.IO.File.WriteAllBytes(File, bytes);
        Assert.Null(Checkpoint.Read(_disk, _fixture.Path, out var fault));
        Assert.Contains(File, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_version_is_refused_by_name()
    {
        new Checkpoint(17, [], []).Write(_disk, _fixture.Path);
        var bytes = System.IO.File.ReadAllBytes(File);
        bytes[4] = 9;
        BitConverter.TryWriteBytes(bytes.AsSpan(bytes.Length - 4), Crc32C.Of(bytes.AsSpan(0, bytes.Length - 4)));
        System.IO.File.WriteAllBytes(File, bytes);
        Assert.Contains("version 9", Assert.Throws<BadInputException>(() => Checkpoint.Read(_disk, _fixture.Path, out _)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sample_is_sealed_by_segment_and_time_and_what_is_covered_is_left_out()
    {
        var checkpoint = new Checkpoint(0, [new SealedLog(5, 100), new SealedLog(3, long.MaxValue)], []);
        Assert.True(checkpoint.IsSealed(5, 99));
        Assert.False(checkpoint.IsSealed(5, 100));
        Assert.True(checkpoint.IsSealed(3, 1_000_000));
        Assert.False(checkpoint.IsSealed(6, 0));
        Assert.Equal([new SealedLog(3, long.MaxValue), new SealedLog(6, 200)], checkpoint.With(new SealedLog(6, 200), 1));
        Assert.Equal([new SealedLog(6, 200)], checkpoint.With(new SealedLog(6, 200), 4));
    }
}
