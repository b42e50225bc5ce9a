using System.Text.Encodings.Web;
using System.Text.Json;
using System.Threading.Channels;
using Toka.Core.Telemetry;

namespace Toka.Query.Tracking;

/// <summary>
/// The query log: a file of JSON, a line for each query that has ended. Queries never wait for it: what cannot be written is
/// counted. A full file becomes <c>FILE.1</c>, in the place of an older one. Thread-safe.
/// </summary>
public sealed class QueryLog : IQueryLog, IAsyncDisposable
{
    /// <summary>The default size of a file: some 200,000 queries.</summary>
    public const long BytesMaxDefault = 64L << 20;

    /// <summary>Queries that wait to be written: a second's worth of a busy server.</summary>
    private const int WaitingMax = 4096;

    private static readonly JsonWriterOptions s_lines = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Channel<TrackedQuery> _waiting = Channel.CreateBounded<TrackedQuery>(new BoundedChannelOptions(WaitingMax) { SingleReader = true });
    private readonly long _bytesMax;
    private readonly Action<string> _report;
    private readonly SelfCounter _overflow;
    private readonly SelfCounter _failed;
    private readonly Task _writing;
    private FileStream? _file;
    private bool _isFailing;

    /// <summary>Opens a log; the file is made or added to with the first query.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytesMax">The most bytes of a file before the next one begins; at least 4 KiB.</param>
    /// <param name="self">Where is counted what could not be written.</param>
    /// <param name="report">Told once when writing begins to fail, and once when it works again.</param>
    public QueryLog(string path, long bytesMax, SelfMetrics self, Action<string> report)
    {
        ArgumentNullException.ThrowIfNull(self);
        ArgumentOutOfRangeException.ThrowIfLessThan(bytesMax, 4096);
        (Path, _bytesMax, _report) = (path, bytesMax, report);
        _overflow = self.Dropped("query_log", "overflow");
        _failed = self.Dropped("query_log", "write_failed");
        _writing = Task.Run(WriteAllAsync);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public void Write(TrackedQuery query)
    {
        // Thousands may wait, and each may be as long as a request may be: what is not written is not kept either.
        if (!_waiting.Writer.TryWrite(TrackedQueryJson.Cut(query)))
        {
            _overflow.Add();
        }
    }

    /// <summary>Writes what waits, and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _writing;
    }

    private async Task WriteAllAsync()
    {
        using var line = new MemoryStream();
        while (await _waiting.Reader.WaitToReadAsync())
        {
            while (_waiting.Reader.TryRead(out var query))
            {
                try
                {
                    line.SetLength(0);
                    using (var json = new Utf8JsonWriter(line, s_lines))
                    {
                        TrackedQueryJson.Write(json, query);
                    }

                    line.WriteByte((byte)'\n');
                    await WriteAsync(line.GetBuffer().AsMemory(0, (int)line.Length));
                }
                catch (Exception e)
                {
                    // Whatever is wrong with one query or one file: the next ones are written, or nobody would notice that the log ended.
                    await FailAsync(e);
                }
            }

            await FlushAsync();
        }

        await CloseAsync();
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> line)
    {
        if (_file is { } full && full.Length > 0 && full.Length + line.Length > _bytesMax)
        {
            await CloseAsync();
            File.Move(Path, Path + ".1", overwrite: true);
        }

        _file ??= new FileStream(Path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        await _file.WriteAsync(line);
        if (_isFailing)
        {
            _isFailing = false;
            Report($"the query log {Path} can be written again");
        }
    }

    private async Task FlushAsync()
    {
        try
        {
            if (_file is not null)
            {
                await _file.FlushAsync();
            }
        }
        catch (Exception e)
        {
            await FailAsync(e);
        }
    }

    private async Task FailAsync(Exception e)
    {
        _failed.Add();
        if (!_isFailing)
        {
            _isFailing = true;
            Report($"the query log {Path} cannot be written, and queries are missing in it: {e.Message}");
        }

        await CloseAsync();
    }

    private void Report(string what)
    {
        try
        {
            _report(what);
        }
        catch (Exception)
        {
            // Who cannot be told must not end the log; what is missing in it is counted.
        }
    }

    private async Task CloseAsync()
    {
        var file = _file;
        _file = null;
        try
        {
            if (file is not null)
            {
                await file.DisposeAsync();
            }
        }
        catch (Exception)
        {
            // What it had left to write is counted by whoever found out first.
            _failed.Add();
        }
    }
}
