using System.Globalization;

namespace Toka.Events.Storage;

/// <summary>Names of sealed files: <c>spans/00000012-0.parquet</c>, the twelfth table's first file, and <c>.idx</c> beside it.</summary>
/// <param name="directory">Where they are.</param>
internal sealed class PartFiles(string directory)
{
    private const string Extension = ".parquet";
    private const string IndexExtension = ".idx";
    private const string DamagedExtension = ".damaged";
    private const string TemporaryExtension = ".tmp";

    /// <summary>Where they are.</summary>
    public string Directory => directory;

    /// <summary>The index of a file.</summary>
    public static string IndexOf(string path) => Path.ChangeExtension(path, IndexExtension);

    /// <summary>What a file is called until it is whole.</summary>
    public static string TemporaryOf(string path) => path + TemporaryExtension;

    /// <summary>The name of a table's file.</summary>
    public string NameOf(long slice, int number) => Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{slice:D8}-{number}{Extension}"));

    /// <summary>The files and the tables that they were.</summary>
    public List<(string Path, long Slice)> List()
    {
        var all = new List<(string, long)>();
        if (System.IO.Directory.Exists(directory))
        {
            foreach (var path in System.IO.Directory.EnumerateFiles(directory, "*" + Extension))
            {
                if (long.TryParse(Path.GetFileName(path).Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var slice))
                {
                    all.Add((path, slice));
                }
            }
        }

        all.Sort();
        return all;
    }

    /// <summary>Removes what a sealing that did not end left.</summary>
    public void RemoveTemporary()
    {
        if (System.IO.Directory.Exists(directory))
        {
            foreach (var path in System.IO.Directory.EnumerateFiles(directory, "*" + TemporaryExtension))
            {
                File.Delete(path);
            }
        }
    }

    /// <summary>Gives whole files their names, and waits until the names are on the disk.</summary>
    /// <param name="path">The Parquet file's name.</param>
    /// <param name="index">The index's bytes.</param>
    public void Publish(string path, byte[] index)
    {
        DiskSync.File(TemporaryOf(path));
        var indexPath = IndexOf(path);
        File.WriteAllBytes(TemporaryOf(indexPath), index);
        DiskSync.File(TemporaryOf(indexPath));
        File.Move(TemporaryOf(indexPath), indexPath, overwrite: true);
        File.Move(TemporaryOf(path), path, overwrite: true);
        DiskSync.Directory(directory);
    }

    /// <summary>Writes an index anew.</summary>
    public void PublishIndex(string path, byte[] index)
    {
        var indexPath = IndexOf(path);
        File.WriteAllBytes(TemporaryOf(indexPath), index);
        DiskSync.File(TemporaryOf(indexPath));
        File.Move(TemporaryOf(indexPath), indexPath, overwrite: true);
        DiskSync.Directory(directory);
    }

    /// <summary>Sets a file aside that cannot be read.</summary>
    public static void SetAside(string path)
    {
        if (File.Exists(path))
        {
            File.Move(path, path + DamagedExtension, overwrite: true);
        }
    }

    /// <summary>Removes a file and its index.</summary>
    public void Delete(string path)
    {
        File.Delete(path);
        File.Delete(IndexOf(path));
        DiskSync.Directory(directory);
    }
}
