namespace Toka.Monitoring.Collection;

/// <summary>The entries of a folder of sysfs, each with what a collector keeps for it while it is there.</summary>
/// <param name="environment">For reporting.</param>
/// <param name="collector">Whose folder it is.</param>
/// <param name="path">The folder.</param>
/// <param name="isDevice">Which entries count.</param>
/// <param name="create">Makes what is kept for an entry, of its name.</param>
internal sealed class DeviceFolder<T>(
    CollectorEnvironment environment, string collector, string path, Predicate<string> isDevice, Func<string, T> create)
    where T : IDisposable
{
    /// <summary>Entries kept at most; more are counted as dropped.</summary>
    public const int DevicesMax = 2048;

    private readonly SortedDictionary<string, T> _devices = new(StringComparer.Ordinal);
    private readonly List<string> _gone = [];
    private readonly HashSet<string> _present = [];

    /// <summary>Lists the folder: adds what is new, drops what is gone.</summary>
    /// <returns>What is there, by name.</returns>
    public IReadOnlyCollection<KeyValuePair<string, T>> Refresh()
    {
        _present.Clear();
        try
        {
            if (Directory.Exists(path))
            {
                foreach (var entry in Directory.EnumerateFileSystemEntries(path))
                {
                    _present.Add(Path.GetFileName(entry));
                }
            }

            environment.Errors.Recovered(collector, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            environment.Errors.Report(collector, path, e.Message);
        }

        foreach (var name in _present)
        {
            if (!isDevice(name) || _devices.ContainsKey(name))
            {
                continue;
            }

            if (_devices.Count >= DevicesMax)
            {
                environment.Metrics.Dropped("metrics", "device_limit").Add();
                continue;
            }

            _devices.Add(name, create(name));
        }

        _gone.Clear();
        foreach (var (name, device) in _devices)
        {
            if (!_present.Contains(name))
            {
                device.Dispose();
                _gone.Add(name);
            }
        }

        foreach (var name in _gone)
        {
            _devices.Remove(name);
        }

        return _devices;
    }
}
