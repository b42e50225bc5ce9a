using Toka.Core.Errors;

namespace Toka.Events.Storage;

/// <summary>Who may use the directory: one store that writes, or readers, by a lock that the kernel frees when a process dies.</summary>
internal static class EventDirectory
{
    private const string LockName = "lock";

    /// <summary>Takes the directory.</summary>
    /// <returns>The lock; null for a reader of a directory that no store ever wrote.</returns>
    /// <exception cref="BadInputException">Another process has it.</exception>
    public static FileStream? Take(EventStoreOptions options)
    {
        var path = Path.Combine(options.Directory, LockName);
        try
        {
            if (options.IsReadOnly)
            {
                return File.Exists(path) ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1) : null;
            }

            Directory.CreateDirectory(options.Directory);
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new BadInputException($"the directory {options.Directory} is in use by another process ({e.Message}). Stop that one, or give another directory.");
        }
    }
}
