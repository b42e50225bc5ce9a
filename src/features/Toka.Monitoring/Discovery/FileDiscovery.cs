using System.IO.Enumeration;
using Toka.Core.Errors;
using Toka.Monitoring.Discovery.Options;

namespace Toka.Monitoring.Discovery;

/// <summary>Targets that stand in files.</summary>
/// <remarks>
/// Files are looked at every two seconds by opening them: time and length say whether one has changed. The kernel's notifications
/// (inotify) would be faster and are not used: they are few a user, say nothing on network file systems, and miss the swapped link
/// behind which Kubernetes changes files, so that a look at the files would be needed beside them.
/// </remarks>
internal sealed class FileDiscovery(FileDiscoveryOptions options, DiscoveryTools tools) : PollingDiscovery("file", LookInterval, tools)
{
    /// <summary>How often files are looked at: soon enough for whoever edits one, and some microseconds of work a file.</summary>
    internal static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(2);

    /// <summary>Files that the patterns may find, count.</summary>
    private const int FilesMax = 10_000;

    private readonly Dictionary<string, (DateTime Time, long Length)> _marks = new(StringComparer.Ordinal);
    private DateTimeOffset _lastFull = DateTimeOffset.MinValue;

    protected override async Task LookAsync(CancellationToken cancellationToken)
    {
        var now = Tools.Time.GetUtcNow();
        var isFull = now - _lastFull >= options.RefreshInterval;
        if (isFull)
        {
            _lastFull = now;
        }

        var there = new HashSet<string>(StringComparer.Ordinal);
        foreach (var pattern in options.Files)
        {
            if (FilesOf(pattern) is not { } files)
            {
                // A folder that cannot be listed at present: what is known of its files stays.
                await AskAsync(pattern, _ => throw new BadInputException("the folder cannot be listed"), cancellationToken);
                there.Add(pattern);
                there.UnionWith(_marks.Keys.Where(file => Path.GetDirectoryName(file) == Path.GetDirectoryName(pattern)));
                continue;
            }

            there.UnionWith(files);
        }

        if (there.Count > FilesMax)
        {
            await AskAsync("files", _ => throw new BadInputException($"the patterns find {there.Count} files; at most {FilesMax} are read"), cancellationToken);
            return;
        }

        foreach (var file in there.Where(file => !options.Files.Contains(file) || File.Exists(file)))
        {
            await LookAtAsync(file, isFull, cancellationToken);
        }

        foreach (var gone in _marks.Keys.Where(file => !there.Contains(file)).ToList())
        {
            _marks.Remove(gone);
        }

        Keep(there.Contains);
    }

    private async Task LookAtAsync(string file, bool isFull, CancellationToken cancellationToken)
    {
        (DateTime, long)? mark = MarkOf(file);
        if (!isFull && mark is { } same && _marks.TryGetValue(file, out var known) && known == same)
        {
            return;
        }

        await AskAsync(file, cancel => ReadAsync(file, cancel), cancellationToken);
        if (mark is { } now)
        {
            _marks[file] = now;
        }
    }

    /// <summary>The files of a pattern; null where its folder is there and cannot be listed.</summary>
    private static IReadOnlyList<string>? FilesOf(string pattern)
    {
        var name = Path.GetFileName(pattern);
        if (!name.AsSpan().ContainsAny('*', '?'))
        {
            return File.Exists(pattern) ? [pattern] : [];
        }

        var folder = Path.GetDirectoryName(pattern);
        try
        {
            return [.. Directory.EnumerateFiles(string.IsNullOrEmpty(folder) ? "." : folder)
                .Where(file => FileSystemName.MatchesSimpleExpression(name, Path.GetFileName(file), ignoreCase: false))
                .Take(FilesMax + 1)];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static (DateTime, long)? MarkOf(string file)
    {
        try
        {
            using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return (File.GetLastWriteTimeUtc(handle), RandomAccess.GetLength(handle));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static async Task<IReadOnlyList<TargetGroup>> ReadAsync(string file, CancellationToken cancellationToken)
    {
        if (new FileInfo(file).Length > TargetGroupReader.BytesMax)
        {
            throw new BadInputException($"the file has more than {TargetGroupReader.BytesMax} bytes; that is the most for one source");
        }

        var bytes = await File.ReadAllBytesAsync(file, cancellationToken);
        var label = ("__meta_filepath", file);
        return Path.GetExtension(file).Equals(".json", StringComparison.OrdinalIgnoreCase)
            ? TargetGroupReader.ReadJson(bytes, file, label)
            : TargetGroupReader.ReadYaml(bytes, file, label);
    }
}
