using Toka.Core.Errors;

namespace Toka.TimeSeries;

/// <summary>Who may use a directory: one store that writes, or any number of readers, by flock(2), which the kernel frees when a process dies.</summary>
internal static class DirectoryLock
{
    /// <summary>A file that stands in a directory while a backup is restored into it.</summary>
    public const string UnfinishedName = "restore.unfinished";

    private const string FileName = "lock";

    /// <summary>Takes the directory for writing; makes it where it is missing.</summary>
    /// <exception cref="BadInputException">Another process has it, or a restore into it did not end.</exception>
    public static FileStream TakeToWrite(string directory)
    {
        Directory.CreateDirectory(directory);
        CheckWhole(directory);
        var path = Path.Combine(directory, FileName);
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new BadInputException($"the data directory {directory} is in use by another process ({e.Message}). Stop that one, or give another directory.");
        }
    }

    /// <summary>Keeps writers out while the directory is read; nothing is made or changed. Null where no store ever locked it.</summary>
    /// <exception cref="BadInputException">There is no such directory, a process writes it, or a restore into it did not end.</exception>
    public static FileStream? TakeToRead(string directory)
    {
        CheckWhole(directory);
        var path = Path.Combine(directory, FileName);
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        }
        catch (DirectoryNotFoundException)
        {
            throw new BadInputException($"the data directory {directory} does not exist.");
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (IOException e)
        {
            throw new BadInputException($"the data directory {directory} is in use by another process ({e.Message}). Ask that process, or stop it first.");
        }
    }

    private static void CheckWhole(string directory)
    {
        if (File.Exists(Path.Combine(directory, UnfinishedName)))
        {
            throw new BadInputException($"the data directory {directory} is not whole: restoring a backup into it did not end. Delete it and run `toka restore` again.");
        }
    }
}
