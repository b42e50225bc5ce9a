using Toka.Core.Errors;
using Toka.Core.Labels.Relabelling;
using Toka.Core.Series;
using Toka.Forwarding.Buffer;
using Toka.Forwarding.Options;
using static Toka.Features.Tests.Forwarding.ForwardingFixture;

namespace Toka.Features.Tests.Forwarding;

public sealed class DurabilityTests : IDisposable
{
    private readonly string _copy = Path.Combine(Path.GetTempPath(), "toka-forward-copy-" + Guid.NewGuid().ToString("n"));

    public void Dispose()
    {
        if (Directory.Exists(_copy))
        {
            Directory.Delete(_copy, recursive: true);
        }
    }

    [Fact]
    public async Task What_was_written_before_a_kill_is_sent_by_the_next_process()
    {
        await using var killed = new ForwardingFixture();
        killed.One.Answer = Never;
        await killed.ApplyAsync(Remote());
        await killed.WriteSamplesAsync(50);
        Kill(killed);

        await using var next = new ForwardingFixture(_copy);
        await next.ApplyAsync(Remote());
        await next.UntilAllSentAsync();
        Assert.Equivalent(killed.Stored, next.One.All, strict: true);
        Assert.Equal(0, next.Dropped("buffer_damaged"));
    }

    [Fact]
    public async Task A_kill_in_the_middle_of_sending_loses_nothing_and_sends_only_a_little_twice()
    {
        await using var killed = new ForwardingFixture();
        killed.One.Answer = static (number, request) => number < 12 ? Task.FromResult<HttpResponseMessage?>(null) : Never(number, request);
        await killed.ApplyAsync(Remote());
        for (var i = 0; i < 10; i++)
        {
            await killed.WriteSamplesAsync(10, from: i * 10);
        }

        // A batch may be cut by its deadline, so twelve answers need not be twelve full ones.
        await killed.UntilAsync("twelve answers", () => killed.One.All.Count > 0 && killed.One.Requests.Count > 12);
        killed.Forwarder.Tick();
        Kill(killed);

        await using var next = new ForwardingFixture(_copy);
        await next.ApplyAsync(Remote());
        await next.UntilAllSentAsync();
        var arrived = killed.One.All.Concat(next.One.All).ToList();
        Assert.Equal(killed.Stored.ToHashSet(), arrived.ToHashSet());
        Assert.InRange(arrived.Count, killed.Stored.Count, killed.Stored.Count + 10);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(17)]
    [InlineData(-3)]
    public async Task A_torn_tail_costs_what_was_never_acknowledged_and_nothing_else(int tail)
    {
        await using var killed = new ForwardingFixture();
        killed.One.Answer = Never;
        await killed.ApplyAsync(Remote());
        await killed.WriteSamplesAsync(20);
        Kill(killed);
        var segment = Directory.GetFiles(_copy, "*.fwd").Single();
        using (var file = File.Open(segment, FileMode.Open))
        {
            // Either the beginning of a record that was being written, or one whose end is missing.
            file.Seek(0, SeekOrigin.End);
            if (tail > 0)
            {
                file.Write(new byte[tail].Select(static (_, i) => (byte)(i + 1)).ToArray());
            }
            else
            {
                file.SetLength(file.Length + tail);
            }
        }

        await using var next = new ForwardingFixture(_copy);
        await next.ApplyAsync(Remote());
        await next.UntilAllSentAsync();
        await next.WriteSamplesAsync(5, from: 100);
        await next.UntilAllSentAsync();
        var expected = killed.Stored.Take(tail > 0 ? 60 : 57).Concat(next.Stored);
        Assert.Equivalent(expected, next.One.All, strict: true);
    }

    [Fact]
    public async Task Damage_costs_the_rest_of_its_segment_and_is_counted()
    {
        await using var killed = new ForwardingFixture();
        killed.One.Answer = Never;
        await killed.ApplyAsync(new ForwardingOptions { BufferBytes = 64 * 1024 }, Remote());
        await killed.WriteSamplesAsync(3000);
        Kill(killed);
        var segments = Directory.GetFiles(_copy, "*.fwd").Order(StringComparer.Ordinal).ToArray();
        Assert.True(segments.Length > 3);
        using (var file = File.Open(segments[1], FileMode.Open))
        {
            file.Seek(file.Length / 2, SeekOrigin.Begin);
            file.WriteByte((byte)~file.ReadByte());
        }

        await using var next = new ForwardingFixture(_copy);
        await next.ApplyAsync(new ForwardingOptions { BufferBytes = 64 * 1024 }, Remote());
        await next.UntilAllSentAsync();
        var lost = next.Dropped("buffer_damaged");
        Assert.True(lost > 0);
        Assert.Equal(killed.Stored.Count, next.One.All.Count + lost);
        Assert.Subset(killed.Stored.ToHashSet(), next.One.All.ToHashSet());
    }

