namespace Toka.Simulation.Disk;

/// <summary>
/// The names of files: as the kernel has them, as the disk has them, and the changes between, in their order. A power cut
/// keeps a beginning of the changes, as a journal does, or any of them, as the standard allows.
/// </summary>
internal sealed class NameTable
{
    private readonly SortedDictionary<string, FileNode> _now = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, FileNode> _durable = new(StringComparer.Ordinal);
    private readonly List<Change> _pending = [];

    public IEnumerable<KeyValuePair<string, FileNode>> All => _now;

    public int Pending => _pending.Count;

    public FileNode? Find(string path) => _now.GetValueOrDefault(path);

    public IEnumerable<string> In(string directory) =>
        _now.Keys.Where(path => Path.GetDirectoryName(path) == directory).Select(static path => Path.GetFileName(path));

    public void Set(string path, FileNode node) => Make(new Change(path, node, null));

    public void Remove(string path) => Make(new Change(path, null, null));

    public void Rename(string from, string to) => Make(new Change(to, _now[from], from));

    public void Sync(string directory)
    {
        for (var i = 0; i < _pending.Count; i++)
        {
            var change = _pending[i];
            if (Path.GetDirectoryName(change.Path) == directory || Path.GetDirectoryName(change.Gone) == directory)
            {
                Apply(_durable, change, count: false);
                _pending.RemoveAt(i--);
            }
        }
    }

    /// <summary>What names the disk has after a power cut.</summary>
    /// <returns>How many changes are gone.</returns>
    public int CutPower(Dice dice)
    {
        var style = dice.Below(4);
        var prefix = dice.Below(_pending.Count + 1);
        var lost = 0;
        for (var i = 0; i < _pending.Count; i++)
        {
            var isKept = style switch { 0 => false, 1 or 2 => i < prefix, _ => dice.OneIn(2) };
            if (isKept)
            {
                Apply(_durable, _pending[i], count: false);
            }
            else
            {
                lost++;
            }
        }

        _pending.Clear();
        _now.Clear();
        foreach (var node in _durable.Values)
        {
            (node.Names, node.Handles) = (0, 0);
        }

        foreach (var (path, node) in _durable)
        {
            _now.Add(path, node);
            node.Names++;
        }

        return lost;
    }

    private void Make(in Change change)
    {
        Apply(_now, change, count: true);
        _pending.Add(change);
    }

    private static void Apply(SortedDictionary<string, FileNode> names, in Change change, bool count)
    {
        if (count && change.Node is not null)
        {
            change.Node.Names++;
        }

        Drop(names, change.Path, count);
        if (change.Node is not null)
        {
            names[change.Path] = change.Node;
        }

        if (change.Gone is not null)
        {
            Drop(names, change.Gone, count);
        }
    }

    private static void Drop(SortedDictionary<string, FileNode> names, string path, bool count)
    {
        if (names.Remove(path, out var node) && count)
        {
            node.Names--;
        }
    }

    /// <summary>A path names a node (null: nothing); another name is gone in the same moment.</summary>
    private readonly record struct Change(string Path, FileNode? Node, string? Gone);
}
