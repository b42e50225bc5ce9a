using Toka.Core.Errors;
using Toka.Core.Unsafe;
using Toka.Protocols.PrometheusTsdb;

namespace Toka.Cli.Importing;

/// <summary>The data directory of a Prometheus, a snapshot of one, or a single block.</summary>
internal sealed class PrometheusDirectory
{
    private const string MetaName = "meta.json";

    private PrometheusDirectory(string path, IReadOnlyList<Found> blocks)
    {
        Path = path;
        Blocks = blocks;
    }

    public string Path { get; }

    /// <summary>The blocks, the oldest first.</summary>
    public IReadOnlyList<Found> Blocks { get; }

    /// <summary>Whether Prometheus's log lies there, with samples that are in no block yet.</summary>
    public bool HasLog => Directory.Exists(System.IO.Path.Combine(Path, "wal")) && Directory.EnumerateFiles(System.IO.Path.Combine(Path, "wal")).Any();

    /// <summary>Finds the blocks.</summary>
    /// <exception cref="BadInputException">There is no such directory, or no block in it, or a block cannot be read.</exception>
    public static PrometheusDirectory Open(string path)
    {
        if (!Directory.Exists(path))
        {
            throw new BadInputException($"{path} does not exist; name the directory that prometheus has as --storage.tsdb.path, or a snapshot of it");
        }

        // Folders such as ULID.tmp-for-creation are blocks that are not whole yet or no longer.
        var folders = File.Exists(System.IO.Path.Combine(path, MetaName))
            ? [path]
            : Directory.GetDirectories(path).Where(static folder => !System.IO.Path.GetFileName(folder).Contains('.', StringComparison.Ordinal) && File.Exists(System.IO.Path.Combine(folder, MetaName))).ToArray();
        var blocks = folders.Select(static folder => new Found(folder, MetaOf(folder))).OrderBy(static block => block.Meta.FromMs).ThenBy(static block => block.Meta.Id, StringComparer.Ordinal).ToArray();
        return blocks.Length > 0
            ? new PrometheusDirectory(path, blocks)
            : throw new BadInputException($"{path} holds no block of Prometheus: a block is a folder with a {MetaName}. What is only in the log becomes a block by POST /api/v1/admin/tsdb/snapshot");
    }

    private static PrometheusBlockMeta MetaOf(string folder)
    {
        var file = System.IO.Path.Combine(folder, MetaName);
        return PrometheusBlockMeta.Parse(file, File.ReadAllBytes(file));
    }

    /// <summary>A block on the disk.</summary>
    /// <param name="Folder">Where it lies.</param>
    /// <param name="Meta">What it says of itself.</param>
    internal sealed record Found(string Folder, PrometheusBlockMeta Meta)
    {
        /// <summary>Opens it; the caller disposes it.</summary>
        /// <exception cref="BadInputException">A file is missing, damaged or of another version.</exception>
        public PrometheusBlock Open()
        {
            var files = new List<TsdbFile>();
            try
            {
                var index = Map("index");
                var chunks = System.IO.Path.Combine(Folder, "chunks");
                var segments = Directory.Exists(chunks)
                    ? Directory.GetFiles(chunks).Select(static file => System.IO.Path.GetFileName(file)).Order(StringComparer.Ordinal).Select(name => Map(System.IO.Path.Combine("chunks", name))).ToArray()
                    : [];
                var tombstones = File.Exists(System.IO.Path.Combine(Folder, "tombstones")) ? Map("tombstones") : null;
                files.Clear();
                return new PrometheusBlock(index, segments, tombstones);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new BadInputException($"{Folder}: {e.Message}");
            }
            finally
            {
                files.ForEach(static file => file.Dispose());
            }

            TsdbFile Map(string name)
            {
                var path = System.IO.Path.Combine(Folder, name);
                var file = new TsdbFile(path, MappedFile.Open(path));
                files.Add(file);
                return file;
            }
        }
    }
}