    [Fact]
    public async Task A_full_disk_costs_the_remotes_their_samples_and_writers_nothing()
    {
        await using var toka = new ForwardingFixture();
        await toka.ApplyAsync(Remote());
        await toka.WriteSamplesAsync(5);
        toka.Disk.IsFull = true;
        await toka.WriteSamplesAsync(5, from: 5);
        toka.Disk.CannotCut = true;
        await toka.WriteSamplesAsync(5, from: 10);
        (toka.Disk.IsFull, toka.Disk.CannotCut) = (false, false);
        await toka.WriteSamplesAsync(5, from: 15);
        await toka.UntilAllSentAsync();
        Assert.Equal(60, toka.Stored.Count);
        Assert.Equal(30, toka.Dropped("buffer_write"));
        Assert.Equivalent(toka.Stored.Where(static taken => taken.TimeMs < TimeOf(5) || taken.TimeMs >= TimeOf(15)), toka.One.All, strict: true);
    }

    [Fact]
    public async Task A_dead_remote_costs_a_bounded_file_and_the_oldest_go_first()
    {
        await using var toka = new ForwardingFixture();
        toka.One.Answer = Never;
        var options = new ForwardingOptions { BufferBytes = 128 * 1024 };
        await toka.ApplyAsync(options, Remote());
        await toka.WriteSamplesAsync(20_000);
        Assert.InRange(Directory.GetFiles(toka.Directory, "*.fwd").Sum(static path => new FileInfo(path).Length), 64 * 1024, 160 * 1024);
        var status = toka.Forwarder.Remotes.Single();
        var dropped = (long)toka.Dropped("buffer_full");
        Assert.True(dropped > 0);
        Assert.Equal(toka.Stored.Count, dropped + status.Pending);

        toka.One.Answer = static (_, _) => Task.FromResult<HttpResponseMessage?>(null);
        await toka.ApplyAsync(options, Remote() with { RemoteTimeout = TimeSpan.FromSeconds(5) });
        await toka.UntilAllSentAsync();
        Assert.Contains(toka.Stored[^1], toka.One.All);
        Assert.Equal(toka.Stored.Count, toka.Dropped("buffer_full") + toka.Dropped("buffer_damaged") + toka.One.All.Count);
    }

    [Fact]
    public async Task What_is_older_than_the_queue_keeps_is_dropped_and_counted()
    {
        await using var toka = new ForwardingFixture();
        toka.One.Answer = static (_, _) => Task.FromResult<HttpResponseMessage?>(FakeRemote.Status(500));
        await toka.ApplyAsync(new ForwardingOptions { BufferAge = TimeSpan.FromMinutes(10) }, Remote());
        await toka.WriteSamplesAsync(100);
        toka.Time.Advance(TimeSpan.FromMinutes(5));
        toka.Forwarder.Tick();
        await toka.WriteSamplesAsync(100, from: 100);
        toka.Time.Advance(TimeSpan.FromMinutes(7));
        toka.Forwarder.Tick();
        var status = toka.Forwarder.Remotes.Single();
        Assert.True(toka.Dropped("buffer_age") is > 0 and <= 300);
        Assert.Equal(toka.Stored.Count, toka.Dropped("buffer_age") + status.Pending);
    }

    [Fact]
    public async Task A_clean_stop_sends_what_is_there_and_leaves_no_queue()
    {
        await using var toka = new ForwardingFixture();
        await toka.ApplyAsync(Remote() with { Queue = new QueueOptions { BatchSendDeadline = TimeSpan.FromHours(1) } });
        await toka.WriteSamplesAsync(3);
        await toka.UntilAsync("reading", () => toka.Forwarder.Remotes[0].PendingBytes == 0);
        await toka.StopAsync();
        Assert.Equivalent(toka.Stored, toka.One.All, strict: true);
        Assert.Empty(Directory.GetFiles(toka.Directory, "*.fwd"));
    }

