using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Engines.Tests.TimeSeries.Disk;
using Toka.Engines.Tests.TimeSeries.Sealing;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Catalog;
using Toka.TimeSeries.Disk;

namespace Toka.Engines.Tests.TimeSeries.Catalog;

public sealed class BlockCatalogTests : IDisposable
{
    private readonly Fixture _fixture = new();
    private readonly StoreDisk _disk = new();

    public void Dispose() => _fixture.Dispose();

    private string Folder => Path.Combine(_fixture.Path, "blocks");

    [Fact]
    public void Opening_removes_what_is_unfinished_or_replaced_and_sets_aside_what_cannot_be_read()
    {
        Directory.CreateDirectory(Folder);
        Write(1, []);
        Write(2, []);
        Write(3, [1, 2]);
        Write(4, []);
        File.WriteAllText(Path.Combine(Folder, "0000000009.tkb.tmp"), "half");
        File.WriteAllText(Path.Combine(Folder, "0000000007.tkb"), "not a block");

        using (var reader = Open(readOnly: true))
        {
            Assert.Equal([3, 4], reader.Infos.Select(static i => i.Sequence).Order());
            Assert.Equal(6, Directory.GetFiles(Folder).Length);
        }

        using var catalog = Open();
        Assert.Equal([3, 4], catalog.Infos.Select(static i => i.Sequence).Order());
        Assert.Equal(2, Directory.GetFiles(Folder).Length);
        Assert.True(File.Exists(Path.Combine(Folder, "damaged", "0000000007.tkb")));
        Assert.Equal(8, catalog.NextSequence());
        File.WriteAllText(Path.Combine(Folder, "damaged", "0000000011.tkb.repaired"), "told already");
        using var again = Open();
        Assert.Equal(12, again.NextSequence());
        Assert.EndsWith("0000000007.tkb", Assert.Single(again.SetAside), StringComparison.Ordinal);
        Assert.Equal("not a block".Length + "told already".Length, again.OtherBytes);
    }

    [Fact]
    public void A_snapshot_reads_what_has_been_replaced_and_deleted_since()
    {
        using var catalog = Open();
        catalog.Publish([Write(catalog.NextSequence(), []), Write(catalog.NextSequence(), [])], []);
        var before = catalog.Acquire();
        catalog.Publish([Write(catalog.NextSequence(), [1, 2])], [1, 2]);

        Assert.Equal(3, Assert.Single(catalog.Infos).Sequence);
        Assert.Single(Directory.GetFiles(Folder));
        Assert.True(catalog.DeletedBytes > 0);
        using var column = new FloatColumn();
        foreach (var block in before.Blocks)
        {
            block.ReadFloats(0, 0, long.MaxValue, column);
        }

        Assert.Equal([1, 2], column.Values.ToArray());
        before.Dispose();
        using var now = catalog.Acquire();
        Assert.True(now.Version > before.Version);
    }

    [Fact]
    public void A_block_that_cannot_be_opened_is_not_published_and_nothing_else_changes()
    {
        using var catalog = Open();
        catalog.Publish([Write(catalog.NextSequence(), [])], []);
        var good = Write(catalog.NextSequence(), []);
        var bad = Write(catalog.NextSequence(), [1]);
        File.WriteAllBytes(bad.Path, new byte[100]);

        Assert.Throws<BlockDamagedException>(() => catalog.Publish([good, bad], [1]));
        Assert.Equal(1, Assert.Single(catalog.Infos).Sequence);
        Assert.True(File.Exists(catalog.Infos[0].Path));
    }

    [Fact]
    public void A_block_in_which_damage_was_met_is_told_once_and_known_until_it_goes()
    {
        var told = new List<string>();
        using var catalog = new BlockCatalog(_disk, _fixture.Path, readOnly: false, new SelfMetrics()) { Report = told.Add };
        catalog.Open();
        catalog.Publish([Write(catalog.NextSequence(), []), Write(catalog.NextSequence(), [])], []);
        Assert.Empty(catalog.Damaged);

        var path = catalog.Infos[1].Path;
        catalog.Note(new BlockFault(path, 20, "a chunk of 5 bytes does not have its checksum"));
        catalog.Note(new BlockFault(path, 90, "a chunk of 7 bytes does not have its checksum"));
        Assert.Contains($"{path}: at byte 20", Assert.Single(told), StringComparison.Ordinal);
        Assert.Equal(path, Assert.Single(catalog.Damaged).Path);

        catalog.Publish([], [2]);
        Assert.Empty(catalog.Damaged);
    }

