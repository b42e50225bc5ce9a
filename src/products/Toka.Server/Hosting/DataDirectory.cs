using Toka.Core.Errors;

namespace Toka.Server.Hosting;

/// <summary>
/// Where everything stored lies: <c>metrics/</c>, <c>events/</c>, <c>state/</c>, <c>forward/</c> and one lock, which the kernel frees when the process dies.
/// </summary>
internal sealed class DataDirectory : IDisposable
{
    private const string LockName = "toka.lock";
    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream lockFile)
    {
        Path = path;
        _lock = lockFile;
    }

    public string Path { get; }

    public string Metrics => System.IO.Path.Combine(Path, "metrics");

    public string Events => System.IO.Path.Combine(Path, "events");

    public string Forward => System.IO.Path.Combine(Path, "forward");

    public string StateFile => System.IO.Path.Combine(Path, "state", "toka.db");

    /// <summary>Makes the directory where it is missing, and takes its lock.</summary>
    /// <exception cref="BadInputException">It cannot be made or written, or another process holds its lock.</exception>
    public static DataDirectory Open(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(path);
            Directory.CreateDirectory(System.IO.Path.Combine(path, "state"));
            var lockPath = System.IO.Path.Combine(path, LockName);
            return new DataDirectory(path, new FileStream(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException e)
        {
            throw new BadInputException($"{path}: cannot be written: {e.Message.TrimEnd('.')}; name another directory with --data");
        }
        catch (IOException e)
        {
            throw new BadInputException($"{path}: cannot be opened: {e.Message.TrimEnd('.')}; if another toka runs on it, stop that one or name another directory with --data");
        }
    }

    public void Dispose() => _lock.Dispose();
}
