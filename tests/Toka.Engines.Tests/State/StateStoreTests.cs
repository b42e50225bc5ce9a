using System.Text;
using Microsoft.Data.Sqlite;
using Toka.Core.Errors;
using Toka.Core.State;
using Toka.State.Memory;
using Toka.State.Sqlite;

namespace Toka.Engines.Tests.State;

public sealed class StateStoreTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly string _folder = Directory.CreateTempSubdirectory("toka-state-").FullName;

    private string FilePath => Path.Combine(_folder, "state", "state.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private IStateStore Make(string kind) => kind == "sqlite" ? new SqliteStateStore(FilePath) : new InMemoryStateStore();

    private static async Task Close(IStateStore store)
    {
        if (store is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync();
        }
    }

    private static KeyValuePair<string, byte[]?> Doc(string key, string? body) => new(key, body is null ? null : Encoding.UTF8.GetBytes(body));

    private static async Task<string> Listing(IStateStore store, string collection) =>
        string.Join(' ', (await store.ListAsync(collection, None)).Select(d => $"{d.Key}={Encoding.UTF8.GetString(d.Value)}"));

    [Theory]
    [InlineData("sqlite")]
    [InlineData("memory")]
    public async Task Documents_are_replaced_deleted_and_listed_by_key(string kind)
    {
        var store = Make(kind);
        await store.PutAsync("alerts", [Doc("b", "2"), Doc("a", "1"), Doc("c", "3")], None);
        await store.PutAsync("other", [Doc("a", "9")], None);
        await store.PutAsync("alerts", [Doc("b", "20"), Doc("c", null), Doc("never", null)], None);
        Assert.Equal("a=1 b=20", await Listing(store, "alerts"));
        Assert.Equal("a=9", await Listing(store, "other"));
        Assert.Equal("", await Listing(store, "unknown"));
        await Close(store);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("memory")]
    public async Task A_journal_is_read_newest_first_and_trimmed_by_age(string kind)
    {
        var store = Make(kind);
        await store.AppendAsync("j", [new(10, "x", [1]), new(20, "y", [2]), new(20, "x", [3])], None);
        await store.AppendAsync("j", [new(30, "x", [4])], None);
        await store.AppendAsync("k", [new(5, "x", [9])], None);
        Assert.Equal([4, 3, 2, 1], (await store.ReadAsync("j", null, 0, 10, None)).Select(e => (int)e.Body[0]));
        Assert.Equal([4, 3], (await store.ReadAsync("j", "x", 0, 2, None)).Select(e => (int)e.Body[0]));
        Assert.Equal([4, 3], (await store.ReadAsync("j", "x", 20, 10, None)).Select(e => (int)e.Body[0]));
        Assert.Equal(1, await store.TrimAsync("j", 20, None));
        Assert.Equal([4, 3, 2], (await store.ReadAsync("j", null, 0, 10, None)).Select(e => (int)e.Body[0]));
        Assert.Single(await store.ReadAsync("k", null, 0, 10, None));
        await Close(store);
    }

    [Fact]
    public async Task What_was_written_is_there_after_reopening()
    {
        await using (var store = new SqliteStateStore(FilePath))
        {
            await store.PutAsync("alerts", [Doc("a", "{}")], None);
            await store.AppendAsync("j", [new(1, "s", [7])], None);
        }

        await using var again = new SqliteStateStore(FilePath);
        Assert.Equal("a={}", await Listing(again, "alerts"));
        Assert.Equal(7, Assert.Single(await again.ReadAsync("j", "s", 0, 1, None)).Body[0]);
    }

    [Fact]
    public async Task A_batch_which_fails_in_the_middle_leaves_nothing()
    {
        await using var store = new SqliteStateStore(FilePath);
        await store.PutAsync("c", [Doc("kept", "1")], None);
        await Assert.ThrowsAnyAsync<Exception>(async () => await store.PutAsync("c", [Doc("new", "2"), new(null!, [3])], None));
        await Assert.ThrowsAnyAsync<Exception>(async () => await store.AppendAsync("j", [new(1, "s", [1]), new(2, null!, [2])], None));
        Assert.Equal("kept=1", await Listing(store, "c"));
        Assert.Empty(await store.ReadAsync("j", null, 0, 10, None));
    }

    [Fact]
    public async Task Many_writers_at_once_lose_nothing()
    {
        await using var store = new SqliteStateStore(FilePath);
        await Task.WhenAll(Enumerable.Range(0, 16).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < 5; i++)
            {
                await store.PutAsync("c", [Doc($"{writer}-{i}", "x")], None);
                await store.AppendAsync("j", [new(i, $"{writer}", [1])], None);
            }
        })));
        Assert.Equal(80, (await store.ListAsync("c", None)).Count);
        Assert.Equal(80, (await store.ReadAsync("j", null, 0, 1000, None)).Count);
    }

    [Fact]
    public async Task A_damaged_file_is_named_with_what_to_do()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        await File.WriteAllBytesAsync(FilePath, [.. Enumerable.Range(0, 8192).Select(i => (byte)(i * 31))]);
        await using var store = new SqliteStateStore(FilePath);
        var error = await Assert.ThrowsAsync<StateStoreException>(async () => await store.ListAsync("c", None));
        Assert.Contains(FilePath, error.Message, StringComparison.Ordinal);
        Assert.Contains("damaged; move it away", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_damaged_in_the_middle_is_named_too()
    {
        await using (var store = new SqliteStateStore(FilePath))
        {
            await store.PutAsync("c", [.. Enumerable.Range(0, 500).Select(i => Doc($"key{i:000}", new string('x', 200)))], None);
        }

        await using (var file = new FileStream(FilePath, FileMode.Open))
        {
            file.Position = 4096;
            await file.WriteAsync(new byte[file.Length - 4096]);
        }

        await using var damaged = new SqliteStateStore(FilePath);
        await Assert.ThrowsAsync<StateStoreException>(async () => await damaged.ListAsync("c", None));
    }

    [Fact]
    public async Task An_examination_finds_a_damaged_page_and_changes_nothing()
    {
        await using (var store = new SqliteStateStore(FilePath))
        {
            await store.PutAsync("c", [.. Enumerable.Range(0, 500).Select(i => Doc($"key{i:000}", new string('x', 200)))], None);
            Assert.Empty(StateExaminer.Examine(FilePath));
        }

        Assert.Empty(StateExaminer.Examine(FilePath));
        var bytes = await File.ReadAllBytesAsync(FilePath);
        bytes.AsSpan(3 * 4096, 64).Fill(0xFF);
        await File.WriteAllBytesAsync(FilePath, bytes);

        Assert.NotEmpty(StateExaminer.Examine(FilePath));
        Assert.Equal(bytes, await File.ReadAllBytesAsync(FilePath));
        Assert.Equal([FilePath], Directory.GetFiles(Path.GetDirectoryName(FilePath)!));
    }

    [Fact]
    public async Task What_is_set_aside_goes_with_its_changes_and_overwrites_nothing()
    {
        for (var round = 0; round < 2; round++)
        {
            await File.WriteAllTextAsync(Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!) + "/state.db", $"{round}");
            await File.WriteAllTextAsync(FilePath + "-wal", $"changes {round}");
            var aside = StateExaminer.SetAside(FilePath);
            Assert.Equal($"{round}", await File.ReadAllTextAsync(aside));
            Assert.Equal($"changes {round}", await File.ReadAllTextAsync(aside + "-wal"));
            Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(FilePath)!));
        }
    }

    [Theory]
    [InlineData("PRAGMA user_version=7", "state version 7; this toka reads version 1")]
    [InlineData("PRAGMA application_id=1", "SQLite file of another program")]
    public async Task Another_version_or_another_program_is_refused_by_name(string change, string message)
    {
        await using (var store = new SqliteStateStore(FilePath))
        {
            await store.PutAsync("c", [Doc("a", "1")], None);
        }

        await using (var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = change;
            command.ExecuteNonQuery();
        }

        await using var again = new SqliteStateStore(FilePath);
        var error = await Assert.ThrowsAsync<BadInputException>(async () => await again.ListAsync("c", None));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }
}
