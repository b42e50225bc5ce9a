using System.Text;
using Toka.Monitoring.Collection;

namespace Toka.Monitoring.Host;

/// <summary>Where a controller's files of our control group lie.</summary>
/// <param name="Id">The group's path, <c>/</c> for the root.</param>
/// <param name="Folder">The folder of its files.</param>
/// <param name="IsUnified">Whether it is of version 2.</param>
internal sealed record CgroupLocation(string Id, string Folder, bool IsUnified);

/// <summary>
/// Finds our control group. Three layouts: version 2 alone; version 1 alone; both, where version 2 is mounted in
/// <c>unified</c> and may have no controllers at all.
/// </summary>
internal sealed class CgroupLocations
{
    private readonly Dictionary<string, CgroupLocation> _ofController = [];

    private CgroupLocations()
    {
    }

    /// <summary>Reads the membership (<c>/proc/self/cgroup</c>) and looks for the folders.</summary>
    public static CgroupLocations Find(string root, ReadOnlySpan<byte> membership)
    {
        var found = new CgroupLocations();
        string? unifiedPath = null;
        while (Fields.TryLine(ref membership, out var line))
        {
            // hierarchy-id:controllers:path
            var parts = Encoding.UTF8.GetString(line).Split(':', 3);
            if (parts.Length != 3)
            {
                continue;
            }

            if (parts[1].Length == 0)
            {
                unifiedPath = parts[2];
                continue;
            }

            foreach (var controller in parts[1].Split(','))
            {
                var folder = Directory.Exists(Path.Combine(root, parts[1])) ? parts[1] : controller;
                found.Add(controller, root, folder, parts[2], isUnified: false);
            }
        }

        if (unifiedPath is not null)
        {
            var folder = File.Exists(Path.Combine(root, "cgroup.controllers")) ? "" : "unified";
            found.AddUnified(root, folder, unifiedPath);
        }

        return found;
    }

    /// <summary>The location of a controller; null where there is none.</summary>
    public CgroupLocation? Of(string controller) => _ofController.GetValueOrDefault(controller);

    private void AddUnified(string root, string folder, string path)
    {
        var group = FolderOf(Path.Combine(root, folder), path);

        // The root group has no memory.current: then version 1, where it is mounted, knows more.
        foreach (var (controller, file) in new[] { ("memory", "memory.stat"), ("pids", "pids.current") })
        {
            if (File.Exists(Path.Combine(group, file)))
            {
                _ofController[controller] = new CgroupLocation(path, group, IsUnified: true);
            }
        }

        if (File.Exists(Path.Combine(group, "cpu.stat")) && !_ofController.ContainsKey("cpu"))
        {
            _ofController["cpu"] = new CgroupLocation(path, group, IsUnified: true);
        }
    }

    private void Add(string controller, string root, string folder, string path, bool isUnified)
    {
        var hierarchy = Path.Combine(root, folder);
        if (Directory.Exists(hierarchy))
        {
            _ofController[controller] = new CgroupLocation(path, FolderOf(hierarchy, path), isUnified);
        }
    }

    /// <summary>In a container the path is the host's and the mount begins at the group itself.</summary>
    private static string FolderOf(string hierarchy, string path)
    {
        var folder = Path.Combine(hierarchy, path.TrimStart('/'));
        return Directory.Exists(folder) ? folder : hierarchy;
    }
}