    [Fact]
    public void A_file_that_cannot_be_deleted_is_tried_again()
    {
        var disk = new FailingDisk();
        using var catalog = new BlockCatalog(disk, _fixture.Path, readOnly: false, new SelfMetrics());
        catalog.Open();
        catalog.Publish([Write(catalog.NextSequence(), [])], []);
        disk.FailFrom(0, isForEver: false);
        catalog.Publish([], [1]);
        Assert.Empty(catalog.Infos);
        Assert.Single(Directory.GetFiles(Folder));
        Assert.Equal(0, catalog.RetryDeletes());
        Assert.Empty(Directory.GetFiles(Folder));
    }

    [Fact]
    public void A_block_that_was_replaced_does_not_come_back_when_its_successor_is_replaced_too()
    {
        var disk = new StuckDisk { Stuck = "0000000001.tkb" };
        using (var catalog = new BlockCatalog(disk, _fixture.Path, readOnly: false, new SelfMetrics()))
        {
            catalog.Open();
            catalog.Publish([Write(catalog.NextSequence(), [])], []);
            catalog.Publish([Write(catalog.NextSequence(), [1])], [1]);
            catalog.Publish([Write(catalog.NextSequence(), [2])], [2]);
            Assert.Equal(2, catalog.RetryDeletes());
        }

        using var again = Open();
        Assert.Equal(3, Assert.Single(again.Infos).Sequence);
        Assert.Single(Directory.GetFiles(Folder));
    }

    [Fact]
    public void A_file_with_the_name_of_another_block_is_set_aside()
    {
        Directory.CreateDirectory(Folder);
        File.Copy(Write(1, []).Path, Path.Combine(Folder, "0000000005.tkb"));

        using var catalog = new BlockCatalog(_disk, _fixture.Path, readOnly: false, new SelfMetrics());
        Assert.Contains("it is block 1", Assert.Single(catalog.Open().Faults), StringComparison.Ordinal);
        Assert.Equal(1, Assert.Single(catalog.Infos).Sequence);
    }

    [Fact]
    public void A_block_that_says_it_replaces_a_younger_one_replaces_nothing()
    {
        Directory.CreateDirectory(Folder);
        Write(1, [2]);
        Write(2, []);

        using var catalog = new BlockCatalog(_disk, _fixture.Path, readOnly: false, new SelfMetrics());
        Assert.Contains("which is not older", Assert.Single(catalog.Open().Faults), StringComparison.Ordinal);
        Assert.Equal(2, Assert.Single(catalog.Infos).Sequence);
    }

    private BlockCatalog Open(bool readOnly = false)
    {
        var catalog = new BlockCatalog(_disk, _fixture.Path, readOnly, new SelfMetrics());
        var report = catalog.Open();
        Assert.Equal(catalog.Infos.Count, report.Blocks);
        return catalog;
    }

    /// <summary>A block with one sample, whose time and value are its number.</summary>
    private BlockInfo Write(long sequence, IReadOnlyList<long> sources)
    {
        using var writer = new BlockWriter(_disk, Folder, sequence, 0, sources);
        writer.BeginSeries(Fixture.Labels("m").Encoded);
        writer.AddFloats([sequence], [sequence]);
        return writer.Finish()!;
    }

    /// <summary>Does not delete one file.</summary>
    private sealed class StuckDisk : PassingDisk
    {
        public required string Stuck { get; init; }

        public override void Delete(string path)
        {
            if (Path.GetFileName(path) == Stuck)
            {
                throw new IOException("Operation not permitted");
            }

            base.Delete(path);
        }
    }
}
