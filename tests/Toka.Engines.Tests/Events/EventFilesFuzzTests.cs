using Toka.Core.Logs;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Events.Indexes;
using Toka.Events.Journals;
using Toka.Tests.Fuzzing;
using static Toka.Tests.Events.SpanBatches;

namespace Toka.Engines.Tests.Events;

/// <summary>Journals and indexes are read, or refused as damaged.</summary>
[Collection(FuzzCollection.Name)]
public sealed class EventFilesFuzzTests
{
    private static readonly SpanRecord Span = EventStoreTests.Span(1, 2, 3) with { Attributes = AttributesOf(("a", 1L)), Events = EventsOf((1, "e", [])) };

    [Fact]
    public void Records_of_journals_and_indexes_are_read_or_refused() =>
        new FuzzRun(FuzzTarget.EventFiles) { Corpus = [SpanRecordBytes(), LogRecordBytes(), IndexBytes()], Pieces = [[0, 0, 0, 0], [255, 255, 255, 255], [255, 255, 255, 127], [1, 0, 0, 0]], AllocatedMax = 4 << 20, AllocatedPerByteMax = 8192 }
            .Run(static (bytes, _) => bytes.Length > 0 && bytes[0] switch
            {
                (byte)'S' => Read(() => JournalRecord.Read(bytes.AsSpan(1), [], new SpanBatch())),
                (byte)'L' => Read(() => JournalRecord.Read(bytes.AsSpan(1), [], new LogBatch())),
                _ => Read(() => PartIndexFormat.Read(Signed(bytes[1..])).FindTrace(Signed(bytes[1..]), 7, new HashSet<int>())),
            });

    [Fact]
    public void A_journal_ends_at_its_first_torn_record()
    {
        var directory = Directory.CreateTempSubdirectory("toka-journal-").FullName;
        var path = Path.Combine(directory, "1.journal");
        using (var journal = Journal.Create(path))
        {
            journal.Append([1, 2, 3]);
            journal.Append([4, 5]);
            journal.Sync();
        }

        var whole = File.ReadAllBytes(path);
        for (var length = 0; length <= whole.Length; length++)
        {
            var records = new List<byte[]>();
            var (kept, torn) = Journal.Replay(new MemoryStream(whole, 0, length), records.Add);
            Assert.Equal(length, kept + torn);
            Assert.Equal(length < 23 ? 0 : length < whole.Length ? 1 : 2, records.Count);
        }

        Directory.Delete(directory, recursive: true);
    }

    private static bool Read(Action read)
    {
        try
        {
            read();
            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>With the checksum that fits: what is behind it is fuzzed.</summary>
    private static byte[] Signed(byte[] bytes) => [.. bytes, .. BitConverter.GetBytes(Core.Codecs.Crc32C.Of(bytes))];

    private static byte[] SpanRecordBytes()
    {
        var (record, batch) = (new JournalRecord(), Of(Span));
        record.Begin([new(Span.Origin.Id, Span.Origin)], 1);
        record.Write(batch, batch.Rows[0]);
        return [(byte)'S', .. record.Bytes];
    }

    private static byte[] LogRecordBytes()
    {
        var log = EventStoreTests.Log(1, 2, "body");
        var (record, batch) = (new JournalRecord(), Of(log));
        record.Begin([new(log.Origin.Id, log.Origin)], 1);
        record.Write(batch, batch.Rows[0]);
        return [(byte)'L', .. record.Bytes];
    }

    private static byte[] IndexBytes()
    {
        var builder = new PartIndexBuilder([new AttributeColumn("a", Core.Attributes.AttributeKind.Int)]);
        builder.AddRow(7, 1, Span.Origin, Span.Origin.Id, true, 5);
        builder.AddToken(3);
        builder.AddRestKey(FieldKind.EventAttribute, "k", Core.Attributes.AttributeKind.Text);
        builder.Complete();
        return [(byte)'I', .. PartIndexFormat.Write(builder, 100)[..^sizeof(uint)]];
    }
}
