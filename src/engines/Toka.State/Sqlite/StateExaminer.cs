using Microsoft.Data.Sqlite;

namespace Toka.State.Sqlite;

/// <summary>Verifies a state file that nobody has open. It works on a copy, because SQLite writes even where it only reads.</summary>
public static class StateExaminer
{
    /// <summary>What SQLite keeps beside the file: changes that have not moved into it, and the index of those.</summary>
    private static readonly string[] Companions = ["-wal", "-shm"];

    /// <summary>Reads every page and checks that they belong together, by <c>PRAGMA integrity_check</c>; see https://www.sqlite.org/pragma.html#pragma_integrity_check.</summary>
    /// <param name="path">The file; where it is missing nothing is wrong.</param>
    /// <returns>What is wrong, in SQLite's words; empty where nothing is.</returns>
    /// <exception cref="IOException">The file cannot be read, or the temporary folder not be written.</exception>
    public static IReadOnlyList<string> Examine(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
        {
            return [];
        }

        var folder = Directory.CreateTempSubdirectory("toka-state-");
        try
        {
            var copy = Path.Combine(folder.FullName, Path.GetFileName(path));
            File.Copy(path, copy);
            if (File.Exists(path + Companions[0]))
            {
                File.Copy(path + Companions[0], copy + Companions[0]);
            }

            return Check(copy);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Moves a file, with what SQLite keeps beside it, to the folder <c>damaged</c> beside it.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Where it is now.</returns>
    /// <exception cref="IOException">It cannot be moved.</exception>
    public static string SetAside(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var folder = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "damaged");
        Directory.CreateDirectory(folder);
        var name = Path.GetFileNameWithoutExtension(path);
        var aside = Path.Combine(folder, Path.GetFileName(path));
        for (var number = 2; File.Exists(aside); number++)
        {
            aside = Path.Combine(folder, $"{name}-{number}{Path.GetExtension(path)}");
        }

        // The companions first: a file whose changes were left behind would look whole.
        foreach (var companion in Companions)
        {
            if (File.Exists(path + companion))
            {
                File.Move(path + companion, aside + companion);
            }
        }

        File.Move(path, aside);
        return aside;
    }

    private static List<string> Check(string path)
    {
        try
        {
            using var connection = SqliteConnections.To(path);
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA integrity_check";
            using var reader = command.ExecuteReader();
            var faults = new List<string>();
            while (reader.Read())
            {
                if (reader.GetString(0) is not "ok" and var fault)
                {
                    faults.Add(fault);
                }
            }

            return faults;
        }
        catch (SqliteException e)
        {
            return [e.Message];
        }
    }
}
