using System.Globalization;

namespace Toka.Simulation.Worlds;

/// <summary>
/// Real directories for the one thing that a store does to the real disk, its lock. A store that is cut off in the middle of
/// its stop leaves its lock to the garbage collector; the next one gets another directory. One thread's.
/// </summary>
internal sealed class StoreDirectories : IDisposable
{
    private readonly DirectoryInfo _root = System.IO.Directory.CreateTempSubdirectory("toka-simulation-");
    private int _number;

    public StoreDirectories() => Next();

    public string Current { get; private set; } = "";

    public void Next()
    {
        Current = Path.Combine(_root.FullName, (_number++).ToString(CultureInfo.InvariantCulture));
        System.IO.Directory.CreateDirectory(Current);
    }

    public void Dispose() => _root.Delete(recursive: true);
}