    [Fact]
    public async Task A_stop_without_an_answer_keeps_what_is_unsent_for_the_next_start()
    {
        await using var first = new ForwardingFixture();
        first.One.Answer = Never;
        await first.ApplyAsync(Remote());
        await first.WriteSamplesAsync(30);
        await first.StopAsync();
        Copy(first.Directory);

        await using var next = new ForwardingFixture(_copy);
        await next.ApplyAsync(Remote());
        await next.UntilAllSentAsync();
        Assert.Equivalent(first.Stored, next.One.All, strict: true);
    }

    [Fact]
    public async Task A_reload_goes_on_where_a_changed_remote_was_and_begins_a_new_one_now()
    {
        await using var toka = new ForwardingFixture();
        await toka.ApplyAsync(Remote());
        await toka.WriteSamplesAsync(10);
        await toka.UntilAllSentAsync();
        var changed = Remote() with { WriteRelabelConfigs = [new RelabelConfig { TargetLabel = "moved", Replacement = "yes" }] };
        await toka.ApplyAsync(changed, Remote("two"));
        await toka.WriteSamplesAsync(10, from: 10);
        await toka.UntilAllSentAsync();
        Assert.Equal(60, toka.One.All.Count);
        Assert.Equal(30, toka.One.All.Count(static taken => taken.Series.Contains("moved=\"yes\"")));
        Assert.Equivalent(toka.Stored.Skip(30), toka.Remotes["two"].All, strict: true);
    }

    [Fact]
    public async Task A_remote_that_is_removed_gives_its_samples_up_and_without_any_nothing_is_queued()
    {
        await using var toka = new ForwardingFixture();
        toka.One.Answer = static (_, _) => Task.FromResult<HttpResponseMessage?>(FakeRemote.Status(500));
        await toka.ApplyAsync(Remote());
        await toka.WriteSamplesAsync(10);
        await toka.ApplyAsync();
        Assert.Equal(30, toka.Dropped("removed"));
        Assert.Contains("forwarding: one is no remote any more; 30 samples that it did not get are given up", toka.Log.Lines);
        Assert.Empty(toka.Forwarder.Remotes);
        Assert.Empty(toka.Forwarder.Parts);
        await toka.WriteSamplesAsync(10, from: 10);
        Assert.Empty(Directory.GetFiles(toka.Directory));
        Assert.DoesNotContain(toka.Metrics.Read(), static sample => sample.Labels.ToString().StartsWith("toka_forward_pending", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_of_two_remotes_that_is_removed_is_said_to_give_its_samples_up()
    {
        await using var toka = new ForwardingFixture();
        toka.One.Answer = static (_, _) => Task.FromResult<HttpResponseMessage?>(FakeRemote.Status(500));
        await toka.ApplyAsync(Remote(), Remote("two"));
        await toka.WriteSamplesAsync(10);
        await toka.ApplyAsync(Remote("two"));
        Assert.Contains("forwarding: one is no remote any more; 30 samples that it did not get are given up", toka.Log.Lines);
    }

    [Fact]
    public async Task A_reload_that_the_disk_does_not_take_leaves_every_remote_as_it_was()
    {
        await using var toka = new ForwardingFixture();
        await toka.ApplyAsync(Remote());
        toka.Disk.IsFull = true;
        var changed = Remote() with { RemoteTimeout = TimeSpan.FromSeconds(7) };
        await Assert.ThrowsAsync<IOException>(() => toka.ApplyAsync(changed, Remote("two")));
        toka.Disk.IsFull = false;
        Assert.Equal("one", Assert.Single(toka.Forwarder.Remotes).Name);
        Assert.Single(Directory.GetFiles(toka.Directory, "*.pos"));
        await toka.WriteSamplesAsync(10);
        await toka.UntilAllSentAsync();
        Assert.Equivalent(toka.Stored, toka.One.All, strict: true);

        await toka.ApplyAsync(changed, Remote("two"));
        await toka.WriteSamplesAsync(10, from: 10);
        await toka.UntilAllSentAsync();
        Assert.Equivalent(toka.Stored, toka.One.All, strict: true);
        Assert.Equivalent(toka.Stored.Skip(30), toka.Remotes["two"].All, strict: true);
    }

    [Fact]
    public async Task A_changed_remote_goes_on_though_the_disk_is_full()
    {
        await using var toka = new ForwardingFixture();
        toka.One.Answer = static (_, _) => Task.FromResult<HttpResponseMessage?>(FakeRemote.Status(500));
        await toka.ApplyAsync(Remote());
        await toka.WriteSamplesAsync(10);
        toka.Disk.IsFull = true;
        await toka.ApplyAsync(Remote() with { RemoteTimeout = TimeSpan.FromSeconds(7) });
        toka.One.Answer = static (_, _) => Task.FromResult<HttpResponseMessage?>(null);
        await toka.UntilAllSentAsync();
        toka.Disk.IsFull = false;
        await toka.WriteSamplesAsync(10, from: 10);
        await toka.UntilAllSentAsync();
        Assert.Equivalent(toka.Stored, toka.One.All, strict: true);

        // The remote that went holds nothing of the queue.
        var segment = Assert.Single(Directory.GetFiles(toka.Directory, "*.fwd"));
        toka.Time.Advance(TimeSpan.FromHours(4));
        await toka.WriteSamplesAsync(1, from: 20);
        await toka.UntilAsync("end of the segment", () => !File.Exists(segment));
    }

    [Fact]
    public async Task Without_a_remote_there_is_not_even_a_directory()
    {
        await using var toka = new ForwardingFixture();
        await toka.ApplyAsync();
        await toka.WriteSamplesAsync(3);
        Assert.False(Directory.Exists(toka.Directory));
        Assert.Equal(9, toka.Stored.Count);
    }

    [Fact]
    public async Task What_the_store_refuses_as_a_whole_is_not_sent_and_what_it_has_already_is_only_after_a_start()
    {
        await using var toka = new ForwardingFixture();
        await toka.ApplyAsync(Remote());
        toka.Result = new WriteResult(0, TooOld: 3);
        await toka.WriteSamplesAsync(1);
        toka.Result = new WriteResult(0, Duplicates: 3);
        await toka.WriteSamplesAsync(1, from: 1);
        await toka.UntilAllSentAsync();
        Assert.Equivalent(toka.Stored.Skip(3), toka.One.All, strict: true);

        // Else two stores that send to each other would never end.
        toka.Time.Advance(TimeSpan.FromMinutes(6));
        await toka.WriteSamplesAsync(1, from: 2);
        await toka.UntilAllSentAsync();
        Assert.Equal(3, toka.One.All.Count);
    }

    [Fact]
    public async Task What_a_writer_did_not_wait_for_may_be_stored_and_is_sent()
    {
        await using var toka = new ForwardingFixture();
        await toka.ApplyAsync(Remote());
        toka.IsCancelling = true;
        await Assert.ThrowsAsync<OperationCanceledException>(() => toka.WriteSamplesAsync(1));
        await toka.UntilAllSentAsync();
        Assert.Equivalent(toka.Stored, toka.One.All, strict: true);
    }

    [Fact]
    public async Task A_position_that_is_damaged_means_that_everything_is_sent_again()
    {
        await using var killed = new ForwardingFixture();
        killed.One.Answer = Never;
        await killed.ApplyAsync(Remote());
        await killed.WriteSamplesAsync(10);
        Kill(killed);
        await File.WriteAllBytesAsync(Directory.GetFiles(_copy, "*.pos").Single(), [1, 2, 3]);

        await using var next = new ForwardingFixture(_copy);
        await next.ApplyAsync(Remote());
        await next.UntilAllSentAsync();
        Assert.Equivalent(killed.Stored, next.One.All, strict: true);
    }

    [Fact]
    public async Task A_queue_of_another_version_is_refused_by_name()
    {
        Directory.CreateDirectory(_copy);
        var header = new byte[QueueFormat.HeaderBytes];
        QueueFormat.WriteHeader(header, new SegmentHeader(1, 0, 0));
        header[4] = 9;
        BitConverter.TryWriteBytes(header.AsSpan(32), Core.Codecs.Crc32C.Of(header.AsSpan(0, 32)));
        await File.WriteAllBytesAsync(Path.Combine(_copy, "000000000001.fwd"), header);
        await using var next = new ForwardingFixture(_copy);
        var refusal = await Assert.ThrowsAsync<BadInputException>(() => next.ApplyAsync(Remote()));
        Assert.Contains("version 9", refusal.Message, StringComparison.Ordinal);
    }

    private static Task<HttpResponseMessage?> Never(int number, Request request) => new TaskCompletionSource<HttpResponseMessage?>().Task;

    /// <summary>What the disk holds at this moment is what a process finds that comes after a kill.</summary>
    private void Kill(ForwardingFixture toka) => Copy(toka.Directory);

    private void Copy(string directory)
    {
        Directory.CreateDirectory(_copy);
        foreach (var path in Directory.GetFiles(directory))
        {
            File.Copy(path, Path.Combine(_copy, Path.GetFileName(path)));
        }
    }
}
